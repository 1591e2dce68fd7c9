"""Streaming statistics over the newest values of a series, in bounded memory and time."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from dataclasses import dataclass, field

from lossmon.detector.copying import shallow_copy
from lossmon.detector.noise import STD_PER_MAD, THIRD_DIFFERENCE_GAIN


@dataclass(slots=True)
class RollingMedian:
    """The median of the newest *capacity* values.

    >>> rolling = RollingMedian(3)
    >>> for value in (9.0, 1.0, 2.0, 3.0):
    ...     rolling.add(value)
    >>> rolling.median()
    2.0
    """

    capacity: int
    _values: list[float] = field(default_factory=list)
    _ordered: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        """Add the next value."""
        values, ordered = self._values, self._ordered
        values.append(value)
        insort(ordered, value)
        if len(values) > self.capacity:
            del ordered[bisect_left(ordered, values.pop(0))]

    def median(self) -> float:
        """Return the median, of an even number of values the upper one; 0 without values."""
        ordered = self._ordered
        return ordered[len(ordered) // 2] if ordered else 0.0

    def clone(self) -> RollingMedian:
        """Return an independent copy."""
        return RollingMedian(self.capacity, self._values.copy(), self._ordered.copy())


STD_PER_SECOND_DIFFERENCE = STD_PER_MAD / math.sqrt(6)
STD_PER_THIRD_DIFFERENCE = STD_PER_MAD / THIRD_DIFFERENCE_GAIN
"""Standard deviation of independent values over the median absolute difference of second, and of third, order."""


@dataclass(slots=True)
class MovingBlock:
    """The mean of the newest *width* values, the lowest such mean of earlier blocks, and how far such means scatter.

    The scatter is that of second differences of adjacent blocks, so a steady trend does not count; noise that is
    correlated over the width does, which is why no autocorrelation needs to be known.
    """

    width: int
    lowest: float = math.inf
    """Lowest mean of the blocks that share no value with the newest one."""
    peak: float = -math.inf
    """Highest mean since."""
    rise: float = math.nan
    """By how much the newest block lies above the lowest earlier one; NaN without an earlier one."""
    past: float = 0.0
    """Largest rise from which the series returned to a lower block."""
    _means: list[float] = field(default_factory=list)
    """Means of the newest blocks, up to twice the width back."""
    _scatter: RollingMedian = field(default_factory=lambda: RollingMedian(24))
    _count: int = 0

    def add(self, mean: float) -> None:
        """Add the mean of the block that ends now."""
        width, means = self.width, self._means
        means.append(mean)
        self._count += 1
        count = len(means)
        if count <= width:
            return
        before = means[count - 1 - width]
        if before < self.lowest:
            if self.peak > self.lowest:
                self.past = max(self.past, self.peak - self.lowest)
            self.lowest = self.peak = before
        if mean > self.peak:
            self.peak = mean
        self.rise = mean - self.lowest
        if count > 2 * width:
            oldest = means.pop(0)
            if not self._count % ((width + 2) // 3):  # blocks that overlap more tell the same
                self._scatter.add(abs(mean - before - before + oldest))

    def std(self) -> float:
        """Return the standard deviation of a block mean about its trend; 0 if unknown."""
        return STD_PER_SECOND_DIFFERENCE * self._scatter.median()

    def clone(self) -> MovingBlock:
        """Return an independent copy."""
        copy = shallow_copy(self)
        copy._means, copy._scatter = self._means.copy(), self._scatter.clone()
        return copy


def median_of_3(a: float, b: float, c: float) -> float:
    """Return the median of three values.

    >>> median_of_3(3.0, 1.0, 2.0)
    2.0
    """
    if a > b:
        a, b = b, a
    return a if c < a else min(b, c)
