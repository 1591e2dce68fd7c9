"""Train and validation brought to one axis: the evaluations that the detector judges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve, EvaluationHistory


def align(train: Curve | None, val: Curve | None) -> EvaluationHistory | None:
    """Bring *train* to the evaluations of *val*: at each the mean train loss since the one before.

    Where nothing was logged between two evaluations the last train loss holds; before the first it is NaN. Without
    *val* the train points are the evaluations. None if there is neither.
    """
    if val is None or not len(val.x):
        return _alone(train)
    if train is None or not len(train.x):
        return EvaluationHistory(val.axis, val.x, val.wall, None, val.value)
    train_clock, val_clock = _common_clock(train, val)
    mean = _mean_since_last(train.value, train_clock, val_clock)
    unlogged = int(np.searchsorted(val_clock, train_clock[0], side="left"))
    return EvaluationHistory(val.axis, val.x, val.wall, mean, val.value, unlogged)


def _alone(train: Curve | None) -> EvaluationHistory | None:
    if train is None or not len(train.x):
        return None
    return EvaluationHistory(train.axis, train.x, train.wall, train.value, None)


def _mean_since_last(values: Floats, clock: Floats, evaluated: Floats) -> Floats:
    """Return the mean of the values whose *clock* lies after one evaluation and up to the next."""
    stop = np.searchsorted(clock, evaluated, side="right")
    start = np.concatenate([[0], stop[:-1]])
    nothing_new = stop == start
    start = np.where(nothing_new, np.maximum(stop - 1, 0), start)
    stop = np.where(nothing_new, start + 1, stop)
    mean = _means(values, start, stop)
    mean[evaluated < clock[0]] = np.nan
    return mean


def _means(values: Floats, start: NDArray[np.intp], stop: NDArray[np.intp]) -> Floats:
    """Return the mean of each ``values[start:stop]``; one value that is not finite makes its mean so."""
    spans = np.column_stack([start, stop]).ravel()
    with np.errstate(invalid="ignore", over="ignore"):
        sums = np.add.reduceat(np.append(values, 0.0), spans)[::2]
        return np.asarray(sums / (stop - start))


def _common_clock(train: Curve, val: Curve) -> tuple[Floats, Floats]:
    """Return what both can be ordered by: x, or wall time where one counts steps and the other epochs."""
    ahead = train.x > val.x[-1]
    earlier = train.wall < val.wall[-1]
    if train.axis == val.axis and 2 * int(np.count_nonzero(ahead & earlier)) <= len(train.x):
        return train.x, val.x
    if np.isfinite(train.wall).all() and np.isfinite(val.wall).all():
        return np.maximum.accumulate(train.wall), np.maximum.accumulate(val.wall)
    share = np.linspace(0.0, 1.0, len(val.x) + 1)[1:]
    return np.linspace(0.0, 1.0, len(train.x) + 1)[1:], share
