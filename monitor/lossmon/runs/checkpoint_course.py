"""The evaluations of a run as a checkpoint is compared with them: by x, by time and by loss."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import RunSnapshot

_LATE_INTERVALS, _LATE_SECONDS = 10.0, 600.0
"""How long after the last evaluation its checkpoint may still be written: the longer of the two."""
_ROUNDING = 0.51
"""Half a unit of the last digit of a loss in a name, and a little for a loss that was rounded twice."""
_SAME_X = 1e-6


@dataclass(frozen=True)
class RunCourse:
    """What of a run positions are found by."""

    run: RunSnapshot
    x: Floats
    wall_time: Floats
    losses: Floats

    @classmethod
    def of(cls, run: RunSnapshot) -> RunCourse | None:
        """Return the course of *run*; None before its first evaluation."""
        history = run.history
        if history is None or not len(history.x):
            return None
        wall_time = np.where(np.isfinite(history.wall_time), history.wall_time, np.nan)
        return cls(run, history.x, wall_time, history.judged)

    @cached_property
    def first_x(self) -> float:
        """The first x of any loss."""
        return min(float(curve.x[0]) for curve in (self.run.train, self.run.val) if curve is not None and len(curve.x))

    @cached_property
    def last_x(self) -> float:
        """The last x of any loss."""
        return max(float(curve.x[-1]) for curve in (self.run.train, self.run.val) if curve is not None and len(curve.x))

    @cached_property
    def counts_epochs(self) -> bool:
        """Whether x counts epochs, or goes up by one as epochs do."""
        return self.run.axis == "epoch" or (len(self.x) > 1 and bool(np.all(np.diff(self.x) == 1)))

    @cached_property
    def counts_from_zero(self) -> bool:
        """Whether the first epoch has the number 0, as in the files that Keras writes; it prints 1."""
        tags = [curve.tag.text for curve in (self.run.train, self.run.val) if curve is not None]
        is_file_of_keras = self.run.format == "keras-csv" or any("epoch_" in tag for tag in tags)
        return self.first_x == 0 or is_file_of_keras

    @cached_property
    def has_times(self) -> bool:
        """Whether it is known when evaluations were logged, at least the newest."""
        known = self.wall_time[np.isfinite(self.wall_time)]
        return bool(len(known) and math.isfinite(self.wall_time[-1]) and np.all(np.diff(known) >= 0))

    @cached_property
    def interval(self) -> float:
        """Seconds between two evaluations, the median; 0 if unknown."""
        steps = np.diff(self.wall_time)
        steps = steps[np.isfinite(steps)]
        return float(np.median(steps)) if self.has_times and len(steps) else 0.0

    def evaluation_at(self, x: float) -> int | None:
        """Return the index of the last evaluation at *x*; None if there is none."""
        index = int(self.x.searchsorted(x + _SAME_X, side="right")) - 1
        return index if index >= 0 and abs(float(self.x[index]) - x) <= _SAME_X else None

    def fits_time(self, x: float, modified: float) -> bool:
        """Return whether a file could be written at that time if it was saved at *x*: between the evaluations beside.

        What is not known does not speak against it.
        """
        before = int(self.x.searchsorted(x - _SAME_X, side="left")) - 1
        after = int(self.x.searchsorted(x + _SAME_X, side="right"))
        earliest = float(self.wall_time[before]) if before >= 0 else float(self.wall_time[0]) - 2 * self.interval - 1
        latest = float(self.wall_time[after]) if after < len(self.x) else self.latest
        return not (modified < earliest or modified > latest)

    def is_nearest(self, evaluation: int | None, modified: float) -> bool:
        """Return whether the evaluations before and after this one were logged farther from the time *modified*."""
        if evaluation is None or not self.has_times or not modified <= self.latest:
            return False
        beside = self.wall_time[max(0, evaluation - 1) : evaluation + 2]
        return bool(abs(self.wall_time[evaluation] - modified) <= np.abs(beside - modified).min())

    @property
    def latest(self) -> float:
        """The time up to which a file may belong to the last evaluation."""
        return float(self.wall_time[-1]) + max(_LATE_INTERVALS * self.interval, _LATE_SECONDS)

    def has_loss(self, evaluation: int | None, values: Iterable[str]) -> bool:
        """Return whether the loss of *evaluation*, rounded, is one of *values*; signs are lost among dashes."""
        if evaluation is None:
            return False
        loss = abs(float(self.losses[evaluation]))
        return any(abs(loss - float(text)) <= _rounding(text) for text in values)

    def with_loss(self, values: Iterable[str]) -> list[int]:
        """Return the evaluations whose loss, rounded, is one of *values*."""
        losses = np.abs(self.losses)
        found = [np.flatnonzero(np.abs(losses - float(text)) <= _rounding(text)) for text in values]
        return sorted({int(index) for indices in found for index in indices})


def _rounding(text: str) -> float:
    """Return by how much a number may differ from what is written as *text*."""
    return _ROUNDING * 10.0 ** -len(text.partition(".")[2])
