"""Reads the table of histories, and computes from the test loss which runs really overfit."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
from tests.bench.histories.layers import Array

TABLE = Path(__file__).with_name("table.npz")
TRUE_RISE = 0.035
"""A run really overfits if the test loss ends this share above its minimum while train did not rise."""

HEALTHY_RISE = 0.02
"""A run is healthy if its test loss ends less than this share above its minimum."""


@dataclass(frozen=True)
class Record:
    """One training: the losses that a user sees, and the loss on a large test set; lists of equal length."""

    family: int
    name: str
    train: list[float]
    validation: list[float]
    test: list[float]

    @property
    def group(self) -> str:
        """What a model that is tested on this history must not have learned from."""
        return f"family {self.family}"

    @property
    def turn(self) -> int:
        """The evaluation at which the test loss turns."""
        return turn_of(self.test)

    @property
    def is_healthy(self) -> bool:
        """Neither overfitting nor so near to it that a report is no false alarm."""
        return self.rise < HEALTHY_RISE

    @property
    def rise(self) -> float:
        """How far the test loss ends above its minimum, relative to it, or to the decrease if it is near zero.

        The end is the median of the last tenth, the minimum that of the running median of five: a last epoch that
        happens to be bad is not overfitting. A rise that train shares counts as none.
        """
        curve = running_median(self.test, 5)
        low, end = min(curve), median(self.test[-max(3, len(self.test) // 10) :])
        onset = curve.index(low)
        if median(self.train[-3:]) > self.train[onset]:
            return 0.0
        return (end - low) / self._reference(low)

    def overfits(self, share: float = TRUE_RISE) -> bool:
        """Return whether the test loss ends at least *share* above its minimum."""
        return self.rise >= share

    def until(self, at: int) -> Record:
        """Return the history as it was after evaluation *at*."""
        end = at + 1
        return Record(self.family, self.name, self.train[:end], self.validation[:end], self.test[:end])

    def regret(self, stop: int | None) -> float:
        """Return by how much, in per cent, the test loss at evaluation *stop* (None: the end) exceeds the lowest."""
        low = min(self.test)
        return 100 * (self.test[-1 if stop is None else stop] - low) / self._reference(low)

    def _reference(self, low: float) -> float:
        drop = max(self.test[:3]) - low
        return (abs(low) if low > 0.02 * drop else drop) or 1.0


def running_median(values: Sequence[float], width: int) -> list[float]:
    """Return the median of the *width* values about each place, of fewer near the ends."""
    half = width // 2
    return [median(values[max(0, i - half) : i + half + 1]) for i in range(len(values))]


def turn_of(losses: Sequence[float]) -> int:
    """Return the evaluation with the lowest running median of five."""
    curve = running_median(losses, 5)
    return curve.index(min(curve))


def load_records(path: Path = TABLE) -> list[Record]:
    """Return every history of the table whose losses are all finite."""
    with np.load(path) as table:
        starts, family, names = table["starts"], table["family"], table["families"]
        columns: list[Array] = [table[key].astype(float) for key in ("train", "validation", "test")]
    records = []
    for at, (begin, end) in enumerate(pairwise(starts)):
        parts = [column[begin:end] for column in columns]
        if all(np.isfinite(part).all() for part in parts):
            number = int(family[at])
            records.append(Record(number, str(names[number]), *(part.tolist() for part in parts)))
    return records


def is_held_out(record: Record) -> bool:
    """Return whether *record* belongs to the families that were not used for design or calibration."""
    return record.family % 2 == 1


def print_line(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
