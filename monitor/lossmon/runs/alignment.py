"""Bring train and validation loss to one axis: the evaluations that the detector gets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve, EvaluationHistory


def align(train: Curve | None, val: Curve | None) -> EvaluationHistory | None:
    """Return the mean of *train* since the previous evaluation, at each evaluation of *val*.

    If nothing was logged between two evaluations, the last train loss is taken; before the first train loss it is NaN.
    Without *val* the points of *train* are the evaluations. Without both the result is None.
    """
    if val is None or not len(val.x):
        return _train_only(train)
    if train is None or not len(train.x):
        return EvaluationHistory(val.axis, val.x, val.wall_time, None, val.value)
    train_clock, val_clock = _common_clock(train, val)
    if _are_paired(train_clock, val_clock):
        return EvaluationHistory(val.axis, val.x, val.wall_time, train.value, val.value)
    mean, points = _mean_since_previous(train.value, train_clock, val_clock)
    unlogged = int(np.searchsorted(val_clock, train_clock[0], side="left"))
    return EvaluationHistory(val.axis, val.x, val.wall_time, mean, val.value, unlogged, points)


def _are_paired(train_clock: Floats, val_clock: Floats) -> bool:
    """Return whether both were logged together each time: then there is nothing to average, and nothing is copied."""
    return np.array_equal(train_clock, val_clock) and bool((val_clock[1:] > val_clock[:-1]).all())


def is_of_earlier_attempt(val: Curve, train: Curve) -> bool:
    """Return whether *train* began again after *val* was written, and has not come as far yet."""
    if not (len(val.x) and len(train.x)) or val.axis != train.axis:
        return False
    return bool(val.wall_time[-1] < train.wall_time[0] and val.x[-1] > train.x[-1])


def _train_only(train: Curve | None) -> EvaluationHistory | None:
    if train is None or not len(train.x):
        return None
    return EvaluationHistory(train.axis, train.x, train.wall_time, train.value, None)


def _mean_since_previous(values: Floats, clock: Floats, evaluated: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return for each evaluation the mean of the values whose *clock* is after the previous one, up to this one.

    The second result says how many values these are; where there are none, the mean is the last value before. *clock*
    says when each value was logged, *evaluated* when each evaluation was.
    """
    stop = np.searchsorted(clock, evaluated, side="right")
    start = np.concatenate([[0], stop[:-1]])
    points, nothing_new = (stop - start).astype(np.int64), stop == start
    start = np.where(nothing_new, np.maximum(stop - 1, 0), start)
    stop = np.where(nothing_new, start + 1, stop)
    mean = _means(values, start, stop)
    mean[evaluated < clock[0]] = np.nan
    return mean, points


def _means(values: Floats, start: NDArray[np.intp], stop: NDArray[np.intp]) -> Floats:
    """Return the mean of each ``values[start:stop]``; it is not finite if one of the values is not.

    >>> _means(np.array([1.0, 3.0, 5.0]), np.array([0, 2]), np.array([2, 3])).tolist()
    [2.0, 5.0]
    """
    spans = np.column_stack([start, stop]).ravel()
    with np.errstate(invalid="ignore", over="ignore"):
        sums = np.add.reduceat(np.append(values, 0.0), spans)[::2]
        return np.asarray(sums / (stop - start))


def _common_clock(train: Curve, val: Curve) -> tuple[Floats, Floats]:
    """Return what both curves can be ordered by: x, or wall time, or else their share of the run.

    x does not serve if one counts steps and the other epochs. That may be so although both name the same axis: then
    most of the train points are at a greater x than the last validation, but were written before it.
    """
    is_ahead = train.x > val.x[-1]
    is_earlier = train.wall_time < val.wall_time[-1]
    if train.axis == val.axis and 2 * int(np.count_nonzero(is_ahead & is_earlier)) <= len(train.x):
        return train.x, val.x
    if np.isfinite(train.wall_time).all() and np.isfinite(val.wall_time).all():
        return np.maximum.accumulate(train.wall_time), np.maximum.accumulate(val.wall_time)
    return np.linspace(0.0, 1.0, len(train.x) + 1)[1:], np.linspace(0.0, 1.0, len(val.x) + 1)[1:]


def restore_masked_nan(train: Curve, references: Iterable[Curve]) -> Curve:
    """Return *train* with NaN in place of zeros where a reference curve is not finite.

    Hugging Face's Trainer leaves losses that are not finite out of the mean that it logs: once the weights are NaN, the
    train loss is 0. References are the validation loss and gradient norms. Zeros right before the first value that is
    not finite are replaced too.
    """
    is_zero = train.value == 0
    if not is_zero.any():
        return train
    is_broken = np.zeros(len(train.x), dtype=np.bool_)
    for reference in references:
        if reference.axis == train.axis and len(reference.x):
            is_broken |= _mark_broken(train, reference)
    is_masked = _extend_back(is_zero, is_zero & is_broken)
    return replace(train, value=np.where(is_masked, np.nan, train.value)) if is_masked.any() else train


def _mark_broken(train: Curve, reference: Curve) -> NDArray[np.bool_]:
    """Mark the train points at which the last value of *reference* before the next train point is not finite."""
    until = np.append(train.x[1:], np.inf)
    before_next = np.searchsorted(reference.x, until, side="left")
    count = np.maximum(before_next, np.searchsorted(reference.x, train.x, side="right"))
    return np.asarray((count > 0) & ~np.isfinite(reference.value[np.maximum(count - 1, 0)]))


def _extend_back(is_zero: NDArray[np.bool_], is_masked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the zeros that are masked, and those before a masked one with only zeros between.

    >>> _extend_back(np.array([True, False, True, True]), np.array([False, False, False, True])).tolist()
    [False, False, True, True]
    """
    index = np.arange(len(is_zero))
    next_masked = np.minimum.accumulate(np.where(is_masked, index, len(is_zero))[::-1])[::-1]
    next_other = np.minimum.accumulate(np.where(is_zero, len(is_zero), index)[::-1])[::-1]
    return np.asarray(is_zero & (next_masked < next_other))
