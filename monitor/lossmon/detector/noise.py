"""How far a series strays from its own trend, and for how long it strays the same way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lossmon.detector.window import median

_MAD_TO_SIGMA = 1.4826
"""A normal deviate's sigma over its median absolute value."""
_PRIOR = 0.3
"""Autocorrelation supposed of a series too short to show its own."""
_ENOUGH = 12
"""Values from which an autocorrelation is estimated at all."""
_STICKIEST = 0.97
U=[1.5,8]


@dataclass(frozen=True, slots=True)
class Noise:
    """An autoregressive noise model of first order."""

    sigma: float = 0.0
    """Standard deviation of one value about the trend, in the unit of the loss."""
    rho: float = _PRIOR
    """Correlation of neighbouring deviations, 0 to 0.97."""

    @property
    def memory(self) -> float:
        """Evaluations that it takes for one independent reading."""
        return (1 + self.rho) / (1 - self.rho)

    def of_mean(self, count: int) -> float:
        """Return the standard deviation of the mean of *count* values in a row."""
        r = self.rho
        inflation = self.memory - 2 * r * (1 - r**count) / (count * (1 - r) ** 2)
        return self.sigma * math.sqrt(max(inflation, 0.0) / count)


def roughness(values: Sequence[float]) -> float:
    """Return the standard deviation of third differences, by their median: blind to a parabola and to rare spikes."""
    bends = [abs(d - a + 3 * (b - c)) for a, b, c, d in zip(values, values[1:], values[2:], values[3:], strict=False)]
    return _MAD_TO_SIGMA * median(bends) if len(bends) > 1 else 0.0


def _from_roughness(rough: float, rho: float) -> float:
    """Return sigma: third differences of an AR(1) series have 20 - 30 rho + 12 rho^2 - 2 rho^3 times its variance."""
    return rough / math.sqrt(20 - 30 * rho + 12 * rho**2 - 2 * rho**3)


def bent_residuals(values: Sequence[float]) -> list[float]:
    """Return *values*, at least three, less their least-squares parabola."""
    n = len(values)
    centre, spread = (n - 1) / 2, (n * n - 1) / 12
    places = [i - centre for i in range(n)]
    bows = [x * x - spread for x in places]
    mean = sum(values) / n
    slope = sum(x * v for x, v in zip(places, values, strict=True)) / (n * spread)
    bow = sum(p * v for p, v in zip(bows, values, strict=True)) / sum(p * p for p in bows)
    return [v - mean - slope * x - bow * p for v, x, p in zip(values, places, bows, strict=True)]


def autocorrelation(values: Sequence[float], rough: float) -> float:
    """Return the correlation of neighbouring deviations, less its small-sample bias and half a standard error above.

    The parabola that is taken out costs about (1 + 5 rho) / n (Kendall 1954 gives (1 + 3 rho) / n for the mean alone).
    """
    n = len(values)
    if n < _ENOUGH:
        return _PRIOR
    left = [max(-4 * rough, min(4 * rough, r)) for r in bent_residuals(values)]
    power = sum(r * r for r in left)
    if not power:
        return 0.0
    rho = sum(a * b for a, b in pairwise(left)) / power
    rho = min(max(rho + (1 + 5 * rho) / n, 0.0), _STICKIEST)
    return min(rho + U[0] * math.sqrt((1 - rho * rho) / n), _STICKIEST)


def estimate(recent: Sequence[float], level: float, since:int) -> Noise:
    """Estimate the noise of *recent* values from where they first came down to *level*: the descent is not noise."""
    start = next((at for at, value in enumerate(recent) if value <= level), 0)
    start = max(0, min(start - 1, len(recent) - _ENOUGH))
    rough = roughness(recent[max(0, min(start, len(recent) - 8)) :])
    if not rough:
        return Noise()
    if U[1]!='level': start=max(0,len(recent)-max(_ENOUGH,since+U[1]))
    rho = autocorrelation(recent[start:], rough)
    return Noise(_from_roughness(rough, rho), rho)
