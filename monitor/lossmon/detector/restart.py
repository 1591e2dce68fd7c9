"""Notices that a run was resumed or began a second phase: its losses jump up and fall again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from lossmon.detector.copying import shallow_copy
from lossmon.detector.thresholds import Thresholds
from lossmon.detector.window import median

Evaluation: TypeAlias = tuple[int, float, float | None]
"""Index of the evaluation, value of the judged series, train loss."""


@dataclass(slots=True)
class _Jump:
    """One loss before and since a jump."""

    first: float | None = None
    """Loss at the start of the segment."""
    before: list[float] = field(default_factory=list)
    """The newest losses before the jump."""
    level: float = 0.0
    """Loss before the jump."""
    peak: float = 0.0
    """Highest loss since the jump."""

    def append(self, loss: float, t: Thresholds) -> None:
        """Add a loss that is no jump."""
        if self.first is None:
            self.first = loss
        self.before.append(loss)
        if len(self.before) > t.restart_window:
            del self.before[0]

    def begins(self, loss: float, t: Thresholds) -> bool:
        """Return whether *loss* jumps up by much of what was learned, beyond the range of the losses before it."""
        # Within their range, as nearly always: the rest costs time.
        if len(self.before) < t.restart_min_values or self.first is None or loss <= max(self.before):
            return False
        level = median(self.before)
        learned, height = self.first - level, loss - level
        value_range = max(self.before) - min(self.before)
        if learned <= t.restart_learned * abs(self.first):
            return False
        if height <= t.restart_step * learned or height <= t.restart_range * value_range:
            return False
        self.level = self.peak = level
        return True

    def clone(self) -> _Jump:
        """Return an independent copy."""
        copy = shallow_copy(self)
        copy.before = self.before.copy()
        return copy

    def falls_again(self, loss: float, t: Thresholds) -> bool:
        """Return whether *loss* is on its way down, neither back where it was nor at the height of the jump."""
        height = self.peak - self.level
        return self.level + t.restart_min_height * height < loss < self.level + t.restart_max_height * height


@dataclass(slots=True)
class RestartDetector:
    """Keeps the evaluations since a jump of the losses until it is clear whether the jump was a restart.

    Where there is a validation, it must jump as well: a cyclic learning rate, or stronger augmentation, makes train
    alone jump and fall again, and what validation showed before still holds. Nor are jumps that return after much the
    same time restarts, but a cycle.
    """

    thresholds: Thresholds
    _train: _Jump = field(default_factory=_Jump)
    _judged: _Jump = field(default_factory=_Jump)
    _since_jump: list[Evaluation] = field(default_factory=list)
    _last_jump: int = 0
    """Index of the evaluation of the last jump."""
    _interval: int = 0
    """Evaluations between that jump and the one before it, or the start."""

    def update(self, evaluation: Evaluation) -> list[Evaluation]:
        """Add an evaluation; return the evaluations of a new segment once it is clear that one began, else nothing."""
        index, judged, train = evaluation
        loss = judged if train is None else train
        if not self._since_jump and not self._is_restart(index, judged, loss):
            self._append(judged, loss)
            return []
        self._since_jump = [*self._since_jump, evaluation]
        self._train.peak, self._judged.peak = max(self._train.peak, loss), max(self._judged.peak, judged)
        return self._new_segment(judged, loss)

    def _append(self, judged: float, loss: float) -> None:
        self._train.append(loss, self.thresholds)
        self._judged.append(judged, self.thresholds)

    def _is_restart(self, index: int, judged: float, loss: float) -> bool:
        """Return whether both losses jump, and not after much the same time as the last jump."""
        if not (self._train.begins(loss, self.thresholds) and self._judged.begins(judged, self.thresholds)):
            return False
        interval, before = index - self._last_jump, self._interval
        if interval > self.thresholds.restart_window:
            self._last_jump, self._interval = index, interval
        return interval > self.thresholds.restart_min_growth * before

    def _new_segment(self, judged: float, loss: float) -> list[Evaluation]:
        """Return the evaluations since the jump if it was a restart; *judged* and *loss* are the newest ones."""
        t = self.thresholds
        if len(self._since_jump) < t.restart_evaluations:
            return []
        evaluations, self._since_jump = self._since_jump, []
        if self._train.falls_again(loss, t):
            self._train, self._judged = _Jump(self._train.peak), _Jump(self._judged.peak)
            return evaluations
        self._append(judged, loss)
        return []

    def clone(self) -> RestartDetector:
        """Return an independent copy."""
        copy = shallow_copy(self)
        copy._train, copy._judged = self._train.clone(), self._judged.clone()
        return copy
