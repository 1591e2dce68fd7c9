"""Tells a run that does not learn from one that has only begun."""

from __future__ import annotations

import math

from lossmon.detector.convergence import normal_cdf
from lossmon.detector.features import Features
from lossmon.detector.loss_range import LossRange
from lossmon.detector.thresholds import Thresholds


def has_not_learned(f: Features) -> bool:
    """Return whether the judged series and train are, within their noise, still where they began.

    That takes some evaluations: a warm-up of the learning rate looks the same at first. A train loss far below the
    judged series has learned, though before the first evaluation. A loss of exactly 0 has nothing left to learn, or is
    not computed.
    """
    t = f.thresholds
    if not f.first_level and not f.newest_level:
        return False
    if f.count < t.min_calibrated_values or f.loss_range is None or not is_unlearned(f):
        return False
    if f.train_range is None or f.train_range.values < t.min_calibrated_values:
        return True
    if f.relative_gap > t.parted_gap:
        return False
    is_flat = f.loss_range.start - f.newest_level < t.flat_decrease * abs(f.loss_range.start)
    relative = t.flat_train_decrease if is_flat else t.unlearned_train_decrease
    return f.train_range.opening - f.train_range.level <= _limit(f.train_range, relative, t)


def is_unlearned(f: Features) -> bool:
    """Return whether the judged series is no lower than where it began, but for its noise."""
    t, r = f.thresholds, f.loss_range
    return r is not None and r.start - f.newest_level <= _limit(r, t.max_unlearned_decrease, t)


def unlearned_probability(f: Features) -> float:
    """Return the probability that noise hides no fall of the judged series that would count as learning."""
    t = f.thresholds
    quarter = max(t.min_trend_values, int(f.count * t.trend_fraction))
    std = math.hypot(f.noise.std_of_mean(t.level_values), f.noise.std_of_mean(quarter))
    if not std:
        return t.max_confidence
    return normal_cdf(t.learned_decrease * abs(f.first_level) - (f.first_level - f.newest_level), std)


def _limit(r: LossRange, relative_decrease: float, t: Thresholds) -> float:
    """Return the decrease that counts as none."""
    return max(relative_decrease * abs(r.opening), t.unlearned_mean_rises * r.mean_rise)
