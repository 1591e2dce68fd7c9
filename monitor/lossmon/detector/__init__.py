"""Says from train and validation losses what state a run is in, one evaluation at a time."""

from __future__ import annotations

from lossmon.detector.advice import advise
from lossmon.detector.detector import Detector

__all__ = ["Detector", "advise"]
