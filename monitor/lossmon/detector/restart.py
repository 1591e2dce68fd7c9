"""Notices that a run was resumed or began a second phase: its train loss jumps up and falls again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from lossmon.detector.thresholds import Thresholds
from lossmon.detector.window import median

Evaluation: TypeAlias = tuple[int, float, float | None]
"""Index of the evaluation, value of the judged series, train loss."""


@dataclass(slots=True)
class RestartDetector:
    """Keeps the evaluations since a jump of the loss until it is clear whether the jump was a restart."""

    thresholds: Thresholds
    _first: float | None = None
    """Loss at the start of the segment."""
    _before_jump: list[float] = field(default_factory=list)
    _since_jump: list[Evaluation] = field(default_factory=list)
    _level: float = 0.0
    """Loss before the jump."""
    _peak: float = 0.0
    """Highest loss since the jump."""

    def update(self, evaluation: Evaluation) -> list[Evaluation]:
        """Add an evaluation; return the evaluations of a new segment once it is clear that one began, else nothing."""
        _, value, train = evaluation
        loss = value if train is None else train
        if self._first is None:
            self._first = loss
        if self._since_jump or self._is_jump(loss, self._first):
            self._since_jump = [*self._since_jump, evaluation]
            self._peak = max(self._peak, loss)
            return self._new_segment(loss)
        self._append(loss)
        return []

    def _append(self, loss: float) -> None:
        self._before_jump = [*self._before_jump[1 - self.thresholds.restart_window :], loss]

    def _is_jump(self, loss: float, first: float) -> bool:
        t = self.thresholds
        if len(self._before_jump) < t.restart_min_values:
            return False
        self._level = self._peak = median(self._before_jump)
        learned, height = first - self._level, loss - self._level
        value_range = max(self._before_jump) - min(self._before_jump)
        return (
            learned > t.restart_learned * abs(first)
            and height > t.restart_step * learned
            and height > t.restart_range * value_range
        )

    def _new_segment(self, loss: float) -> list[Evaluation]:
        """Return the evaluations since the jump if it was a restart; *loss* is the newest one."""
        t = self.thresholds
        if len(self._since_jump) < t.restart_evaluations:
            return []
        evaluations, self._since_jump = self._since_jump, []
        height = self._peak - self._level
        if self._level + t.restart_min_height * height < loss < self._level + t.restart_max_height * height:
            self._first, self._before_jump = self._peak, []
            return evaluations
        self._append(loss)
        return []

    def clone(self) -> RestartDetector:
        """Return an independent copy; its lists are never changed in place."""
        return RestartDetector(
            self.thresholds, self._first, self._before_jump, self._since_jump, self._level, self._peak
        )
