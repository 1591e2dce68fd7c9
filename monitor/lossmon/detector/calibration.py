"""Estimates the confidence in a verdict; it is calibrated: of verdicts given at 0.9, nine in ten are right."""

from __future__ import annotations

import math
from operator import mul

from lossmon.core.assessment import Term
from lossmon.core.verdict import Verdict
from lossmon.detector.features import Features


def confidence_predictors(f: Features) -> tuple[float, float, float, float]:
    """Return the predictors of the logistic regression: rise, excess over chance, gap to train, number of values."""
    t = f.thresholds
    return (
        math.log(_clip(f.relative_rise, t.rise_limits) / t.min_relative_rise),
        math.asinh(_clip(f.excess_z_score, t.excess_limits)),
        _clip(min(f.train.relative_decrease, f.relative_gap), t.gap_limits) if f.train else t.gap_without_train,
        math.log2(_clip(f.count, t.count_limits) / t.reference_count),
    )


def _clip(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])


def estimate_confidence(f: Features, verdict: Verdict) -> float:
    """Return the probability, 0 to 1, that *verdict* is right; 0 while warming up."""
    if verdict is Verdict.WARMING_UP:
        return 0.0
    t = f.thresholds
    weights = t.overfitting_weights if verdict is Verdict.OVERFITTING else t.not_overfitting_weights
    log_odds = weights[0] + sum(map(mul, weights[1:], confidence_predictors(f)))
    highest = t.max_confidence if f.count >= t.min_calibrated_values else t.max_uncalibrated_confidence
    return round(_clip(1 / (1 + math.exp(-log_odds)), (t.min_confidence, highest)), 3)


_MEANINGS = {
    "rise": "rise of validation over its best, as a fraction",
    "excess": "rise beyond what noise does by chance, in standard deviations",
    "gap": "fall of train since the best, or gap to train, the smaller, as a fraction",
    "length": "number of evaluations",
}


def overfitting_probability(f: Features, verdict: Verdict) -> float:
    """Return the probability, 0 to 1, that the run is overfitting now, if *verdict* is what the rules say."""
    confidence = estimate_confidence(f, verdict) if f.count else 0.0
    return confidence if verdict is Verdict.OVERFITTING or not confidence else round(1 - confidence, 3)


def overfitting_terms(f: Features) -> tuple[Term, ...]:
    """Return the contributions to the probability of overfitting, the largest first."""
    if not f.count:
        return ()
    values = (f.relative_rise, f.excess_z_score, f.relative_gap if f.train else None, float(f.count))
    weights = map(mul, f.thresholds.overfitting_weights[1:], confidence_predictors(f))
    terms = [
        Term(name, meaning, value, weight)
        for (name, meaning), value, weight in zip(_MEANINGS.items(), values, weights, strict=True)
    ]
    return tuple(sorted(terms, key=lambda term: -abs(term.log_odds)))
