"""The rise of a series since its best value: its trend, and how steady that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from lossmon.detector.copying import shallow_copy

_CLEAR_RISE = 0.05
"""Rise over the best, relative to the scale, of the values that count as clearly above it."""
_MAX_CORRELATION = 0.97
_MIN_VALUES = 3
"""Values after the best from which there is a trend."""


def ratio(part: float, whole: float) -> float:
    """Return *part* over *whole*, 0 if that is 0."""
    return part / whole if whole else 0.0


class Trend(NamedTuple):
    """The least-squares line through the values since the best, and the residuals about it."""

    slope: float
    residual_std: float
    correlation: float
    """Correlation of neighbouring residuals."""
    spread: float
    """Square root of the sum of squares of the positions: the slope's standard error is the noise over this."""

    @property
    def inflation(self) -> float:
        """Factor on the slope's standard error where residuals are correlated: sqrt((1 + r) / (1 - r)) for AR(1)."""
        r = max(0.0, min(_MAX_CORRELATION, self.correlation))
        return math.sqrt((1 + r) / (1 - r))


@dataclass(slots=True)
class RiseSinceBest:
    """Running sums over the values since the best one, less the best, at the positions 0, 1, 2, ..."""

    best: float = math.inf
    since: int = 0
    """Values since the best."""
    path: float = 0.0
    """Length of the way up and down since the best."""
    clear: int = 0
    """Values that are clearly above the best."""
    last: float = 0.0
    """Last value less the best."""
    _sum: float = 0.0
    _moment: float = 0.0
    """Sum of position times value."""
    _squares: float = 0.0
    _lagged: float = 0.0
    """Sum of products of neighbours."""

    def add(self, value: float, scale: float) -> None:
        """Add the next value, which is not below the best; *scale* is what a relative rise refers to."""
        rise = value - self.best
        self.since += 1
        self.path += abs(rise - self.last)
        self._sum += rise
        self._moment += rise * self.since
        self._squares += rise * rise
        self._lagged += rise * self.last
        self.clear += rise > _CLEAR_RISE * scale
        self.last = rise

    def trend(self) -> Trend | None:
        """Return the trend; None until enough values followed the best."""
        k = self.since
        if k < _MIN_VALUES:
            return None
        n, total = k + 1, self._sum
        mean, square = total / n, n * (n * n - 1) / 12
        cross = self._moment - total * k / 2
        slope = cross / square
        start = mean - slope * k / 2
        residuals = max(self._squares - total * mean - slope * cross, 0.0)
        # Sum of (y[i] - start - slope i) (y[i-1] - start - slope (i-1)) for i = 1..k, multiplied out.
        upper = start * total + slope * (self._moment - total)
        lower = start * (total - self.last) + slope * (self._moment - k * self.last + total - self.last)
        line = start * start * k + start * slope * k * k + slope * slope * k * (k * k - 1) / 3
        raw = (self._lagged - upper - lower + line) / residuals if residuals else 0.0
        # A fitted line biases the estimate, as a fitted mean does (Kendall 1954).
        correlation = raw + (1 + 5 * raw) / n
        return Trend(slope, math.sqrt(residuals / (n - 2)), correlation, math.sqrt(square))

    def clone(self) -> RiseSinceBest:
        """Return an independent copy."""
        return shallow_copy(self)
