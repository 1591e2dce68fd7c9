"""Notices that a run was resumed or went into a second phase: its train loss jumps back up and falls anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from lossmon.detector.window import median

Evaluation: TypeAlias = tuple[int, float, float | None]
"""Index, value of the judged series, train loss."""

_PATIENCE = 3
"""Evaluations after which a jump is either a restart, a spike, or a collapse."""


@dataclass(slots=True)
class RestartWatch:
    """Keeps the evaluations since a jump until it is clear what the jump was."""

    first: float | None = None
    recent: list[float] = field(default_factory=list)
    since_jump: list[Evaluation] = field(default_factory=list)
    _floor: float = 0.0
    _peak: float = 0.0

    def add(self, evaluation: Evaluation) -> list[Evaluation]:
        """Take an evaluation; return those of the new segment once it is clear that one began, else nothing."""
        _, value, train = evaluation
        loss = value if train is None else train
        if self.first is None:
            self.first = loss
        if self.since_jump or self._jumped(loss):
            self.since_jump = [*self.since_jump, evaluation]
            self._peak = max(self._peak, loss)
            return self._decide(loss)
        self.recent = [*self.recent[-4:], loss]
        return []

    def _jumped(self, loss: float) -> bool:
        if len(self.recent) < 4 or self.first is None:
            return False
        self._floor = self._peak = median(self.recent)
        learned = self.first - self._floor
        step = loss - self._floor
        wobble = max(self.recent) - min(self.recent)
        return learned > 0.2 * abs(self.first) and step > 0.4 * learned and step > 3 * wobble

    def _decide(self, loss: float) -> list[Evaluation]:
        if len(self.since_jump) < _PATIENCE:
            return []
        kept, self.since_jump = self.since_jump, []
        step = self._peak - self._floor
        if self._floor + 0.1 * step < loss < self._floor + 0.8 * step:
            self.first, self.recent = self._peak, []
            return kept
        self.recent = [*self.recent[-4:], loss]
        return []

    def clone(self) -> RestartWatch:
        """Return an independent copy."""
        return RestartWatch(self.first, self.recent, self.since_jump, self._floor, self._peak)
