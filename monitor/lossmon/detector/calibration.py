"""Estimates the confidence in a verdict; it is calibrated: of verdicts given at 0.9, nine in ten are right."""

from __future__ import annotations

from bisect import bisect_left

from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.detector.persistence import Persistence
from lossmon.detector.thresholds import Thresholds

_HELD = {
    Verdict.LEARNING: (
        (0.0, 0.3), (0.28, 0.34), (0.4, 0.5), (0.52, 0.58), (0.65, 0.8), (0.75, 0.86), (0.92, 0.905), (0.96, 0.945),
        (1.0, 0.97),
    ),
    Verdict.CONVERGED: (
        (0.0, 0.0), (0.3, 0.17), (0.39, 0.31), (0.52, 0.395), (0.65, 0.535), (0.75, 0.625), (0.84, 0.68), (0.91, 0.745),
        (0.956, 0.8), (1.0, 0.9),
    ),
}  # fmt: skip
"""How often a healthy verdict held that seemed so probable, in pairs of both; it is linear in between.

Measured by ``tests.bench.histories.reliability`` on trainings whose loss is also known on many fresh examples.
"""


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
        return round(max(t.min_confidence, held_share(verdict, min(estimate, other.confidence))), 3)
    return round(min(other.confidence, t.max_confidence), 3)


def held_share(verdict: Verdict, seeming: float) -> float:
    """Return how often a healthy *verdict* holds that seems as probable as *seeming*.

    >>> held_share(Verdict.CONVERGED, 0.0), held_share(Verdict.CONVERGED, 1.0)
    (0.0, 0.9)
    """
    pairs = _HELD[verdict]
    at = min(max(1, bisect_left(pairs, (seeming, 0.0))), len(pairs) - 1)
    (low, low_held), (high, high_held) = pairs[at - 1 : at + 1]
    return low_held + (high_held - low_held) * (seeming - low) / (high - low)


def _by_overfitting(probability: float, verdict: Verdict, t: Thresholds) -> float:
    if verdict is Verdict.WARMING_UP:
        return 0.0
    chance = probability if verdict is Verdict.OVERFITTING else 1 - probability
    return round(min(max(chance, t.min_confidence), t.max_confidence), 3)
