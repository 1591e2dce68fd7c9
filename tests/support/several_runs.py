"""A log format made for tests whose lines say which run they belong to: ``fold 1;3;0.71;0.83``."""

from __future__ import annotations

from pathlib import PurePath

from lossmon.core.points import Scalars
from lossmon.sources.protocol import BaseAdapter
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.shared.lines import LineSplitter


class SeveralRuns(BaseAdapter):
    """The adapter of the format."""

    name = "several"

    def claims(self, path: PurePath, head: bytes) -> bool:
        return path.suffix == ".several"

    def decoder(self) -> SeveralRunsDecoder:
        return SeveralRunsDecoder()


class SeveralRunsDecoder:
    """Reads run, epoch, train and validation loss."""

    warnings = ()
    skip = 0

    def __init__(self) -> None:
        self._lines, self._scalars = LineSplitter(1 << 16), ScalarsBuilder()

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        for line in self._lines.feed(data).splitlines():
            run, epoch, *losses = line.decode("utf-8", "surrogateescape").rsplit(";", 3)
            for tag, value in zip(("loss", "val_loss"), losses, strict=True):
                self._scalars.add(tag, "epoch", float(epoch), float("nan"), float(value), run)
        return self._scalars.take()

    def skipped(self, count: int) -> None:
        """Nothing is skipped."""


def lines(run: str, epochs: range, turn: int = 1000) -> str:
    """Return the lines of some epochs, in which the validation loss rises from epoch *turn* on."""
    losses = ((0.9**epoch, 0.7**epoch + 0.4 + 0.05 * max(0, epoch - turn)) for epoch in epochs)
    return "".join(f"{run};{epoch};{train:.6f};{val:.6f}\n" for epoch, (train, val) in zip(epochs, losses, strict=True))
