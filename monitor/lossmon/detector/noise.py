"""How far a series strays from its own trend, and for how long it strays the same way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul, sub

from lossmon.detector.window import RECENT, median

_MAD_TO_SIGMA = 1.4826
"""A normal deviate's sigma over its median absolute value."""
_PRIOR = 0.3
"""Autocorrelation supposed of a series too short to show its own."""
_ENOUGH = 12
"""Values from which an autocorrelation is estimated at all."""
_STICKIEST = 0.97
_CAUTION = 1.5
"""Standard errors that are added to an estimated autocorrelation; to trust the estimate itself doubles false alarms."""
_SHORT = 10
"""Values for which that caution is doubled: a memory longer than the window looks like a parabola."""


@dataclass(frozen=True, slots=True)
class Noise:
    """An autoregressive noise model of first order."""

    rough: float = 0.0
    """Standard deviation of third differences."""
    rho: float = _PRIOR
    """Correlation of neighbouring deviations, 0 to 0.97."""
    sigma: float = 0.0
    """Standard deviation of one value about the trend, in the unit of the loss."""

    @classmethod
    def of(cls, rough: float, rho: float) -> Noise:
        """Return the model: third differences have 20 - 30 rho + 12 rho^2 - 2 rho^3 times the variance of a value."""
        return cls(rough, rho, rough / math.sqrt(20 - 30 * rho + 12 * rho**2 - 2 * rho**3))

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
    bends = values
    for _ in range(3):
        bends = list(map(sub, bends[1:], bends))
    return _MAD_TO_SIGMA * median(list(map(abs, bends))) if len(bends) > 1 else 0.0


@lru_cache(maxsize=RECENT)
def _parabola(n: int) -> tuple[list[float], list[float], float, float]:
    """Return the linear and the quadratic orthogonal polynomial on *n* places, with the sums of their squares."""
    centre, spread = (n - 1) / 2, (n * n - 1) / 12
    line = [i - centre for i in range(n)]
    bow = [x * x - spread for x in line]
    return line, bow, n * spread, sum([p * p for p in bow])


def bent_residuals(values: Sequence[float]) -> list[float]:
    """Return *values*, at least three, less their least-squares parabola."""
    line, bow, line_power, bow_power = _parabola(len(values))
    mean = sum(values) / len(values)
    slope = sum(map(mul, line, values)) / line_power
    bend = sum(map(mul, bow, values)) / bow_power
    return [v - mean - slope * x - bend * p for v, x, p in zip(values, line, bow, strict=True)]


def autocorrelation(values: Sequence[float], rough: float) -> float:
    """Return a cautious estimate of the correlation of neighbouring deviations from a parabola.

    The parabola that is taken out biases the estimate by about -(1 + 5 rho) / n (Kendall 1954 gives (1 + 3 rho) / n
    for the mean alone); that is given back, and some standard errors are added.
    """
    n = len(values)
    if n < _ENOUGH:
        return _PRIOR
    most = 4 * rough
    left = [r if -most < r < most else math.copysign(most, r) for r in bent_residuals(values)]
    power = sum(map(mul, left, left))
    if not power:
        return 0.0
    rho: float = sum(map(mul, left, left[1:])) / power
    rho = min(max(rho + (1 + 5 * rho) / n, 0.0), _STICKIEST)
    caution = _CAUTION * (1 + _SHORT / n)
    return min(rho + caution * math.sqrt((1 - rho * rho) / n), _STICKIEST)


def recent_roughness(recent: Sequence[float]) -> float:
    """Return the roughness of *recent* values from where they first came down to their present level."""
    level = median(recent[-3:])
    start = next((at for at, value in enumerate(recent) if value <= level), 0)
    return roughness(recent[max(0, min(start - 1, len(recent) - _ENOUGH)) :])


def estimate(recent: Sequence[float], since_best: int, rough: float) -> Noise:
    """Estimate the noise of *recent* values of known roughness, the best of which lies *since_best* evaluations back.

    The autocorrelation is that of the values since just before the best: the descent is no noise. With *since_best* 0
    it is not asked for.
    """
    if not rough:
        return Noise()
    if not since_best:
        return Noise.of(rough, _PRIOR)
    return Noise.of(rough, autocorrelation(recent[-max(_ENOUGH, since_best + 8) :], rough))
