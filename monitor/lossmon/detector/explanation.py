"""Writes the evidence behind a verdict: sentences with numbers that a person can check against the curve.

A sentence names evaluations and the losses there by fields, see :class:`lossmon.core.assessment.Evidence`. So each
number is read from the log where it is shown, also in a long run, whose detector gets means of several evaluations.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lossmon.core.assessment import Evidence
from lossmon.core.verdict import Verdict
from lossmon.detector.divergence import Divergence
from lossmon.detector.features import Features, TrainFeatures
from lossmon.detector.judgement import RISING, UNDECIDED
from lossmon.detector.non_finite import NonFinite


def explain(
    f: Features, verdict: Verdict, *, kind: str, sign: float, flag: str, non_finite: NonFinite
) -> tuple[Evidence, ...]:
    """Return the evidence for *verdict*, the most important first.

    *kind* is the judged series, ``validation`` or ``train``; *sign* is -1 where higher values are better; *flag* says
    more about a verdict other than overfitting.
    """
    name = f"{kind} {'loss' if sign > 0 else 'score'}"
    broken = tuple(_describe_non_finite(non_finite))
    if non_finite.is_divergence:
        return (*broken, Evidence(f"the best {name} was {{0.judged}} ({{0}})", (f.argmin,))) if f.count else broken
    return (*_describe(f, verdict, name, sign, flag), *broken) if f.count else broken


def _describe_non_finite(non_finite: NonFinite) -> Iterator[Evidence]:
    if not non_finite.kind:
        return
    word = _word(non_finite.value)
    if non_finite.is_now:
        yield Evidence(f"{non_finite.kind} loss is {word} since {{0}}", (non_finite.first,))
    elif non_finite.first == non_finite.last:
        yield Evidence(f"{non_finite.kind} loss was {word} at {{0}}, and is finite again", (non_finite.first,))
    else:
        at = (non_finite.first, non_finite.last)
        yield Evidence(f"{non_finite.kind} loss was {word} from {{0}} to {{1}}, and is finite again", at)


def _word(value: float) -> str:
    return "NaN" if math.isnan(value) else "infinite" if math.isinf(value) else f"{value:.4g}, beyond measure,"


def _describe(f: Features, verdict: Verdict, name: str, sign: float, flag: str) -> Iterator[Evidence]:
    yield _describe_series(f, verdict, name, sign, flag)
    now = f.evaluations - 1
    if f.train is not None and f.argmin < now:
        yield _describe_train(f, f.train, sign)
    if flag == UNDECIDED and verdict is not Verdict.OVERFITTING:
        yield Evidence(f"cannot be told yet: {_why_undecided(f)}", ())
    elif verdict in (Verdict.LEARNING, Verdict.CONVERGED) and f.count >= f.thresholds.min_calibrated_values:
        change = f.recent_decrease / abs(f.level) if f.level else 0.0
        word = "better" if change >= 0 else "worse"
        yield Evidence(f"the last quarter of the run is {100 * abs(change):.1f} % {word} than the quarter before", ())


def _describe_series(f: Features, verdict: Verdict, name: str, sign: float, flag: str) -> Evidence:
    now = f.evaluations - 1
    if verdict is Verdict.OVERFITTING:
        way = "rose" if sign > 0 else "fell"
        return Evidence(f"{name} {way} from {{0.judged}} ({{0}}) to {{1.judged}} ({{1}}){_noise(f)}", (f.argmin, now))
    if verdict is Verdict.DIVERGED:
        return _describe_divergence(f, name, flag)
    if verdict is Verdict.UNSTABLE and flag == RISING:
        way = "rose" if sign > 0 else "fell"
        train = ", and train got worse too" if f.is_validation else ""
        return Evidence(f"{name} {way} from {{0.judged}} ({{0}}) to {{1.judged}} ({{1}}){train}", (f.argmin, now))
    if verdict is Verdict.UNSTABLE and f.relative_spread:
        percent, window = 100 * f.relative_spread, f.thresholds.spread_window
        return Evidence(f"{name} swings by {percent:.0f} % of its level in the last {window} evaluations", ())
    if verdict is Verdict.UNDERFITTING:
        return Evidence(f"{name} began at {{0.judged}} ({{0}}) and is {{1.judged}} ({{1}})", (f.first_index, now))
    if f.argmin == now:
        return Evidence(f"{name} is {{0.judged}} ({{0}}), its best so far", (now,))
    return Evidence(f"{name} is {{0.judged}} ({{0}}), its best {{1.judged}} ({{1}})", (now, f.argmin))


def _describe_divergence(f: Features, name: str, flag: str) -> Evidence:
    now = f.evaluations - 1
    if flag == Divergence.COLLAPSED.value:
        text = (
            f"the model has collapsed: {name} is {{0.judged}} ({{0}}), about where it began, {{1.judged}} ({{1}}); "
            "its best was {2.judged} ({2})"
        )
        return Evidence(text, (now, f.first_index, f.argmin))
    if flag == Divergence.LEARNING_RATE.value:
        text = (
            f"the learning rate is far too high: {name} was lowest at the start, {{0.judged}} ({{0}}), "
            "and is {1.judged} ({1})"
        )
        return Evidence(text, (f.argmin, now))
    return Evidence(f"{name} left its range: {{0.judged}} ({{0}}), and now {{1.judged}} ({{1}})", (f.argmin, now))


def _describe_train(f: Features, train: TrainFeatures, sign: float) -> Evidence:
    change = sign * (train.last - train.last_at_argmin)
    way = "fell" if change < 0 else "rose" if change else "stayed the same,"
    if f.evaluations > f.thresholds.max_counted_values:
        way = "went"  # the detector got means of several evaluations, so that single ones may differ the other way
    return Evidence(f"train {way} from {{0.train}} ({{0}}) to {{1.train}} ({{1}})", (f.argmin, f.evaluations - 1))


def _why_undecided(f: Features) -> str:
    t = f.thresholds
    if f.relative_rise >= t.min_relative_rise and f.exceeds_chance_by(t.base_z_score):
        return f"it is {100 * f.relative_rise:.0f} % above its best, but that is not clearly overfitting"
    if f.newest_level >= f.first_level:
        return "it is no better than at the start"
    return "its noise could hide the change" if f.count >= t.short_run else "too few evaluations"


def _noise(f: Features) -> str:
    lowest, limit = f.thresholds.noise_multiples
    multiple = (f.level - f.minimum) / f.noise.sigma if f.noise.sigma else math.inf
    return f", {multiple:.0f} times its noise" if lowest <= multiple < limit else ""
