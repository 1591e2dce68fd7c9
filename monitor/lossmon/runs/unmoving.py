"""Count points where the log does not: ``add_scalar`` without a step writes all points of a training at step 0."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve, EvaluatedSet

UNMOVING_FLAG = "no-steps"
_MIN_POINTS = 3
"""From so many points at one x on it is no repeated point, but a counter that nobody moves."""
_Key = TypeVar("_Key")


def is_unmoving(curve: Curve | None) -> bool:
    """Return whether a curve has several points, all at one x."""
    return curve is not None and len(curve.x) >= _MIN_POINTS and bool(curve.x[0] == curve.x[-1])


def unmoving_warnings(flags: Collection[str]) -> list[str]:
    """Return what to say of a run with these *flags*, a sentence each."""
    return ["a loss has the same step at all of its points: they are counted as written"] * (UNMOVING_FLAG in flags)


def name_numbers(judged: EvaluatedSet, flags: Collection[str]) -> EvaluatedSet:
    """Return *judged* with its x called evaluations, if they are only numbered."""
    history = judged.history
    if UNMOVING_FLAG not in flags or history is None or history.x[-1] != len(history.x) - 1:
        return judged
    return replace(judged, history=replace(history, unit="evaluation"))


def count_points(
    train: Curve | None, vals: Mapping[_Key, Curve | None]
) -> tuple[Curve | None, dict[_Key, Curve | None]]:
    """Return the curves with an x for each point where they have none.

    A validation loss gets the steps of *train* at the same times, if these are known, else each evaluation gets its
    number, from 0 on; a train loss gets its place between the evaluations.
    """
    unmoving = {key: val for key, val in vals.items() if val is not None and is_unmoving(val)}
    is_train_unmoving = is_unmoving(train)
    if not (unmoving or is_train_unmoving):
        return train, dict(vals)
    if train is not None and not is_train_unmoving:
        steps = {key: _with_steps_of(train, val) for key, val in unmoving.items()}
        if all(steps.values()):
            return train, {**vals, **steps}
    counted = {**vals, **{key: replace(val, x=_numbers(val)) for key, val in unmoving.items()}}
    if train is None:
        return None, counted
    val = next((val for val in counted.values() if val is not None and len(val.x)), None)
    return replace(train, axis=val.axis if val else train.axis, x=_between(train, val)), counted


def _with_steps_of(train: Curve, val: Curve) -> Curve | None:
    """Return *val* with the step of the last train point before each evaluation; None if times do not tell."""
    if not (_is_timed(train) and _is_timed(val)):
        return None
    before = np.searchsorted(train.wall_time, val.wall_time, side="right") - 1
    steps = train.x[np.maximum(before, 0)]
    return replace(val, axis=train.axis, x=steps) if (np.diff(steps) > 0).all() else None


def _numbers(curve: Curve) -> Floats:
    """Return the number of each point, from 0 on; roughly, where points were left out."""
    count = len(curve.x)
    return np.arange(float(count)) if curve.logged_points <= count else np.linspace(0, curve.logged_points - 1, count)


def _between(train: Curve, val: Curve | None) -> Floats:
    """Return the place of each train point on the x axis of *val*, by time, else evenly spread."""
    if val is None:
        return _numbers(train)
    if len(train.x) == len(val.x):
        return val.x
    if _is_timed(train) and _is_timed(val):
        return np.interp(train.wall_time, val.wall_time, val.x)
    return np.linspace(float(val.x[0]), float(val.x[-1]), len(train.x))


def _is_timed(curve: Curve) -> bool:
    """Return whether each point has a time, and none goes back."""
    return bool(np.isfinite(curve.wall_time).all() and (np.diff(curve.wall_time) >= 0).all())
