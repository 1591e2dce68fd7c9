"""Which points of a run its loss chart is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot


@dataclass(frozen=True, slots=True, eq=False)
class LossPoints:
    """The points of one loss, as logged: three arrays of shape (n,)."""

    x: Floats
    wall_time: Floats
    value: Floats
    sparse: bool = False
    """Whether a NaN means that nothing was logged."""


def loss_points(curve: Curve | None, history: EvaluationHistory, values: Floats | None) -> LossPoints | None:
    """Return all logged points if *curve* has the same unit of x as the evaluations; else the *values* at these."""
    if curve is not None and curve.axis == history.axis:
        return LossPoints(curve.x, curve.wall_time, curve.value)
    return None if values is None else LossPoints(history.x, history.wall_time, values, sparse=True)


def gap_values(history: EvaluationHistory) -> Floats | None:
    """Return validation minus train loss at each evaluation; None if one of them was never logged."""
    if history.train is None or history.val is None:
        return None
    with np.errstate(all="ignore"):
        return history.val - history.train


def risk_values(run: RunSnapshot) -> Floats | None:
    """Return the probability of overfitting at each evaluation, NaN where it is not judged; None without validation."""
    history, probabilities = run.history, run.probabilities
    if history is None or history.val is None or probabilities is None or len(probabilities) != len(history.x):
        return None
    return probabilities if np.isfinite(probabilities).any() else None
