"""Judges what the measurements of one evaluation say, overfitting left aside: a verdict with its probability."""

from __future__ import annotations

from typing import NamedTuple

from lossmon.core.verdict import Verdict
from lossmon.detector.convergence import Trend, has_risen, measure_trend
from lossmon.detector.divergence import find_divergence
from lossmon.detector.features import Features
from lossmon.detector.rules import train_has_risen
from lossmon.detector.thresholds import Thresholds
from lossmon.detector.underfitting import has_not_learned, is_unlearned

UNDECIDED = "undecided"
"""Flag of a verdict that fits best although the measurements do not show it."""

RISING = "rising"
"""Flag of a run that is unstable because the loss rises, and train with it."""


class Judgement(NamedTuple):
    """A verdict, how probable it is, and a flag that says more about it, or nothing."""

    verdict: Verdict
    probability: float = 0.0
    flag: str = ""


def judge(f: Features) -> Judgement:
    """Return the verdict on everything but overfitting.

    Each verdict must be shown; none is what is left over. Where nothing can be told, as noise hides it or as
    validation has risen beside a train loss that does not fall, the run is still, or again, warming up: too few
    evaluations to say. A run that has learned, but may be at its plateau or not, gets the more probable word of the
    two. All these are flagged as undecided.
    """
    t = f.thresholds
    if f.count < t.min_evaluations:
        return Judgement(Verdict.WARMING_UP)
    if divergence := find_divergence(f):
        return Judgement(Verdict.DIVERGED, t.max_confidence, divergence.value)
    if f.relative_spread > t.unstable_relative_spread:
        return Judgement(Verdict.UNSTABLE, 1 - 0.5 * t.unstable_relative_spread / f.relative_spread)
    return _judge_trend(f)


def _judge_trend(f: Features) -> Judgement:
    t, trend = f.thresholds, measure_trend(f)
    if trend.falling >= t.shown_probability:
        return Judgement(Verdict.LEARNING, trend.falling)
    if has_not_learned(f):
        return Judgement(Verdict.UNDERFITTING, max(trend.flat, 0.5))
    if has_risen(f):
        return _judge_rise(f)
    if is_unlearned(f):
        return Judgement(Verdict.WARMING_UP, flag=UNDECIDED)
    if f.count < t.min_calibrated_values:
        return _undecided(trend, t)
    if trend.flat >= t.shown_probability:
        return Judgement(Verdict.CONVERGED, trend.flat)
    return _undecided(trend, t, otherwise=Verdict.CONVERGED)


def _undecided(trend: Trend, t: Thresholds, otherwise: Verdict = Verdict.WARMING_UP) -> Judgement:
    """Return the word that fits best: learning if the loss rather falls, else *otherwise*."""
    if trend.falling >= t.preferred_probability:
        return Judgement(Verdict.LEARNING, trend.falling, UNDECIDED)
    return Judgement(otherwise, 1 - trend.falling, UNDECIDED)


def _judge_rise(f: Features) -> Judgement:
    """Return the verdict on a rise that is not overfitting: train rises as well, or there is no validation."""
    if not f.is_validation or train_has_risen(f):
        return Judgement(Verdict.UNSTABLE, 0.5, RISING)
    return Judgement(Verdict.WARMING_UP, flag=UNDECIDED)
