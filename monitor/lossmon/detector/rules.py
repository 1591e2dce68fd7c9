"""Rules about overfitting beside the model: of short runs, which it knows least, and of train losses that rose."""

from __future__ import annotations

from lossmon.core.verdict import Severity
from lossmon.detector.features import Features, TrainFeatures


def required_probability(f: Features) -> float:
    """Return the probability above which overfitting is reported; less is required of a short run that clearly rises.

    The model learned from few smooth runs of ten evaluations, and a mild rise of these is what people see at once.
    """
    t = f.thresholds
    return t.short_rise_probability if _is_clear_short_rise(f) else t.reported_probability


def _is_clear_short_rise(f: Features) -> bool:
    """Return whether a run rises clearly while train falls, although it is too short for its noise to be known."""
    t, train = f.thresholds, f.train
    if f.count >= t.short_run or f.since_minimum < t.min_rise_evaluations or f.relative_rise < t.min_relative_rise:
        return False
    if train is None or not train.is_at_minimum or _is_returning(f):
        return False
    if train.relative_decrease <= t.short_train_decrease or f.relative_gap <= t.short_gap:
        return False
    rises_throughout = f.rising_streak >= t.min_rising_streak and f.rise_z_score > t.rising_z_score
    stays_above = f.relative_rise_of(f.recent_minimum) >= t.min_relative_rise and f.rise_z_score >= 0
    return f.rise_z_score > t.clear_z_score or rises_throughout or stays_above


def _is_returning(f: Features) -> bool:
    """Return whether the last value is on its way back to the minimum."""
    return f.is_at_recent_minimum and f.last - f.minimum < f.thresholds.max_return * (f.level - f.minimum)


def train_has_risen(f: Features) -> bool:
    """Return whether train rose since the minimum of the judged series, and above its own lowest level beyond noise."""
    t, r = f.thresholds, f.train_range
    if f.train is None or r is None or f.train.relative_decrease > -t.train_rise:
        return False
    return r.level - r.lowest > max(t.train_rise * abs(r.lowest), t.range_mean_rises * r.mean_rise)


def train_is_above_best_time(f: Features, relative_rise: float) -> bool:
    """Return whether a short run ends with train *relative_rise* above its loss when validation was best.

    A train loss at its floor is left out. The rise may be noise, of which too little is known, but whoever memorises
    has a train loss that falls.
    """
    train = _train_of_short_run(f)
    return train is not None and train.last > train.last_at_argmin + relative_rise * abs(train.last_at_argmin)


def _train_of_short_run(f: Features) -> TrainFeatures | None:
    """Return train in a run too short for its noise to be known; None in a longer one, or if train is at its floor."""
    t = f.thresholds
    return f.train if f.count < t.early_values and f.relative_gap <= t.floor_gap else None


def train_has_fallen(f: Features) -> bool:
    """Return whether train has fallen since its start beyond noise, or had learned before; True if there is no train.

    Beside a train loss that never fell, a rise of validation may be something else than overfitting. A train loss that
    is next to nothing compared with validation has nowhere to fall.
    """
    t, r = f.thresholds, f.train_range
    if f.train is None or r is None or r.values < t.min_evaluations:
        return True
    if f.relative_gap > t.floor_gap:
        return True
    fall = r.opening - min(r.lowest, r.level)
    return fall > max(t.unlearned_train_decrease * abs(r.opening), t.fallen_mean_rises * r.mean_rise)


def may_be_sure(f: Features) -> bool:
    """Return whether overfitting is more than a "maybe", if probable: train has fallen and, in a short run, steadily.

    Of so few values noise makes a fall and a rise by itself, but hardly a train loss that ends about at its lowest.
    """
    if not train_has_fallen(f):
        return False
    train = _train_of_short_run(f)
    return train is None or train.last - train.minimum <= f.thresholds.short_steady * (train.first - train.minimum)


def grade_severity(f: Features) -> Severity:
    """Return the severity of the rise above the minimum."""
    t = f.thresholds
    if f.relative_rise < t.moderate_relative_rise:
        return Severity.MILD
    return Severity.MODERATE if f.relative_rise < t.severe_relative_rise else Severity.SEVERE
