"""Estimates the noise of a loss series: its standard deviation and its autocorrelation."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import mul, sub
from typing import NamedTuple

from lossmon.detector.thresholds import DEFAULTS, Thresholds
from lossmon.detector.window import median, median_of_sorted

STD_PER_MAD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
THIRD_DIFFERENCE_GAIN = math.sqrt(20)
"""Standard deviation of the third differences of independent values over that of the values."""


class Noise(NamedTuple):
    """Autoregressive noise of first order, AR(1)."""

    third_difference_std: float = 0.0
    """Standard deviation of third differences, in the unit of the loss."""
    autocorrelation: float = DEFAULTS.prior_autocorrelation
    """Correlation of neighbouring deviations from the trend."""
    sigma: float = 0.0
    """Standard deviation of one value about the trend, in the unit of the loss."""

    @classmethod
    def from_third_differences(cls, std: float, autocorrelation: float) -> Noise:
        """Return the noise whose third differences have the standard deviation *std*.

        Their variance is ``20 - 30 r + 12 r^2 - 2 r^3`` times that of a value, where r is the autocorrelation: it
        follows from the coefficients 1, -3, 3, -1 and from AR(1) correlations r^k at lag k.

        >>> Noise.from_third_differences(20**0.5, 0.0).sigma
        1.0
        """
        r = autocorrelation
        return cls(std, r, std / _third_difference_gain(r))

    @property
    def correlation_time(self) -> float:
        """Evaluations that hold as much information as one independent value."""
        return (1 + self.autocorrelation) / (1 - self.autocorrelation)

    def std_of_mean(self, count: int) -> float:
        """Return the standard deviation of the mean of *count* consecutive values.

        >>> Noise(autocorrelation=0.0, sigma=1.0).std_of_mean(4)
        0.5
        """
        r = self.autocorrelation
        inflation = self.correlation_time - 2 * r * (1 - r**count) / (count * (1 - r) ** 2)
        return self.sigma * math.sqrt(max(inflation, 0.0) / count)


def third_difference_std(values: Sequence[float]) -> float:
    """Return the standard deviation of the third differences of *values*, 0 for fewer than five.

    Third differences do not see a parabola; the median, from which it is computed, does not see rare spikes.
    """
    differences = values
    for _ in range(3):
        differences = list(map(sub, differences[1:], differences))
    return STD_PER_MAD * median(list(map(abs, differences))) if len(differences) > 1 else 0.0


def white_noise_std(values: Sequence[float]) -> float:
    """Return the standard deviation of white noise about the trend of *values*, 0 for fewer than five."""
    return third_difference_std(values) / THIRD_DIFFERENCE_GAIN


@dataclass(slots=True)
class ThirdDifferences:
    """The absolute third differences of the newest values.

    They give at each evaluation what ``third_difference_std`` gives, without taking or sorting them all again.
    """

    capacity: int
    """How many are kept."""
    newest: list[float] = field(default_factory=list)
    """In the order of time."""
    _ascending: list[float] = field(default_factory=list)
    """The same, sorted."""

    def add(self, recent: Sequence[float]) -> None:
        """Add the difference that ends with the last of the *recent* values, of which there must be four."""
        a, b, c, d = recent[-4:]
        # In the order of operations of repeated differences, so that the result is the same to the last bit.
        step = c - b
        difference = abs(((d - c) - step) - (step - (b - a)))
        newest, ascending = self.newest, self._ascending
        newest.append(difference)
        insort(ascending, difference)
        if len(newest) > self.capacity:
            del ascending[bisect_left(ascending, newest[0])]
            del newest[0]

    def std_from(self, start: int) -> float:
        """Return the standard deviation of the differences from position *start* on, 0 for fewer than two."""
        if len(self.newest) - start < 2:
            return 0.0
        return STD_PER_MAD * median_of_sorted(sorted(self.newest[start:]) if start else self._ascending)

    def clone(self) -> ThirdDifferences:
        """Return an independent copy."""
        return ThirdDifferences(self.capacity, self.newest.copy(), self._ascending.copy())


@lru_cache
def _third_difference_gain(r: float) -> float:
    """Return the standard deviation of third differences over that of a value, where r is the autocorrelation."""
    return math.sqrt(20 - 30 * r + 12 * r**2 - 2 * r**3)


@lru_cache
def _orthogonal_polynomials(n: int) -> tuple[list[float], list[float], float, float]:
    """Return the linear and the quadratic orthogonal polynomial on *n* points, with the sums of their squares."""
    centre, mean_square = (n - 1) / 2, (n * n - 1) / 12
    linear = [i - centre for i in range(n)]
    quadratic = [x * x - mean_square for x in linear]
    return linear, quadratic, n * mean_square, sum([p * p for p in quadratic])


def _parabola_residuals(values: Sequence[float]) -> list[float]:
    """Return *values*, at least three, less their least-squares parabola."""
    linear, quadratic, linear_power, quadratic_power = _orthogonal_polynomials(len(values))
    mean = sum(values) / len(values)
    slope = sum(map(mul, linear, values)) / linear_power
    curvature = sum(map(mul, quadratic, values)) / quadratic_power
    return [v - mean - slope * x - curvature * p for v, x, p in zip(values, linear, quadratic, strict=True)]


def estimate_autocorrelation(
    values: Sequence[float], difference_std: float = math.inf, t: Thresholds = DEFAULTS
) -> float:
    """Return a high estimate of the correlation of neighbouring deviations of *values* from a parabola.

    Residuals are limited to a multiple of *difference_std*, the standard deviation of third differences. To fit the
    parabola biases the estimate by about -(1 + 5 r) / n (Kendall 1954 gives (1 + 3 r) / n for the mean alone). That
    bias is removed, and a margin of some standard errors is added.
    """
    n = len(values)
    if n < t.min_autocorrelation_values:
        return t.prior_autocorrelation
    limit = t.max_residual * difference_std
    residuals = _parabola_residuals(values)
    if not -limit < min(residuals) <= max(residuals) < limit:
        residuals = [r if -limit < r < limit else math.copysign(limit, r) for r in residuals]
    power = sum(map(mul, residuals, residuals))
    if not power:
        return 0.0
    raw: float = sum(map(mul, residuals, residuals[1:])) / power
    unbiased = min(max(raw + (1 + 5 * raw) / n, 0.0), t.max_autocorrelation)
    standard_errors = t.autocorrelation_margin * (1 + t.autocorrelation_short / n)
    return min(unbiased + standard_errors * math.sqrt((1 - unbiased * unbiased) / n), t.max_autocorrelation)


def _end_of_descent(recent: Sequence[float], t: Thresholds) -> int:
    """Return the position in the *recent* values shortly before they first reached their present level."""
    latest = len(recent) - t.min_autocorrelation_values
    if latest <= 0:
        return 0
    level = median(recent[-t.level_values :])
    if recent[latest] > level and min(recent[: latest + 1]) > level:  # still in the descent
        return latest
    for position, value in enumerate(recent):
        if value <= level:
            return position - 1 if position else 0
    return 0


def estimate_noise(
    recent: Sequence[float],
    since_minimum: int,
    t: Thresholds = DEFAULTS,
    differences: ThirdDifferences | None = None,
) -> Noise:
    """Return the noise of the *recent* values, whose minimum lies *since_minimum* evaluations back.

    The autocorrelation is that of the values since shortly before the minimum, as the descent to it is not noise. With
    *since_minimum* 0 the prior autocorrelation is taken. *differences* are those of all *recent* values, if known.
    """
    start = _end_of_descent(recent, t)
    std = third_difference_std(recent[start:]) if differences is None else differences.std_from(start)
    if not std:
        return Noise(autocorrelation=t.prior_autocorrelation)
    if not since_minimum:
        return Noise.from_third_differences(std, t.prior_autocorrelation)
    count = max(t.min_autocorrelation_values, since_minimum + t.values_before_minimum)
    return Noise.from_third_differences(std, estimate_autocorrelation(recent[-count:], std, t))
