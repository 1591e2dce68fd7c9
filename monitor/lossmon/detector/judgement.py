"""Judges what the measurements of one evaluation say, overfitting left aside: a verdict with its probability."""

from __future__ import annotations

from typing import NamedTuple

from lossmon.core.verdict import Verdict
from lossmon.detector.convergence import has_risen, may_be_falling, measure_trend, turn_probability
from lossmon.detector.divergence import find_divergence
from lossmon.detector.features import Features
from lossmon.detector.rules import train_has_risen
from lossmon.detector.underfitting import has_not_learned, is_unlearned, unlearned_probability

UNDECIDED = "undecided"
"""Flag of a verdict that fits best although the measurements do not show it."""

RISING = "rising"
"""Flag of a run whose loss rises, and train with it: it diverged, or nothing can be told yet."""


class Judgement(NamedTuple):
    """A verdict, how probable it is, and a flag that says more about it, or nothing."""

    verdict: Verdict
    probability: float = 0.0
    flag: str = ""


def judge(f: Features) -> Judgement:
    """Return the verdict on everything but overfitting.

    Each verdict must be shown; none is what is left over. Where nothing can be told, as noise hides it or as
    validation has risen beside a train loss that does not fall, the run is still, or again, warming up: too few
    evaluations to say. So it is where both rise together, but not far or not for long. A run that has learned, but may
    be at its plateau or not, gets the more probable word of the two. All these are flagged as undecided, or as rising.
    """
    t = f.thresholds
    if f.count < t.min_evaluations:
        return Judgement(Verdict.WARMING_UP)
    divergence = find_divergence(f)
    if divergence and measure_trend(f).falling < t.certain_probability:
        return Judgement(Verdict.DIVERGED, t.max_confidence, divergence.value)
    if f.relative_spread > t.unstable_relative_spread:
        return Judgement(Verdict.UNSTABLE, 1 - 0.5 * t.unstable_relative_spread / f.relative_spread)
    # Most evaluations show no fall, and then its probability is not needed here.
    if may_be_falling(f) and (falling := measure_trend(f).falling) >= t.shown_probability:
        return Judgement(Verdict.LEARNING, falling * (1 - turn_probability(f)))
    return _judge_rise(f) if has_risen(f) else _judge_plateau(f)


def _judge_plateau(f: Features) -> Judgement:
    """Return the verdict on a series that neither clearly falls nor has risen from its minimum."""
    t = f.thresholds
    if has_not_learned(f) and (probability := unlearned_probability(f)) >= t.shown_probability:
        had_time = f.count >= t.min_unlearned_values
        return Judgement(Verdict.UNDERFITTING, probability if had_time else min(probability, t.unsure_probability))
    if is_unlearned(f):
        return Judgement(Verdict.WARMING_UP, flag=UNDECIDED)
    trend = measure_trend(f)
    if f.count >= t.min_calibrated_values and trend.flat >= t.shown_probability:
        return Judgement(Verdict.CONVERGED, trend.flat)
    if trend.falling >= t.preferred_probability:
        return Judgement(Verdict.LEARNING, trend.falling * (1 - turn_probability(f)), UNDECIDED)
    word = Verdict.WARMING_UP if f.count < t.min_calibrated_values else Verdict.CONVERGED
    return Judgement(word, 1 - trend.falling, UNDECIDED)


def _judge_rise(f: Features) -> Judgement:
    """Return the verdict on a rise that is not overfitting: train rises as well, or there is no validation.

    One from which the loss came back before, as under a learning rate in cycles, is none.
    """
    t = f.thresholds
    if f.is_validation and not train_has_risen(f):
        return Judgement(Verdict.WARMING_UP, flag=UNDECIDED)
    if f.loss_range is not None and f.loss_range.is_familiar(t):
        seeming = _judge_plateau(f)
        return Judgement(seeming.verdict, min(seeming.probability, t.unsure_probability), UNDECIDED)
    if _rises_for_good(f):
        return Judgement(Verdict.DIVERGED, t.max_confidence, RISING)
    return Judgement(Verdict.WARMING_UP, flag=RISING)


def _rises_for_good(f: Features) -> bool:
    """Return whether the loss, and train, have risen by half of their best or more, and for long: half of the run.

    A train loss that doubles at its floor has not.
    """
    t, train, r = f.thresholds, f.train, f.train_range
    if f.since_minimum < max(t.min_rise_for_good, f.count / 2):
        return False
    if train is None or r is None:
        return f.relative_rise >= t.severe_relative_rise
    is_beyond_floor = r.level - r.lowest >= t.range_train_fall * r.fall
    return is_beyond_floor and min(f.relative_rise, -train.relative_decrease) >= t.severe_relative_rise
