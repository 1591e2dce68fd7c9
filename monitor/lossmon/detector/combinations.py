"""Predictors that join several: a sum of functions of one predictor each cannot ask for two things at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

_RISE = 0.03
"""Rise over the best, relative to the scale, that counts as overfitting."""
_TRAIN_FALL = 0.05
"""Fall of train that goes with it."""
_TREND_Z, _CHANCE_Z = 3.0, 2.0
"""Z-scores that show a trend, and a mean of three above what chance alone would give."""
_THREE_MEAN_RISE = _RISE * math.sqrt(3)
"""That rise of a mean of three, where the noise of single values is the unit."""
_LEAST_ERROR = 1e-6
"""Standard error that is assumed at least, relative to the scale."""
_MIN_BLOCKS = 1.2
"""Independent blocks that are assumed at least: of one alone nothing rises by chance."""

JOINED = (
    "count",
    "noise",
    "level_rise",
    "level_z",
    "block3_noise",
    "trend_rise",
    "trend_ar_z",
    "train_fall",
)
"""The predictors that are joined."""


def combine(joined: Sequence[float]) -> list[float]:
    """Return the predictors from "block3_beyond" on, in their order; NaN where one that is joined is unknown.

    *joined* are the values of ``JOINED``, in its order.
    """
    count, noise, level_rise, level_z, block3_noise, trend_rise, trend_ar_z, train_fall = joined
    block3_beyond = block3_noise - _THREE_MEAN_RISE / (noise if noise > _LEAST_ERROR else _LEAST_ERROR)
    level_beyond = beyond(level_rise, level_z)
    fall = train_fall / _TRAIN_FALL
    excess = block3_noise - largest_by_chance(count / 3)
    return [
        block3_beyond,
        beyond(trend_rise, trend_ar_z),
        level_beyond,
        least(trend_ar_z / _TREND_Z, trend_rise / _RISE, fall),
        least(excess / _CHANCE_Z, level_rise / _RISE, fall),
        least(block3_beyond, level_beyond, level_beyond),
    ]


def beyond(rise: float, z_score: float) -> float:
    """Return by how many standard errors *rise* exceeds 3 %, where it is *z_score* of them; NaN if that is 0.

    >>> beyond(0.06, 4.0)
    2.0
    """
    if not z_score:
        return math.nan
    error = abs(rise / z_score)
    return (rise - _RISE) / (error if error > _LEAST_ERROR or error != error else _LEAST_ERROR)


def largest_by_chance(blocks: float) -> float:
    """Return the largest rise by chance among so many independent blocks, in standard deviations.

    The lowest mean lies ``sqrt(2 ln blocks)`` below the average, and the highest as much above.
    """
    return math.sqrt(8 * math.log(blocks if blocks > _MIN_BLOCKS else _MIN_BLOCKS))


def least(a: float, b: float, c: float) -> float:
    """Return the smallest value, NaN if one of them is.

    >>> least(2.0, 1.0, 3.0), least(2.0, math.nan, 3.0)
    (1.0, nan)
    """
    total = a + b + c
    if total != total:
        return math.nan
    smaller = b if b < a else a
    return c if c < smaller else smaller
