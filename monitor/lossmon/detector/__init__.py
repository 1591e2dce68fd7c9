"""Decides from train and validation losses what state a run is in, one evaluation at a time."""

from __future__ import annotations

from lossmon.detector.calibration import confidence_predictors
from lossmon.detector.detector import Detector
from lossmon.detector.noise import Noise, estimate_autocorrelation, estimate_noise, third_difference_std
from lossmon.detector.thresholds import DEFAULTS, Thresholds

__all__ = [
    "DEFAULTS",
    "Detector",
    "Noise",
    "Thresholds",
    "confidence_predictors",
    "estimate_autocorrelation",
    "estimate_noise",
    "third_difference_std",
]
