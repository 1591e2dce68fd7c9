"""What is kept of a series: block means, running minima and binned means, in bounded memory."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field


def median(values: Sequence[float]) -> float:
    """Return the median of *values*, which must not be empty.

    >>> median([3.0, 1.0, 2.0])
    2.0
    """
    return median_of_sorted(sorted(values))


def median_of_sorted(ordered: Sequence[float]) -> float:
    """Return the median of values in ascending order, at least one.

    >>> median_of_sorted([1.0, 2.0, 3.0, 5.0])
    2.5
    """
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else ordered[half - 1] / 2 + ordered[half] / 2


def trimmed_mean(values: Sequence[float]) -> float:
    """Return the mean of the middle half of at least three *values*, which outliers do not change.

    >>> trimmed_mean([1.0, 2.0, 900.0])
    2.0
    """
    count = len(values)
    cut = count // 4 or 1
    return sum(sorted(values)[cut : count - cut]) / (count - 2 * cut)


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
    lowest: float = math.inf
    means: list[float] = field(default_factory=list)
    """Means of the newest block and of those that share values with it; empty before the first."""
    _ascending: list[float] = field(default_factory=list)
    """The values of the newest block, sorted."""
    _count: int = 0

    def catch_up(self, recent: Sequence[float], count: int) -> None:
        """Add the blocks that end with those of the *recent* values that are new, when there were *count* in all.

        The values of the block before the first new one must still be among them.
        """
        begin = len(recent) - count + self._count
        self._count = count
        width, ascending, means = self.width, self._ascending, self.means
        cut = width // 4 or 1
        end, kept = width - cut, width - 2 * cut
        for position in range(begin, len(recent)):
            insort(ascending, recent[position])
            if len(ascending) > width:
                del ascending[bisect_left(ascending, recent[position - width])]
            elif len(ascending) < width:
                continue
            # The trimmed mean, without sorting the block again.
            means.append(sum(ascending[cut:end]) / kept)
        if len(means) > width:
            self.lowest = min(self.lowest, *means[:-width])
            del means[:-width]

    def clone(self) -> BlockMean:
        """Return an independent copy."""
        return BlockMean(self.width, self.lowest, self.means.copy(), self._ascending.copy(), self._count)


@dataclass(slots=True)
class BlockMeans:
    """The block means of several widths; those of one width are taken for several values at once, when asked for."""

    blocks: list[BlockMean]
    _most_waiting: int
    """Values that may wait, before the oldest would have left the recent values."""
    _count: int = 0

    @classmethod
    def of(cls, widths: Sequence[int], recent_values: int) -> BlockMeans:
        """Return those of the *widths*, except what is wider than the *recent_values* that are kept."""
        blocks = [BlockMean(width) for width in widths if width <= recent_values]
        return cls(blocks, recent_values + 1 - max([block.width for block in blocks], default=0))

    def note_value(self, recent: Sequence[float]) -> None:
        """Note that *recent* has one more value; it must be called before the oldest one is dropped."""
        self._count += 1
        if not self._count % self._most_waiting:
            for block in self.blocks:
                block.catch_up(recent, self._count)

    def newest(self, block: BlockMean, recent: Sequence[float]) -> float:
        """Return the mean of the newest of the *recent* values, at least as many as the *block* is wide."""
        block.catch_up(recent, self._count)
        return block.means[-1]

    def clone(self) -> BlockMeans:
        """Return an independent copy."""
        return BlockMeans([block.clone() for block in self.blocks], self._most_waiting, self._count)


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
    _levels: tuple[float, float] | None = None
    """The newest levels, until another bin is full."""

    def add(self, value: float) -> None:
        """Add the next value."""
        self._sum += value
        self._count += 1
        if self._count < self.width:
            return
        self.means.append(self._sum / self.width)
        self._sum, self._count, self._levels = 0.0, 0, None
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

        At least *min_bins* are compared, if there are twice as many; a single bin is compared with itself. It must be
        called with the same arguments each time.
        """
        if self._levels is None:
            self._levels = self._compare_bins(fraction, min_bins)
        return self._levels or (self.newest, self.newest)

    def _compare_bins(self, fraction: float, min_bins: int) -> tuple[float, float] | None:
        """Return the levels by the bins that are full; None if there are too few."""
        means = self.means
        count = min(max(min_bins, round(len(means) * fraction)), len(means) // 2)
        if not count:
            return None
        centre = trimmed_mean if count > 2 else median
        return centre(means[-count:]), centre(means[-2 * count : -count])

    def clone(self) -> BinnedMeans:
        """Return an independent copy."""
        return BinnedMeans(self.capacity, self.width, self.means.copy(), self._sum, self._count, self._levels)
