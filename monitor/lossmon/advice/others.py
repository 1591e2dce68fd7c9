"""Suggestions for the verdicts other than overfitting."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from lossmon.advice.facts import LOWER_RATE, RunFacts, number, percent
from lossmon.advice.overfitting import compare_data
from lossmon.advice.suggestion import Suggestion
from lossmon.core.assessment import Assessment
from lossmon.core.cause import Cause
from lossmon.core.verdict import Verdict

_GUESSING = {2: "two", 3: "three", 10: "ten", 100: "a hundred", 1000: "a thousand"}
"""Numbers of classes that are common; guessing among k has a cross entropy of ln k."""
_GUESSING_TOLERANCE = 0.01
"""How far, relative to ln k, a loss may lie from it to be called guessing."""
_STUCK = "a loss that moves within some hundred steps"


def against(assessment: Assessment, facts: RunFacts) -> Iterable[Suggestion]:
    """Return suggestions for a verdict, the first ones first; nothing for one that needs no action."""
    if assessment.verdict is Verdict.DIVERGED:
        return _against_divergence(assessment, facts)
    if assessment.verdict is Verdict.UNDERFITTING:
        return _against_underfitting(facts)
    if assessment.verdict is Verdict.UNSTABLE:
        return _against_instability(facts)
    return _after_convergence(assessment, facts) if assessment.verdict is Verdict.CONVERGED else ()


def _rate(facts: RunFacts, factor: float) -> str:
    """Return the learning rate and what it would be *factor* times as large: `` from 0.001 to 0.0003``."""
    rate = facts.learning_rate
    return f" from {number(rate.highest)} to {factor * rate.highest:.1g}" if rate and rate.highest else ""


def _against_divergence(assessment: Assessment, facts: RunFacts) -> Iterator[Suggestion]:
    best = facts.best
    if best and math.isfinite(best.loss) and best.index < facts.evaluations - 1:
        action = f"Go back to the checkpoint of {best.label} and lower the learning rate{_rate(facts, LOWER_RATE)}"
        is_finite = "non-finite" not in assessment.flags or "finite-again" in assessment.flags
        since = "left its range since" if is_finite else "since then a loss is not finite"
        reason = f"{facts.metric} was {number(best.loss)} there and {since}"
        yield Suggestion(3, action, reason, _STABLE, keeps=(best.index,))
    else:
        reason = "the loss was never in a usable range"
        yield Suggestion(3, f"Lower the learning rate{_rate(facts, 0.1)}, and warm it up", reason, _STABLE)
    yield Suggestion(2, "Clip gradients", "one exploding step is enough", "a curve without jumps", "clipping")
    if "non-finite" in assessment.flags:
        yield Suggestion(
            1, "Look for NaN in the data, log(0), and float16 overflow",
            "a loss that is not finite has such a source", "the step and the layer where it begins", "anomaly",
        )  # fmt: skip


_STABLE = "a loss that stays in its range"


def _against_underfitting(facts: RunFacts) -> Iterator[Suggestion]:
    first, now = facts.first, facts.now
    moved = f"{facts.metric} has hardly moved from where it began"
    if first and now:
        moved += f": {number(first.loss)} ({first.label}), {number(now.loss)} ({now.label})"
    yield Suggestion(3, f"Raise the learning rate tenfold{_rate(facts, 10)}", moved, _STUCK, "higher learning rate")
    if facts.is_boosting:
        yield Suggestion(2, "Look at features and labels", "trees find any feature that helps", "a loss that falls")
        return
    yield Suggestion(
        2, "Overfit one batch first", "a model that cannot do that has a bug in model, loss or labels",
        "a train loss near 0 on that batch", "one batch",
    )  # fmt: skip
    chance = _guessing(now.loss) if now and not facts.higher_is_better else ""
    reason = chance or "a loss that is stuck often means broken data"
    action = "Check inputs and labels: scale inputs to about 0 to 1, shuffle, compare labels with their rows"
    yield Suggestion(1, action, reason, _STUCK)


def _guessing(loss: float) -> str:
    """Return that *loss* is that of guessing, if it is; else an empty text.

    >>> _guessing(0.6935)
    '0.6935 is about ln 2 = 0.6931, the cross entropy of guessing between two classes'
    """
    for classes, word in _GUESSING.items():
        chance = math.log(classes)
        if abs(loss - chance) <= _GUESSING_TOLERANCE * chance:
            means = f"the cross entropy of guessing between {word} classes"
            return f"{number(loss)} is about ln {classes} = {number(chance)}, {means}"
    return ""


def _against_instability(facts: RunFacts) -> Iterator[Suggestion]:
    now = facts.now
    noise = facts.noise / abs(now.loss) if now and now.loss else 0.0
    wide = f"one evaluation scatters by {number(facts.noise)}, {percent(noise)} of its level" if noise else ""
    reason = f"{wide}: steps are too large" if wide else "swings this wide are steps that are too large"
    action = f"Lower the learning rate threefold{_rate(facts, LOWER_RATE)}"
    yield Suggestion(3, action, reason, "smaller swings", "learning rate")
    if facts.is_boosting:
        return
    larger = "Use larger batches, or more validation data" if facts.has_validation else "Use larger batches"
    yield Suggestion(2, larger, "a small sample makes a loss jump by itself", "swings that halve with 4 times as much")
    yield Suggestion(1, "Clip gradients", "single batches throw the weights about", "fewer spikes", "clipping")


def _after_convergence(assessment: Assessment, facts: RunFacts) -> Iterator[Suggestion]:
    if "gap-from-start" in assessment.flags:
        yield compare_data(facts)
    if Cause.NO_VALIDATION.value in assessment.flags:
        return  # without validation nobody can tell whether to go on
    rate, now = facts.learning_rate, facts.now
    level = f"it stays near {number(now.loss)}" if now else "it gains little by now"
    if rate and rate.now and rate.share_now < _ENDED_RATE:
        reason = f"{level}, and the learning rate has gone from {number(rate.highest)} to {number(rate.now)}"
        action, once_ended = "Stop: the schedule has run its course", "Train longer only with a new schedule"
        yield Suggestion(1, action, reason, "little change from more steps at this rate", once_ended=once_ended)
        return
    if facts.is_boosting:
        expected = "the same loss with fewer trees"
        yield Suggestion(1, "Stop adding rounds", level, expected, "early stopping", "Grow no more trees than these")
        return
    lower = f"lower the learning rate once more{_rate(facts, LOWER_RATE)}"
    reason, once_ended = f"{level}: it gains little by now, if anything", f"Train no longer, or {lower}"
    yield Suggestion(1, f"Stop here, or {lower}", reason, "a small step down", "learning rate", once_ended)


_ENDED_RATE = 0.1
"""Share of the highest learning rate below which a schedule is near its end."""
