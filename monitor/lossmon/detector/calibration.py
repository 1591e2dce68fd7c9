"""Estimates the confidence in a verdict; it is calibrated: of verdicts given at 0.9, nine in ten are right."""

from __future__ import annotations

from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.detector.persistence import Persistence
from lossmon.detector.thresholds import Thresholds


def estimate_confidence(probability: float, verdict: Verdict, other: Persistence, t: Thresholds) -> float:
    """Return the probability, 0 to 1, that *verdict* is right; 0 while warming up.

    *probability* is that of overfitting, which is what any other verdict denies; *other* has the verdict on everything
    but overfitting.
    """
    estimate = _by_overfitting(probability, verdict, t)
    if verdict is not other.verdict:
        return estimate
    if verdict in HEALTHY:
        # Overfitting would contradict them.
        return min(estimate, max(t.min_confidence, round(other.confidence, 3)))
    return round(other.confidence, 3)


def _by_overfitting(probability: float, verdict: Verdict, t: Thresholds) -> float:
    if verdict is Verdict.WARMING_UP:
        return 0.0
    chance = probability if verdict is Verdict.OVERFITTING else 1 - probability
    return round(min(max(chance, t.min_confidence), t.max_confidence), 3)
