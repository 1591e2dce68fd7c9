"""Leave out points that a log holds but that no evaluation gave: placeholders, and steps done again after a resume."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve

_POINTS_PER_REPEAT = 8
"""Fewer points for each repeated step than this, and the repeats are how the log is written, not resumes."""


def drop_repeated_steps(curve: Curve) -> Curve:
    """Return *curve* without the first of two points at one step, where a resume did the last step again.

    Steps grow before and after such a pair, and pairs are rare.
    """
    if (curve.x[1:] > curve.x[:-1]).all():
        return curve
    repeated = _mark_repeated(curve.x)
    count = int(np.count_nonzero(repeated))
    if not count or count * _POINTS_PER_REPEAT > len(curve.x):
        return curve
    return _select(curve, ~repeated)


def _mark_repeated(x: Floats) -> NDArray[np.bool_]:
    """Mark the first point of each pair at one x that has smaller x before and greater ones after it.

    >>> _mark_repeated(np.array([1.0, 2.0, 2.0, 3.0, 4.0, 4.0])).tolist()
    [False, True, False, False, False, False]
    """
    repeated = np.zeros(len(x), dtype=np.bool_)
    grows = np.diff(x) > 0
    # Of points a, b, b, c the steps are: grows, does not, grows.
    repeated[1:-2] = grows[:-2] & ~grows[1:-1] & grows[2:]
    return repeated


def drop_unevaluated(val: Curve, train: Curve) -> Curve:
    """Return *val* without the NaN that stand for "not evaluated" in logs with a row for each epoch.

    They do where values come back at equal distances, the first after at least one NaN or each after another, while
    *train* is finite. A NaN where an evaluation was due remains.
    """
    is_finite = np.isfinite(val.value)
    evaluated = np.flatnonzero(is_finite)
    if is_finite.all() or np.isinf(val.value).any() or not len(evaluated):
        return val
    distances = np.unique(np.diff(evaluated))
    if len(distances) > 1 or not _is_finite_beside(train, val.x[~is_finite]):
        return val
    interval = int(distances[0]) if len(distances) else int(evaluated[0]) + 1
    if interval < 2 or evaluated[0] >= interval:
        return val
    is_due = np.arange(len(val.x)) % interval == evaluated[0] % interval
    return _select(val, is_due)


def _is_finite_beside(train: Curve, x: Floats) -> bool:
    """Return whether *train* has a finite value at each of *x*."""
    return bool(np.isin(x, train.x[np.isfinite(train.value)]).all())


def _select(curve: Curve, kept: NDArray[np.bool_]) -> Curve:
    left_out = int(len(kept) - np.count_nonzero(kept))
    return replace(
        curve,
        x=curve.x[kept],
        wall_time=curve.wall_time[kept],
        value=curve.value[kept],
        logged_points=curve.logged_points - left_out,
    )
