"""What is kept of a series: block means, running minima and binned means, in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


def median(values: Sequence[float]) -> float:
    """Return the median of *values*, which must not be empty.

    >>> median([3.0, 1.0, 2.0])
    2.0
    """
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else ordered[half - 1] / 2 + ordered[half] / 2


def trimmed_mean(values: Sequence[float]) -> float:
    """Return the mean of the middle half of at least three *values*, which outliers do not change.

    >>> trimmed_mean([1.0, 2.0, 900.0])
    2.0
    """
    cut = max(1, len(values) // 4)
    kept = sorted(values)[cut : len(values) - cut]
    return sum(kept) / len(kept)


def least_squares_slope(values: Sequence[float]) -> float:
    """Return the least-squares slope of at least two equally spaced *values*, per step.

    >>> least_squares_slope([1.0, 3.0, 5.0])
    2.0
    """
    n = len(values)
    centre = (n - 1) / 2
    return sum([(i - centre) * v for i, v in enumerate(values)]) * 12 / (n * (n * n - 1))


@dataclass(slots=True)
class BlockMean:
    """The trimmed mean of the newest *width* values, and the lowest such mean of the blocks before that block."""

    width: int
    newest: float | None = None
    lowest: float = math.inf
    _overlapping: list[float] = field(default_factory=list)
    """Means of the blocks that share values with the newest one."""

    def update(self, recent: Sequence[float]) -> None:
        """Add the block that ends with the last of the *recent* values."""
        if len(recent) < self.width:
            return
        self.newest = trimmed_mean(recent[-self.width :])
        self._overlapping.append(self.newest)
        if len(self._overlapping) > self.width:
            self.lowest = min(self.lowest, self._overlapping.pop(0))

    def clone(self) -> BlockMean:
        """Return an independent copy."""
        return BlockMean(self.width, self.newest, self.lowest, self._overlapping.copy())


@dataclass(slots=True)
class RunningMinima:
    """The values since the minimum that no later value has fallen below, at most *capacity*, the lowest ones."""

    capacity: int
    minima: list[tuple[int, float]] = field(default_factory=list)
    """Evaluation and value, both increasing."""

    def add(self, index: int, value: float) -> None:
        """Add the value of evaluation *index*."""
        while self.minima and self.minima[-1][1] >= value:
            self.minima.pop()
        if len(self.minima) < self.capacity:
            self.minima.append((index, value))

    def clone(self) -> RunningMinima:
        """Return an independent copy."""
        return RunningMinima(self.capacity, self.minima.copy())


@dataclass(slots=True)
class BinnedMeans:
    """The whole series as means over equal bins; when *capacity* bins are full, neighbours are merged in pairs."""

    capacity: int
    width: int = 1
    """Values in a bin."""
    means: list[float] = field(default_factory=list)
    _sum: float = 0.0
    """Sum of the values that wait for the next bin."""
    _count: int = 0

    def add(self, value: float) -> None:
        """Add the next value."""
        self._sum += value
        self._count += 1
        if self._count < self.width:
            return
        self.means.append(self._sum / self.width)
        self._sum, self._count = 0.0, 0
        if len(self.means) == self.capacity:
            self.means = [(a + b) / 2 for a, b in zip(self.means[::2], self.means[1::2], strict=True)]
            self.width *= 2

    @property
    def newest(self) -> float:
        """The mean of the last bin and of the values that wait for the next one."""
        return (self.means[-1] * self.width + self._sum) / (self.width + self._count)

    def mean_at(self, position: int) -> float:
        """Return the mean of the bin that holds the value at *position*, counted from 0."""
        return self.means[position // self.width] if position < len(self.means) * self.width else self.newest

    def newest_levels(self, fraction: float, min_bins: int) -> tuple[float, float]:
        """Return the trimmed mean of the newest *fraction* of the bins, and that of as many bins before them.

        At least *min_bins* are compared, if there are twice as many; a single bin is compared with itself.
        """
        count = min(max(min_bins, round(len(self.means) * fraction)), len(self.means) // 2)
        if not count:
            return self.newest, self.newest
        centre = trimmed_mean if count > 2 else median
        return centre(self.means[-count:]), centre(self.means[-2 * count : -count])

    def clone(self) -> BinnedMeans:
        """Return an independent copy."""
        return BinnedMeans(self.capacity, self.width, self.means.copy(), self._sum, self._count)
