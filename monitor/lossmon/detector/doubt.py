"""Says why nothing can be told of a run, or why a verdict is only a "maybe"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lossmon.core.assessment import Evidence
from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.detector.convergence import measure_trend, turn_probability
from lossmon.detector.features import Features
from lossmon.detector.judgement import RISING, UNDECIDED
from lossmon.detector.rules import train_has_fallen
from lossmon.detector.underfitting import is_unlearned


class Told(NamedTuple):
    """What is told of a run."""

    verdict: Verdict
    flag: str
    """What says more about a verdict other than overfitting; empty if nothing does."""
    is_weak: bool
    """Whether the verdict is a "maybe", or there is none although it is late."""
    probability: float
    """Probability of overfitting."""


def describe_doubt(f: Features, told: Told, name: str) -> Iterator[Evidence]:
    """Yield why there is no verdict, or why it is a "maybe"; nothing if it is not or tells that itself.

    *name* is the judged series: ``validation loss``.
    """
    if told.verdict is Verdict.WARMING_UP and (told.is_weak or told.flag == UNDECIDED):
        yield _after("cannot be told yet", _reason(f, told, name))
    elif told.verdict is Verdict.OVERFITTING and not train_has_fallen(f):
        yield Evidence("not beyond doubt: train never fell, so the model may have learned nothing")
    elif told.verdict is Verdict.UNDERFITTING and f.count < f.thresholds.min_unlearned_values:
        yield Evidence(f"not beyond doubt: {f.count} evaluations are few, and it may only learn slowly at first")
    elif told.verdict in HEALTHY and told.is_weak:
        yield _after("not beyond doubt", _reason(f, told, name))


def _after(start: str, reason: Evidence) -> Evidence:
    return Evidence(f"{start}: {reason.text}", reason.at)


def _reason(f: Features, told: Told, name: str) -> Evidence:
    if f.count < f.thresholds.min_evaluations and f.first_index:
        return Evidence(f"only {f.count} of the evaluations came after the restart at {{0}}", (f.first_index,))
    return Evidence(_reason_in_values(f, told, name))


def _reason_in_values(f: Features, told: Told, name: str) -> str:
    t, rise = f.thresholds, f"{100 * f.relative_rise:.0f} %"
    has_risen = f.relative_rise >= t.min_relative_rise and f.exceeds_chance_by(t.base_z_score)
    if has_risen and not train_has_fallen(f):
        return f"{name} is {rise} worse than its best, but train never fell"
    if told.flag == RISING:
        together = "train with it" if f.is_validation else "there is no validation beside it"
        return f"{name} is {rise} worse than its best, and {together}, but has not left its range"
    if told.probability > t.watch_probability:
        return f"it may be overfitting, with a probability of {100 * told.probability:.0f} %"
    if has_risen:
        return f"{name} is {rise} worse than its best, but that is not clearly overfitting"
    if not f.first_level and not f.newest_level:
        return f"{name} is 0 since the start: there is nothing left to learn, or it is not computed"
    if told.verdict is Verdict.LEARNING and turn_probability(f) > t.watch_probability:
        return f"the newest {name} is worse than its best by more than its noise"
    if told.verdict is Verdict.CONVERGED and measure_trend(f).falling >= t.shown_probability:
        ago = f"{f.since_minimum} evaluation{'' if f.since_minimum == 1 else 's'} ago" if f.since_minimum else "now"
        return f"{name} has improved over the last quarter of the run, and its best was {ago}"
    if f.newest_level >= f.first_level:
        return f"{name} is no better than at the start"
    if f.count >= t.min_calibrated_values and is_unlearned(f):
        return f"{name} has hardly moved from where it began"
    return _about_noise(f, name) if f.count >= t.short_run else "too few evaluations"


def _about_noise(f: Features, name: str) -> str:
    share = f.noise.sigma / abs(f.newest_level) if f.newest_level else 0.0
    if not share:
        return f"the change of {name} is too small"
    return f"the noise of {name}, {100 * share:.2g} % of its level, could hide the change"
