"""The bundled histories, and the records that a training script would log from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypedDict


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """What is known once an epoch, counted from 0, is validated."""

    epoch: int
    steps: int
    """Batches trained on so far."""
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float


@dataclass(frozen=True, slots=True)
class BatchEnd:
    """The train loss of one batch."""

    epoch: int
    steps: int
    loss: float


@dataclass(frozen=True, slots=True)
class History:
    """One run from its first batch to its last epoch; losses are those measured, NaN where they were NaN."""

    epochs: tuple[EpochEnd, ...]
    batches: tuple[BatchEnd, ...]
    """Every fifth batch or so; none where the script logged epochs only."""
    steps_per_epoch: int


class _Columns(TypedDict):
    """A history as it is bundled: one entry an epoch, or a recorded batch; non-finite numbers are strings."""

    steps_per_epoch: int
    loss: list[float | str]
    accuracy: list[float | str]
    val_loss: list[float | str]
    val_accuracy: list[float | str]
    batch_step: list[int]
    batch_loss: list[float | str]


@cache
def histories() -> dict[str, History]:
    """Return the bundled histories by the name of their run; tests/bench/train_demo_histories.py made them."""
    text = files(__package__).joinpath("histories.json").read_text(encoding="utf-8")
    bundled: dict[str, _Columns] = json.loads(text)
    return {name: _history(columns) for name, columns in bundled.items()}


def _history(columns: _Columns) -> History:
    per_epoch = columns["steps_per_epoch"]
    batches = zip(columns["batch_step"], columns["batch_loss"], strict=True)
    return History(
        tuple(_epochs(columns)),
        tuple(BatchEnd(step // per_epoch, step + 1, float(loss)) for step, loss in batches),
        per_epoch,
    )


def _epochs(columns: _Columns) -> Iterator[EpochEnd]:
    per_epoch = columns["steps_per_epoch"]
    rows = zip(columns["loss"], columns["accuracy"], columns["val_loss"], columns["val_accuracy"], strict=True)
    for epoch, row in enumerate(rows):
        yield EpochEnd(epoch, (epoch + 1) * per_epoch, *map(float, row))
