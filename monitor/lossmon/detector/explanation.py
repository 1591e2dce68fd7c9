"""Writes the evidence behind a verdict: sentences with numbers that a person can check against the curve.

A sentence names evaluations and the losses there by fields, see :class:`lossmon.core.assessment.Evidence`. So each
number is read from the log where it is shown, also in a long run, whose detector gets means of several evaluations.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lossmon.core.assessment import Evidence
from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.detector.divergence import Divergence
from lossmon.detector.doubt import Told, describe_doubt
from lossmon.detector.features import Features, TrainFeatures
from lossmon.detector.judgement import RISING
from lossmon.detector.non_finite import NonFinite


def explain(f: Features, told: Told, *, kind: str, sign: float, non_finite: NonFinite) -> tuple[Evidence, ...]:
    """Return the evidence for what is *told*, the most important first.

    *kind* is the judged series, ``validation`` or ``train``; *sign* is -1 where higher values are better.
    """
    name = f"{kind} {'loss' if sign > 0 else 'score'}"
    broken = tuple(_describe_non_finite(non_finite))
    if non_finite.is_divergence:
        return (*broken, Evidence(f"the best {name} was {{0.judged}} ({{0}})", (f.argmin,))) if f.count else broken
    return (*_describe(f, told, name, sign), *broken) if f.count else broken


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


def _describe(f: Features, told: Told, name: str, sign: float) -> Iterator[Evidence]:
    doubt = tuple(describe_doubt(f, told, name))
    if told.verdict is Verdict.WARMING_UP and told.is_weak:
        yield from doubt
    yield _describe_series(f, told.verdict, name, sign, told.flag)
    if f.train is not None and f.argmin < f.evaluations - 1:
        yield _describe_train(f, f.train, sign, told.verdict)
    if not doubt and told.verdict in HEALTHY and f.count >= f.thresholds.min_calibrated_values:
        before = f.newest_level + f.recent_decrease
        change = f.recent_decrease / abs(before) if before else 0.0
        word = "better" if change >= 0 else "worse"
        text = f"the last quarter of the run is {100 * abs(change):.1f} % {word} on average than the quarter before"
        yield Evidence(text, ())
    if told.verdict is not Verdict.WARMING_UP or not told.is_weak:
        yield from doubt


def _describe_series(f: Features, verdict: Verdict, name: str, sign: float, flag: str) -> Evidence:
    now = f.evaluations - 1
    if verdict is Verdict.OVERFITTING:
        way = "rose" if sign > 0 else "fell"
        rise = f"{name} {way} from {{0.judged}} ({{0}}) to {{1.judged}} ({{1}}){_noise(f)}"
        if f.last <= f.minimum and f.argmin < now - 1:
            back = ", and is back at {2.judged} ({2}), as if the best checkpoint had been loaded"
            return Evidence(rise + back, (f.argmin, now - 1, now))
        return Evidence(rise, (f.argmin, now))
    if flag == RISING:
        way = "rose" if sign > 0 else "fell"
        train = ", and train got worse too" if f.is_validation else ""
        return Evidence(f"{name} {way} from {{0.judged}} ({{0}}) to {{1.judged}} ({{1}}){train}", (f.argmin, now))
    if verdict is Verdict.DIVERGED:
        return _describe_divergence(f, name, flag)
    if verdict is Verdict.UNSTABLE and f.relative_spread:
        percent, window = 100 * f.relative_spread, f.thresholds.spread_window
        return Evidence(f"{name} swings by {percent:.0f} % of its level in the last {window} evaluations", ())
    if verdict is Verdict.UNDERFITTING:
        return Evidence(f"{name} began at {{0.judged}} ({{0}}) and is {{1.judged}} ({{1}})", (f.first_index, now))
    if f.argmin == now:
        return Evidence(f"{name} is {{0.judged}} ({{0}}), its best so far", (now,))
    if f"{f.last:.4g}" == f"{f.minimum:.4g}":
        return Evidence(f"{name} is {{0.judged}} ({{0}}), as good as its best ({{1}})", (now, f.argmin))
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


def _describe_train(f: Features, train: TrainFeatures, sign: float, verdict: Verdict) -> Evidence:
    at, is_single = (f.argmin, f.evaluations - 1), f.evaluations <= f.thresholds.max_counted_values
    if is_single and f"{train.last:.4g}" == f"{train.last_at_argmin:.4g}":
        return Evidence("train is {1.train} ({1}), as at {0}", at)
    change = sign * (train.last - train.last_at_argmin)
    way = "fell" if change < 0 else "rose"
    is_told_otherwise = train.relative_decrease > 0 or verdict is Verdict.OVERFITTING
    if not is_single or (change > 0 and is_told_otherwise):
        way = "went"  # means of several evaluations are judged, from which single ones may differ the other way
    return Evidence(f"train {way} from {{0.train}} ({{0}}) to {{1.train}} ({{1}})", at)


def _noise(f: Features) -> str:
    lowest, limit = f.thresholds.noise_multiples
    multiple = (f.level - f.minimum) / f.noise.sigma if f.noise.sigma else math.inf
    return f", {multiple:.0f} times its noise" if lowest <= multiple < limit else ""
