"""Tells a loss that still improves from one that has become flat, each with its probability."""

from __future__ import annotations

import math
from typing import NamedTuple

from lossmon.detector.features import Features


class Trend(NamedTuple):
    """Probabilities of what the loss does over the newest quarter of the run; they add up to 1."""

    falling: float
    """It falls by enough to matter."""
    flat: float
    rising: float


def measure_trend(f: Features) -> Trend:
    """Return the trend of the judged series.

    The fall *d* from one quarter of the run to the next is known up to a standard error *s*, so that the true fall is
    normal about *d*. It matters if it is more than a small share of what the loss has fallen since the start. Where
    that is many times the present level, as in a fall over decades, it is measured against the level instead.
    """
    needed, std = _needed_decrease(f), f.recent_decrease_std
    falling = normal_cdf(f.recent_decrease - needed, std)
    rising = normal_cdf(-f.recent_decrease - needed, std)
    return Trend(falling, max(0.0, 1.0 - falling - rising), rising)


def turn_probability(f: Features) -> float:
    """Return the probability that the newest values have left the fall: all are above the minimum beyond noise.

    The quarters of the run that make the trend still tell of a fall for a while after a sharp turn. One value says
    half as much as three, as it may be a spike.
    """
    newest = f.recent[-min(f.since_minimum, f.thresholds.level_values) :] if f.since_minimum else ()
    if not newest:
        return 0.0
    rise = min(newest) - f.minimum - _needed_decrease(f)
    risen = 2 * normal_cdf(rise, f.noise.sigma * math.sqrt(2)) - 1
    return max(0.0, risen) * (1 + len(newest)) / (1 + f.thresholds.level_values)


def may_be_falling(f: Features) -> bool:
    """Return whether a fall that matters is at least as likely as not; unlike its probability, that takes no noise."""
    return f.recent_decrease > _needed_decrease(f)


def _needed_decrease(f: Features) -> float:
    """Return the decrease from one quarter of the run to the next that matters."""
    t = f.thresholds
    return (t.min_improvement if f.since_minimum else t.min_improvement_at_minimum) * _reference(f)


def _reference(f: Features) -> float:
    """Return the fall since the start, but no more than a multiple of the level and no less than a share of it."""
    t, level = f.thresholds, f.level
    fall = f.first_level - f.minimum
    if level > 0 and fall > t.max_fall_levels * level:
        fall = t.max_fall_levels * level
    least = t.min_fall_levels * abs(level)
    return fall if fall > least else least


def normal_cdf(value: float, std: float) -> float:
    """Return the probability that a normal variable with mean *value* and standard deviation *std* is positive."""
    if not std:
        return 1.0 if value > 0 else 0.0
    return 0.5 * math.erfc(-value / std * math.sqrt(0.5))


def has_risen(f: Features) -> bool:
    """Return whether the judged series is above its minimum by more than chance and by enough to matter."""
    t = f.thresholds
    if f.since_minimum < max(t.min_rise_evaluations, f.counted_values * t.min_rise_fraction):
        return False
    return f.relative_rise >= t.min_relative_rise and f.exceeds_chance_by(t.base_z_score)
