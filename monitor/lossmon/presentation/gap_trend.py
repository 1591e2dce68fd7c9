"""Whether the gap between validation and train changes, or only wavers."""

from __future__ import annotations

import math

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import EvaluationHistory
from lossmon.detector import DEFAULTS
from lossmon.presentation.loss_curves import gap_values

_STANDARD_ERRORS = 2.0
"""Within so many of them a slope may be chance."""
_TINY = 1e-4
"""A change over the whole window that is smaller than this share of the loss is rounding."""


def is_steady(history: EvaluationHistory | None) -> bool:
    """Return whether the gap of the last evaluations has no direction that stands out from its noise.

    The window is that of the slope which the detector gives. False where too few gaps are known.
    """
    gaps = None if history is None else gap_values(history)
    if history is None or gaps is None:
        return False
    gaps = gaps[-DEFAULTS.gap_window :]
    gaps = gaps[np.isfinite(gaps)]
    if len(gaps) < DEFAULTS.min_gap_values:
        return False
    with np.errstate(all="ignore"):
        slope, error = _slope_and_error(gaps)
        change, loss = abs(slope) * len(gaps), abs(float(history.judged[-1]))
    return abs(slope) <= _STANDARD_ERRORS * error or change <= _TINY * loss


def _slope_and_error(values: Floats) -> tuple[float, float]:
    """Return the least-squares slope of at least three equally spaced values, and its standard error."""
    at = np.arange(len(values)) - (len(values) - 1) / 2
    spread = float(at @ at)
    slope = float(at @ values) / spread
    residuals = values - values.mean() - slope * at
    return slope, math.sqrt(float(residuals @ residuals) / (len(values) - 2) / spread)
