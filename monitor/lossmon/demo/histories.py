"""Loads the bundled histories as the records that a training script would log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypedDict


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """Losses and accuracies of one epoch."""

    epoch: int
    """Counted from 0."""
    steps: int
    """Batches trained so far."""
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
    """One whole run; losses are as measured, some of them NaN or infinite."""

    epochs: tuple[EpochEnd, ...]
    batches: tuple[BatchEnd, ...]
    """About every fifth or tenth batch; none where the script logged epochs only."""
    steps_per_epoch: int


class _BundledHistory(TypedDict):
    """A history in the JSON file: a list entry per epoch, or per recorded batch; non-finite numbers are strings."""

    steps_per_epoch: int
    loss: list[float | str]
    accuracy: list[float | str]
    val_loss: list[float | str]
    val_accuracy: list[float | str]
    batch_step: list[int]
    batch_loss: list[float | str]


@cache
def load_histories() -> dict[str, History]:
    """Return the bundled histories by name of the run; ``tests/bench/train_demo_histories.py`` trained them."""
    text = files(__package__).joinpath("histories.json").read_text(encoding="utf-8")
    bundled: dict[str, _BundledHistory] = json.loads(text)
    return {name: _to_history(columns) for name, columns in bundled.items()}


def _to_history(columns: _BundledHistory) -> History:
    per_epoch = columns["steps_per_epoch"]
    batches = zip(columns["batch_step"], columns["batch_loss"], strict=True)
    return History(
        tuple(_to_epochs(columns)),
        tuple(BatchEnd(step // per_epoch, step + 1, float(loss)) for step, loss in batches),
        per_epoch,
    )


def _to_epochs(columns: _BundledHistory) -> Iterator[EpochEnd]:
    per_epoch = columns["steps_per_epoch"]
    rows = zip(columns["loss"], columns["accuracy"], columns["val_loss"], columns["val_accuracy"], strict=True)
    for epoch, row in enumerate(rows):
        yield EpochEnd(epoch, (epoch + 1) * per_epoch, *map(float, row))
