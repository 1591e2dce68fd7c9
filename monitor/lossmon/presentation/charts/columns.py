"""The columns into which the x axis of a chart is divided: dots on the screen, pixels on a page."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Floats
from lossmon.presentation.charts.scales import LinearScale

_LARGEST = math.nextafter(math.inf, 0)
_MIN_PADDING, _RELATIVE_PADDING = 0.5, 1e-6
"""Added at either side of a range that is a single x: in units of x, and as a fraction of x; the larger one counts."""


@dataclass(frozen=True, slots=True)
class Columns:
    """*count* columns, whose first and last have their middle at *low* and *high*."""

    low: float
    high: float
    count: int

    @property
    def last(self) -> int:
        """The number of the last column; 0 also if there is none."""
        return max(0, self.count - 1)

    def of(self, x: Floats) -> Floats:
        """Return the column of each x, counted from 0; x outside is clipped.

        >>> Columns(0.0, 10.0, 11).of(np.array([-1.0, 2.4, 10.0]))
        array([ 0.,  2., 10.])
        """
        return np.floor(LinearScale(self.low, self.high).fraction(x) * self.last + 0.5)

    def edges(self) -> Floats:
        """Return the x at which each column begins; shape (count,)."""
        fractions = np.clip((np.arange(self.count) - 0.5) / max(1, self.count - 1), 0, 1)
        return self.low * (1 - fractions) + self.high * fractions


def usable_range(low: float, high: float) -> tuple[float, float]:
    """Return *low* and *high* in ascending order; if they are equal, padded so that the x is in the middle.

    >>> usable_range(3, 3)
    (2.5, 3.5)
    """
    if low > high:
        low, high = high, low
    if low == high:
        padding = max(_MIN_PADDING, abs(low) * _RELATIVE_PADDING)
        low, high = max(low - padding, -_LARGEST), min(high + padding, _LARGEST)
    return low, high
