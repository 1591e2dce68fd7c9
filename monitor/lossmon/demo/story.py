"""Which history is written in which format, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import NamedTuple

from lossmon.demo.histories import BatchEnd, EpochEnd, histories
from lossmon.demo.writers import KerasCsv, KerasTensorBoard, LightningCsv, TorchTensorBoard, Writer


@dataclass(frozen=True, slots=True)
class Part:
    """One run of the story."""

    run: str
    writer: type[Writer]
    begins: float
    """Seconds after the first look at the screen; negative: it was under way before."""
    pace: float
    """Seconds an epoch."""


PARTS = (
    Part("lstm-512", KerasTensorBoard, -15.0, 1.5),
    Part("lstm-128-dropout", KerasTensorBoard, -30.0, 1.5),
    Part("cnn-small", TorchTensorBoard, -48.0, 1.2),
    Part("mlp-lr-tiny", KerasCsv, -10.0, 2.0),
    Part("rnn-no-clip", TorchTensorBoard, 6.0, 2.0),
    Part("resnet-aug", LightningCsv, 18.0, 1.25),
)


class Moment(NamedTuple):
    """A record and the second of the story at which it is written."""

    due: float
    run: str
    record: EpochEnd | BatchEnd


def moments() -> list[Moment]:
    """Return the whole story in the order of time."""
    return list(merge(*(_moments(part) for part in PARTS), key=lambda moment: moment.due))


def writers(directory: Path) -> dict[str, Writer]:
    """Return the writer of every run, each below *directory*; none touches the disk before it is told to write."""
    return {part.run: part.writer(directory / part.run) for part in PARTS}


def _moments(part: Part) -> Iterator[Moment]:
    history = histories()[part.run]
    in_order: Iterator[EpochEnd | BatchEnd] = merge(history.batches, history.epochs, key=lambda record: record.steps)
    for record in in_order:
        yield Moment(part.begins + part.pace * record.steps / history.steps_per_epoch, part.run, record)
