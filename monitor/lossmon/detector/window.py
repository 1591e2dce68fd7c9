"""What is remembered of a series: its recent values, the levels it has been through, and its outline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

RECENT = 64
"""Evaluations that are kept one by one; whatever is older is kept as levels and outline."""

WIDTHS = (3, 5, 9, 17, 33)
"""Lengths of the blocks whose means are compared, in evaluations."""

_LOWS = 32
_BINS = 64
"""An outline holds half as many bins as this, or more, once it is long enough."""


def median(values: Sequence[float]) -> float:
    """Return the median of *values*, which must not be empty."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else ordered[half - 1] / 2 + ordered[half] / 2


def trimmed_mean(values: Sequence[float]) -> float:
    """Return the mean of the middle half of *values*, at least three: without the extremes, whatever their number."""
    cut = max(1, len(values) // 4)
    kept = sorted(values)[cut : len(values) - cut]
    return sum(kept) / len(kept)


@dataclass(slots=True)
class BlockMean:
    """The trimmed mean of the last *width* values, and the lowest such mean before the block that ends now."""

    width: int
    now: float | None = None
    lowest: float = math.inf
    _waiting: list[float] = field(default_factory=list)

    def add(self, recent: Sequence[float]) -> None:
        """Take note of the series whose newest values are *recent*."""
        if len(recent) < self.width:
            return
        self.now = trimmed_mean(recent[-self.width :])
        self._waiting.append(self.now)
        if len(self._waiting) > self.width:
            self.lowest = min(self.lowest, self._waiting.pop(0))

    def clone(self) -> BlockMean:
        """Return an independent copy."""
        return BlockMean(self.width, self.now, self.lowest, self._waiting.copy())


@dataclass(slots=True)
class RunningMinima:
    """The evaluations since the best after which the series never was as low again, the lowest thirty-two of them."""

    places: list[tuple[int, float]] = field(default_factory=list)

    def add(self, index: int, value: float) -> None:
        """Take the value of evaluation *index*."""
        while self.places and self.places[-1][1] >= value:
            self.places.pop()
        if len(self.places) < _LOWS:
            self.places.append((index, value))

    def clone(self) -> RunningMinima:
        """Return an independent copy."""
        return RunningMinima(self.places.copy())


@dataclass(slots=True)
class BinnedMeans:
    """The whole series as at most 64 means of equally many values; each doubling of its length halves the detail."""

    width: int = 1
    means: list[float] = field(default_factory=list)
    _sum: float = 0.0
    _count: int = 0

    def add(self, value: float) -> None:
        """Take the next value."""
        self._sum += value
        self._count += 1
        if self._count < self.width:
            return
        self.means.append(self._sum / self.width)
        self._sum, self._count = 0.0, 0
        if len(self.means) == _BINS:
            self.means = [(a + b) / 2 for a, b in zip(self.means[::2], self.means[1::2], strict=True)]
            self.width *= 2

    @property
    def newest(self) -> float:
        """The mean of the newest values: of the last bin, and of those that will make the next."""
        return (self.means[-1] * self.width + self._sum) / (self.width + self._count)

    def at(self, place: int) -> float:
        """Return the mean of the bin that holds the value added after *place* others."""
        return self.means[place // self.width] if place < len(self.means) * self.width else self.newest

    def gain(self, part: float) -> float:
        """Return how much lower the median of the newest *part* of the bins is than that of as many before."""
        count = min(max(3, round(len(self.means) * part)), len(self.means) // 2)
        if not count:
            return 0.0
        return median(self.means[-2 * count : -count]) - median(self.means[-count:])

    def clone(self) -> BinnedMeans:
        """Return an independent copy."""
        return BinnedMeans(self.width, self.means.copy(), self._sum, self._count)


def slope(values: Sequence[float]) -> float:
    """Return the least-squares slope of at least two *values*, per place."""
    n = len(values)
    centre = (n - 1) / 2
    return sum([(i - centre) * v for i, v in enumerate(values)]) * 12 / (n * (n * n - 1))
