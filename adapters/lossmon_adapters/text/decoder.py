"""Output of a training, line by line."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from lossmon.points import Axis, Column
from lossmon_adapters.gathering import Gatherer
from lossmon_adapters.lines import ReadsEverything
from lossmon_adapters.text.reading import NOTHING, Reading, losses, pairs, read
from lossmon_adapters.text.segments import Segments

_LONGEST = 8192

# A line without any of these is not looked at: most lines of most logs are something else.
_WORTH_READING = re.compile(
    rb"loss|epoch|step|iter|acc|err|mse|mae|auc|l1|l2|ppl|nll|perplexity|learn:|trl:|tel:", re.IGNORECASE
)


class TextDecoder(ReadsEverything):
    """Decodes captured output.

    A progress bar writes over itself many times; what it showed last, before the line or the epoch ended, counts. So
    does of an evaluation the last batch that was printed.
    Once a line says a step, steps are what x counts; until then epochs are, or lines where nothing is said.
    """

    def __init__(self) -> None:
        self._segments = Segments(_LONGEST)
        self._points = Gatherer()
        self._place = _Place()
        self._planned: dict[Axis, float] = {}
        self._shown: Reading | None = None
        # Keras breaks the line of a bar to say something, and then draws the bar a last time.
        self._passing = False

    @property
    def notices(self) -> Sequence[str]:
        """What was left out."""
        told = []
        if self._segments.too_long:
            told.append(f"lines of more than 8 KiB left out: {self._segments.too_long:,}")
        return told + self._points.notices

    @property
    def planned(self) -> Mapping[Axis, float]:
        """The ``50`` of ``Epoch 3/50``, and of steps as many as that makes."""
        return self._planned

    def feed(self, data: bytes | memoryview) -> list[Column]:
        """Take the next bytes and return the points of the lines they complete."""
        for segment, end in self._segments.feed(data):
            self._take(_read(segment), end)
        return self._points.columns()

    def _take(self, reading: Reading, end: bytes) -> None:
        ended = end == b"\n"
        if self._shown and (self._place.moves(reading) or (ended and self._is_final(reading))):
            self._keep_shown()
        if ended and reading.values and not (reading.passing or reading.batch):
            self._shown = None
            self._keep(reading)
        elif reading.values:
            self._shown, self._passing = reading, reading.passing or end == b"\b"
        self._place.follow(reading)
        self._plan(reading)

    def _plan(self, reading: Reading) -> None:
        if reading.epochs:
            self._planned["epoch"] = reading.epochs
            if reading.within:
                self._planned["step"] = reading.epochs * reading.within[1]
        elif reading.steps and reading.values:
            self._planned["step"] = reading.steps

    def _is_final(self, reading: Reading) -> bool:
        """Say whether what was shown last stays, now that a line ends with *reading*."""
        if reading.values or not self._shown:
            return not (self._shown and self._shown.tags & reading.tags)
        return not self._passing

    def _keep_shown(self) -> None:
        shown, self._shown = self._shown, None
        if shown:
            self._keep(shown)

    def _keep(self, reading: Reading) -> None:
        self._place.follow(reading)
        for tag, value in reading.values:
            self._points.add(tag, *self._place.of(tag), math.nan, value)


class _Place:
    """Where in the training the log is."""

    def __init__(self) -> None:
        self._axis: Axis = "epoch"
        self._x: float | None = None
        self._epoch: float | None = None
        self._first_epoch: float | None = None
        self._lines: Counter[str] = Counter()

    def moves(self, reading: Reading) -> bool:
        """Say whether *reading* is of another epoch than the one before."""
        return reading.epoch is not None and reading.epoch != self._epoch

    def follow(self, reading: Reading) -> None:
        """Go where *reading* is."""
        if reading.epoch is not None:
            self._epoch = reading.epoch
            if self._first_epoch is None:
                self._first_epoch = min(math.floor(reading.epoch), 1)
        if reading.step is not None:
            self._axis = "step"
            self._x = self._whole_steps(reading) + reading.step
        elif reading.epoch is not None and self._axis == "epoch":
            self._x = self._whole_epochs(reading)

    def of(self, tag: str) -> tuple[Axis, float]:
        """Return what x counts, and x, for the next point of *tag*."""
        if self._x is None:
            self._lines[tag] += 1
            return "epoch", self._lines[tag] - 1
        return self._axis, self._x

    def _whole_steps(self, reading: Reading) -> float:
        """Return the steps of the epochs before, where steps are counted anew in each."""
        if reading.within is None or reading.epoch is None or self._first_epoch is None:
            return 0
        return (reading.epoch - self._first_epoch) * reading.within[1]

    def _whole_epochs(self, reading: Reading) -> float:
        """Return the epoch, or how many epochs were done where the line says how far into it it is."""
        epoch = reading.epoch or 0.0
        if reading.within is None or self._first_epoch is None:
            return epoch
        done, length = reading.within
        return epoch - self._first_epoch + (done / length if length else 0)


def _read(segment: bytes) -> Reading:
    return read(segment.decode("utf-8", "replace")) if _WORTH_READING.search(segment) else NOTHING


def shows_loss(head: bytes) -> bool:
    """Say whether *head* is of a training: a step or epoch was said, and then a loss or both sides of another metric.

    Losses both of train and of validation are enough by themselves.
    """
    counted = False
    splits: set[str] = set()
    for segment, _ in Segments(_LONGEST).feed(head + b"\n"):
        reading = _read(segment)
        counted = counted or reading.epoch is not None or reading.step is not None
        splits |= losses(reading)
        if (counted and (losses(reading) or pairs(reading))) or {"tra", "val"} <= splits:
            return True
    return False
