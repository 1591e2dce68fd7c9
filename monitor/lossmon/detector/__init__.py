"""Decides from train and validation losses what state a run is in, one evaluation at a time."""

from __future__ import annotations

from lossmon.detector.detector import Detector
from lossmon.detector.model import AdditiveModel
from lossmon.detector.noise import (
    THIRD_DIFFERENCE_GAIN,
    Noise,
    estimate_autocorrelation,
    estimate_noise,
    third_difference_std,
)
from lossmon.detector.thresholds import DEFAULTS, Thresholds

__all__ = [
    "DEFAULTS",
    "THIRD_DIFFERENCE_GAIN",
    "AdditiveModel",
    "Detector",
    "Noise",
    "Thresholds",
    "estimate_autocorrelation",
    "estimate_noise",
    "third_difference_std",
]
