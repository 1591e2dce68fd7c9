"""Epochs of runs that count steps but log, as one scalar more, in which epoch they are."""

from __future__ import annotations

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve, RunSnapshot


def epoch_scalar(view: RunSnapshot) -> Curve | None:
    """Return the scalar that says in which epoch a run is, as Lightning and Hugging Face log it; None without one."""
    if view.axis != "step":
        return None
    return next((curve for curve in view.metrics if _names_epochs(curve)), None)


def _names_epochs(curve: Curve) -> bool:
    named = curve.tag.text.rpartition("/")[2] == "epoch" and curve.axis == "step" and len(curve.x) > 0
    return named and bool(np.isfinite(curve.value).all() and np.all(np.diff(curve.value) >= 0))


def epochs_at(scalar: Curve, steps: Floats) -> Floats:
    """Return the epoch at each of *steps*: as logged, in proportion between two logged steps, NaN before and after."""
    return np.interp(steps, scalar.x, scalar.value, left=np.nan, right=np.nan)


def epoch_of(view: RunSnapshot, step: float) -> float | None:
    """Return the epoch in which a run was at *step*; None where the log does not say."""
    scalar = epoch_scalar(view)
    epoch = np.nan if scalar is None else float(epochs_at(scalar, np.array([step]))[0])
    return epoch if np.isfinite(epoch) else None
