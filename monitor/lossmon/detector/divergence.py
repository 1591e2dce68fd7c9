"""Tells whether a loss has left the range that it had reached, and in which way."""

from __future__ import annotations

from enum import Enum

from lossmon.detector.features import Features
from lossmon.detector.loss_range import LossRange
from lossmon.detector.noise import THIRD_DIFFERENCE_GAIN


class Divergence(str, Enum):
    """How a loss diverged; the value is the flag that reports it."""

    COLLAPSED = "collapsed"
    """It jumped back to about where training began, and stays there: what was learned is lost."""
    LEARNING_RATE = "learning-rate-too-high"
    """It was lowest at the very start and has been far above that ever since."""
    EXPLODED = "exploded"
    """It rose out of its range."""


def find_divergence(f: Features) -> Divergence | None:
    """Return how the judged series and train diverged; None if either has not left its range, or is on its way back.

    Validation alone, without a train loss, must jump: a gradual rise of it may be overfitting as well.
    """
    judged = f.loss_range
    if judged is None or not _has_left(judged, f) or judged.is_returning(f.thresholds):
        return None
    if not _exceeds_noise(judged, f):
        return None
    if f.train_range is not None and f.train_range.values > 1:
        if not _train_has_left(f.train_range, f):
            return None
    elif f.is_validation and not _has_jumped(judged, f):
        return None
    return _kind(judged, f)


def _has_left(r: LossRange, f: Features) -> bool:
    """Return whether the loss is far outside its range in three values, or outside for longer, and never was before."""
    t = f.thresholds
    if r.above < t.range_far_values or r.is_familiar(t):
        return False
    if min(r.recent) > r.lowest + r.far_limit(t):
        return True
    return r.above >= max(t.range_values, f.counted_values * t.range_fraction)


def _exceeds_noise(r: LossRange, f: Features) -> bool:
    """Return whether the level is above the lowest one by more than the noise of all newest values, taken as white.

    The mean rise of the range knows the noise inside it alone, and may be taken before there was any.
    """
    sigma = f.noise.third_difference_std / THIRD_DIFFERENCE_GAIN
    return r.level - r.lowest > f.thresholds.range_sigmas * sigma


def _train_has_left(train: LossRange, f: Features) -> bool:
    """Return whether train left its range too; from 0.0001 to 0.001 is a floor, next to nothing of its fall."""
    return _has_left(train, f) and train.level - train.lowest >= f.thresholds.range_train_fall * train.fall


def _has_jumped(r: LossRange, f: Features) -> bool:
    """Return whether most of the rise came in one step."""
    return r.step > f.thresholds.range_jump * (r.level - r.lowest)


def _kind(r: LossRange, f: Features) -> Divergence:
    t = f.thresholds
    if r.lowest_at <= t.range_start_values and 2 * r.above >= r.values:
        return Divergence.LEARNING_RATE
    is_near_opening = not r.is_resumed and abs(r.level - r.opening) < t.range_near * r.fall
    return Divergence.COLLAPSED if is_near_opening and _has_jumped(r, f) else Divergence.EXPLODED
