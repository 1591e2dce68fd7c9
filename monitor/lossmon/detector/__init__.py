"""Decides from train and validation losses what state a run is in, one evaluation at a time."""

from __future__ import annotations

from lossmon.detector.detector import Detector
from lossmon.detector.model import AdditiveModel
from lossmon.detector.noise import (
    Noise,
    estimate_autocorrelation,
    estimate_noise,
    third_difference_std,
    white_noise_std,
)
from lossmon.detector.spans import SINGLE_EVALUATIONS, SPANS_PER_WIDTH, SpanMean, in_evaluations
from lossmon.detector.thresholds import DEFAULTS, Thresholds

__all__ = [
    "DEFAULTS",
    "SINGLE_EVALUATIONS",
    "SPANS_PER_WIDTH",
    "AdditiveModel",
    "Detector",
    "Noise",
    "SpanMean",
    "Thresholds",
    "estimate_autocorrelation",
    "estimate_noise",
    "in_evaluations",
    "third_difference_std",
    "white_noise_std",
]
