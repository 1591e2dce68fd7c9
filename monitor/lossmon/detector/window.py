"""What is remembered of a series: its recent values, its best, and the levels it has been through."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

RECENT = 64
"""Evaluations that are kept one by one; whatever is older is kept as levels."""

WIDTHS = (3, 5, 9, 17, 33)
"""Lengths of the blocks whose medians are compared, in evaluations."""


def median(values: Sequence[float]) -> float:
    """Return the median of *values*, which must not be empty."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else ordered[half - 1] / 2 + ordered[half] / 2


@dataclass(slots=True)
class Level:
    """The medians of the last *width* values, now and at their lowest before the block that ends now."""

    width: int
    now: float | None = None
    lowest: float | None = None
    _waiting: deque[float] = field(default_factory=deque)

    def add(self, recent: Sequence[float]) -> None:
        """Take note of the series whose newest values are *recent*."""
        if len(recent) < self.width:
            return
        self.now = median(recent[-self.width :])
        self._waiting.append(self.now)
        if len(self._waiting) > self.width:
            before = self._waiting.popleft()
            self.lowest = before if self.lowest is None else min(self.lowest, before)

    def fork(self) -> Level:
        """Return an independent copy."""
        return Level(self.width, self.now, self.lowest, self._waiting.copy())
