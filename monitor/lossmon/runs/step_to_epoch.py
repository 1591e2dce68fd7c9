"""Convert steps to epochs, for runs that count steps but also log their epoch as a scalar."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lossmon.core.points import Axis, Floats
from lossmon.core.snapshot import Curve, RunSnapshot


def epoch_scalar(run: RunSnapshot) -> Curve | None:
    """Return the scalar ``epoch``, which Lightning and Hugging Face log by step; None if the run has none."""
    return find_epoch_scalar(run.axis, run.metrics)


def find_epoch_scalar(axis: Axis, curves: Iterable[Curve]) -> Curve | None:
    """Return which of the *curves* is the epoch of a run that counts its *axis* in steps; None if none is."""
    return next((curve for curve in curves if _is_epoch_scalar(curve)), None) if axis == "step" else None


def is_named_epoch(tag: str) -> bool:
    """Return whether *tag* is called ``epoch``."""
    return tag.rpartition("/")[2] == "epoch"


def _is_epoch_scalar(curve: Curve) -> bool:
    """Return whether *curve* is called ``epoch`` and never falls."""
    is_named_so = is_named_epoch(curve.tag.text) and curve.axis == "step" and len(curve.x) > 0
    return is_named_so and bool(np.isfinite(curve.value).all() and np.all(np.diff(curve.value) >= 0))


def epochs_at(scalar: Curve, steps: Floats) -> Floats:
    """Return the epoch at each of *steps*: interpolated between logged steps, NaN before the first and after the last.

    If the scalar is 0 at step 0 and 2 at step 100, then ``epochs_at(scalar, np.array([50.0, 150.0]))`` is
    ``[1.0, nan]``.
    """
    return np.interp(steps, scalar.x, scalar.value, left=np.nan, right=np.nan)


def epoch_of(run: RunSnapshot, step: float) -> float | None:
    """Return the epoch in which a run was at *step*; None if the log does not say."""
    scalar = epoch_scalar(run)
    epoch = np.nan if scalar is None else float(epochs_at(scalar, np.array([step]))[0])
    return epoch if np.isfinite(epoch) else None
