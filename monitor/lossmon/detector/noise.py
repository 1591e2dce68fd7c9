"""How far a series strays from its own trend, and for how long it strays the same way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lossmon.detector.window import median

_MAD_TO_SIGMA = 1.4826
"""A normal deviate's sigma over its median absolute value."""
_CORRELATED = 0.4
"""Below this the estimate of the autocorrelation of a short series is mostly noise itself."""


@dataclass(frozen=True, slots=True)
class Noise:
    """A noise model of first order: neighbouring deviations correlate with *rho*."""

    sigma: float = 0.0
    """Standard deviation of one value, in the unit of the loss."""
    rho: float = 0.0

    @property
    def memory(self) -> float:
        """Evaluations it takes for one independent reading (variance inflation of a mean)."""
        return (1 + self.rho) / (1 - self.rho)

    def of_block(self, width: int) -> float:
        """Return the standard deviation of the median of *width* values in a row."""
        return 1.2533 * self.sigma * math.sqrt(min(1.0, self.memory / width))


def white_sigma(values: Sequence[float]) -> float:
    """Return sigma from second differences: blind to level and slope, and by the median to spikes."""
    bends = [abs(a - 2 * b + c) for a, b, c in zip(values, values[1:], values[2:], strict=False)]
    if len(bends) < 2:
        return 0.0
    few = 1 + 1 / len(bends) if len(bends) < 4 else 1.0
    return few * _MAD_TO_SIGMA * median(bends) / math.sqrt(6)


def residuals(values: Sequence[float], sigma: float) -> list[float]:
    """Return *values* less their least-squares line, spikes beyond eight *sigma* clipped."""
    n = len(values)
    middle, reach, centre = median(values), 8 * sigma, (n - 1) / 2
    clipped = [min(max(v, middle - reach), middle + reach) for v in values] if sigma > 0 else list(values)
    mean = sum(clipped) / n
    slope = sum((i - centre) * v for i, v in enumerate(clipped)) * 12 / (n * (n * n - 1))
    return [v - mean - slope * (i - centre) for i, v in enumerate(clipped)]


def estimate(values: Sequence[float], since_best: int) -> Noise:
    """Estimate the noise of the newest *values*, whose best lies *since_best* evaluations back."""
    sigma = white_sigma(values)
    tail = values[-max(10, since_best + 6) :]
    n = len(tail)
    if n < 10:
        return Noise(sigma)
    left = residuals(tail, sigma)
    power = sum(r * r for r in left)
    if power <= 0 or not math.isfinite(power):
        return Noise(sigma)
    rho = sum(a * b for a, b in zip(left, left[1:], strict=False)) / power
    rho = min(max(rho + (1 + 4 * rho) / n, 0.0), 0.98)
    if rho < _CORRELATED:
        return Noise(sigma)
    return Noise(max(sigma, math.sqrt(power / (n - 2))), rho)
