"""Tells swings so wide that they hide every trend from a steep trend and from ordinary noise."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lossmon.detector.thresholds import Thresholds
from lossmon.detector.window import least_squares_slope, median_of_sorted


def relative_swing(recent: Sequence[float], t: Thresholds) -> float:
    """Return how far the newest values swing about their trend, relative to their level; 0 if narrow or too few.

    The smallest and the largest values are left out. Values of one sign are compared by their ratios, because noise
    that is in proportion to a loss is wide on a linear scale as long as the loss falls over decades: a swing from a to
    b is ``(b - a) / ((a + b) / 2)``. Of values that cross zero nothing can be told.
    """
    newest = recent[-t.spread_window :]
    if len(newest) < t.spread_window:
        return 0.0
    ordered = sorted(newest)
    if _spread(ordered, t) < t.min_relative_spread * abs(median_of_sorted(ordered)):
        return 0.0
    turns = sum([(b - a) * (c - b) < 0 for a, b, c in zip(newest, newest[1:], newest[2:], strict=False)])
    if turns <= t.spread_window * t.min_turning_fraction:
        return 0.0
    if ordered[0] <= 0 <= ordered[-1]:
        return 0.0
    return 2 * math.tanh(_spread(sorted(_without_trend([math.log(abs(value)) for value in newest])), t) / 2)


def _spread(ordered: Sequence[float], t: Thresholds) -> float:
    return ordered[-1 - t.spread_trim] - ordered[t.spread_trim]


def _without_trend(values: Sequence[float]) -> list[float]:
    """Return *values* less their least-squares line through 0."""
    slope = least_squares_slope(values)
    return [value - slope * i for i, value in enumerate(values)]
