"""Tells overfitting from the measurements at one evaluation, without hysteresis."""

from __future__ import annotations

import math

from lossmon.core.verdict import Severity
from lossmon.detector.features import Features


def is_overfitting(f: Features) -> bool:
    """Return whether the measurements alone say that validation rises while train falls; train alone cannot overfit."""
    return f.is_validation and f.count >= f.thresholds.min_evaluations and gap_opened(f) and is_rising(f)


def is_rising(f: Features, *, was_reported: bool = False) -> bool:
    """Return whether the series is above its minimum by more than noise and by enough to matter.

    Less is demanded where overfitting *was_reported* before.
    """
    t = f.thresholds
    if f.since_minimum < max(t.min_rise_evaluations, f.counted_values * t.min_rise_fraction):
        return False
    if f.relative_rise < t.min_relative_rise - (t.kept_relative_rise if was_reported else 0.0):
        return False
    if f.count < t.short_run and _train_confirms_short_run(f):
        return f.rise_z_score > t.clear_z_score - t.kept_z_score if was_reported else _is_clear_short_rise(f)
    return f.excess_z_score > required_z_score(f) - (t.kept_z_score if was_reported else 0.0)


def _train_confirms_short_run(f: Features) -> bool:
    """Return whether train decreased so far below the judged series that even a short run may be overfitting."""
    t = f.thresholds
    return f.train is not None and f.train.relative_decrease > t.short_train_decrease and f.relative_gap > t.short_gap


def _is_clear_short_rise(f: Features) -> bool:
    """Return whether a run rises clearly, although it is too short for its noise to be known."""
    t = f.thresholds
    if f.train is None or not f.train.is_at_minimum:
        return False
    rises_throughout = f.rising_streak >= t.min_rising_streak and f.rise_z_score > t.rising_z_score
    stays_above = f.relative_rise_of(f.recent_minimum) >= t.min_relative_rise and f.rise_z_score >= 0
    return f.rise_z_score > t.clear_z_score or rises_throughout or stays_above


def required_z_score(f: Features) -> float:
    """Return the standard deviations by which a rise must exceed chance.

    More is required of correlated noise and of long runs, which are tested more often; less if the gap between train
    and validation has opened.
    """
    t = f.thresholds
    z_score = t.base_z_score + f.noise.autocorrelation**2
    z_score += t.log_length_z_score * math.log(max(f.count / t.recent_values, 1.0))
    if f.train is None or train_is_rising(f):
        return z_score
    decrease = f.train.relative_decrease
    doubt = min(max(0.0, 1 - decrease / t.certain_train_decrease), 1.0)
    gap = min(max((min(decrease, f.relative_gap) - t.gap_bonus_start) / t.gap_bonus_width, 0.0), 1.0)
    return z_score + t.train_doubt_z_score * doubt - t.gap_bonus_z_score * gap


def is_returning(f: Features) -> bool:
    """Return whether the last value is on its way back to the minimum, so that a verdict should wait."""
    t = f.thresholds
    kept_rise = t.max_return * (f.level - f.minimum)
    return f.is_at_recent_minimum and (f.count >= t.short_run or f.last - f.minimum < kept_rise)


def train_is_rising(f: Features) -> bool:
    """Return whether train rose since the minimum of the judged series."""
    return f.train is not None and f.train.relative_decrease < -f.thresholds.train_rise


def gap_opened(f: Features) -> bool:
    """Return whether train decreased further below the judged series since its minimum; True without train."""
    t = f.thresholds
    return f.train is None or (f.train.relative_decrease > t.min_train_decrease and f.relative_gap > t.min_gap)


def rise_persists(f: Features) -> bool:
    """Return whether nothing contradicts overfitting that was reported before."""
    t = f.thresholds
    train_falls = f.train is None or f.train.relative_decrease > 0
    is_steady = f.since_minimum >= t.min_since_minimum and f.relative_spread <= t.unstable_relative_spread
    return is_steady and train_falls and is_rising(f, was_reported=True)


def grade_severity(f: Features) -> Severity:
    """Return the severity of the rise above the minimum."""
    t = f.thresholds
    if f.relative_rise < t.moderate_relative_rise:
        return Severity.MILD
    return Severity.MODERATE if f.relative_rise < t.severe_relative_rise else Severity.SEVERE


def needs_watch(f: Features) -> bool:
    """Return whether validation may be starting to rise, although it is too early for a verdict."""
    t = f.thresholds
    if not f.is_validation or f.count < t.min_evaluations or f.since_minimum < t.min_since_minimum:
        return False
    if f.is_at_recent_minimum or train_is_rising(f) or not gap_opened(f):
        return False
    if f.relative_rise <= t.watch_relative_rise:
        return False
    return f.excess_z_score > 0 or f.rising_streak >= t.watch_rising_streak
