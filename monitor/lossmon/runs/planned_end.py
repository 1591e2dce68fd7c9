"""Where a training is planned to end, on the axis on which it is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lossmon.core.points import Axis
from lossmon.core.snapshot import Curve, EvaluationHistory
from lossmon.runs.step_to_epoch import find_epoch_scalar


def planned_x(
    history: EvaluationHistory | None,
    stated: Iterable[Mapping[Axis, float]],
    by_duplicate: float | None,
    curves: Iterable[Curve],
) -> float | None:
    """Return the last x of a run; None if it is not known, or already passed.

    It is what its logs have *stated*, else what another log of the same training says; else the step of the last epoch
    that is stated, if one of the *curves* gives the epoch of each step.
    """
    if history is None:
        return None
    ends = [end for end in stated if end]
    planned = max((end.get(history.axis, 0.0) for end in ends), default=0.0) or by_duplicate
    if planned is None and ends and history.axis == "step":
        planned = _step_of_epoch(max(end.get("epoch", 0.0) for end in ends), find_epoch_scalar("step", curves))
    return planned if planned is not None and planned >= history.x[-1] else None


def _step_of_epoch(epoch: float, scalar: Curve | None) -> float | None:
    """Return the step at which *epoch* will be complete, if epochs go on at the pace of their *scalar*."""
    if not epoch or scalar is None:
        return None
    step, reached = float(scalar.x[-1]), float(scalar.value[-1])
    passed = reached - float(scalar.value[0])
    if passed <= 0:
        return None
    return float(round(step + (epoch - reached) * (step - float(scalar.x[0])) / passed))
