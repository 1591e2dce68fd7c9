"""Suggestions against overfitting, each weighed by what the run shows."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lossmon.advice.facts import Evaluation, RunFacts, number, percent
from lossmon.advice.suggestion import Suggestion
from lossmon.core.assessment import Assessment
from lossmon.core.text import plural
from lossmon.core.verdict import Severity

EARLY_SHARE = 0.25
"""A turn within this share of the run is early: there is more capacity than data."""
LEARNED_BY_HEART = 0.1
"""Train loss, as a share of its first value, below which the training set is learned by heart."""
_HIGH_RATE = 0.3
"""A learning rate that is still above this share of its highest value has much of its schedule left."""
_LARGE_NOISE = 0.05
"""Noise, relative to the loss, at which the best evaluation may be luck."""
_MIN_EVALUATIONS = 5
"""Evaluations from which one can say that the turn came before there was anything to see of it."""
_LATER_TURN = "a later turn, and a better best"


def against_overfitting(assessment: Assessment, facts: RunFacts) -> list[Suggestion]:
    """Return what to do with this run, then what may help the next one."""
    return [
        keep_best(facts),
        *_about_data(assessment, facts),
        *_about_capacity(assessment, facts),
        *_about_schedule(facts),
        *_about_evaluation(facts),
    ]


def keep_best(facts: RunFacts) -> Suggestion:
    """Return the suggestion to keep the best checkpoint, and to stop if the run still goes on."""
    best, now = facts.best, facts.now
    where = best.label if best else "the best evaluation"
    left = _evaluations_left(facts)
    to_go = f", with {left} of {facts.planned_evaluations} evaluations to go," if left else ""
    actions = f"Stop here{to_go} and keep the checkpoint of {where}", f"Keep the checkpoint of {where}, {_NEXT_TIME}"
    if not best or not now:
        reason = f"{facts.metric} only {facts.worsened} since"
        return Suggestion(9, actions[0], reason, technique="early stopping", once_ended=actions[1])
    worse = f", {percent(facts.rise)} {facts.is_worse}" if math.isfinite(facts.rise) else ""
    since = "; the newest evaluation repeats it" if now.loss == best.loss else f"; it is {number(now.loss)} now{worse}"
    reason = f"{facts.metric} was {facts.was_best} there, {number(best.loss)}{since}"
    expected = f"a {facts.metric} of {number(best.loss)}"
    return Suggestion(9, actions[0], reason, expected, "early stopping", actions[1], keeps=(best.index,))


_NEXT_TIME = "and stop near there next time"


def _evaluations_left(facts: RunFacts) -> int:
    return max(0, facts.planned_evaluations - facts.evaluations)


def _about_data(assessment: Assessment, facts: RunFacts) -> Iterator[Suggestion]:
    if "gap-from-start" in assessment.flags:
        yield compare_data(facts)
    left, examples = facts.train_left, facts.train_examples
    size = f" of {examples:,} examples" if examples else ""
    if left <= LEARNED_BY_HEART and facts.first and facts.now and facts.first.train and facts.now.train is not None:
        fell = f"train loss fell from {facts.first.train_text} to {facts.now.train_text}"
        reason = f"{fell}, {percent(left)} of its start: the training set{size} is learned by heart"
        yield Suggestion(2.0 + 0.5 * (1 - left / LEARNED_BY_HEART), _MORE_DATA, reason, _LATER_TURN, "more data")
    else:
        reason = f"train and validation part because the training set{size} holds too little to learn from"
        yield Suggestion(1.0, _MORE_DATA, reason, _LATER_TURN, "more data")


_MORE_DATA = "Get more data, or augment it anew in each epoch"


def compare_data(facts: RunFacts) -> Suggestion:
    """Return the suggestion for a gap that was there from the start."""
    first = facts.first
    gap = "the gap was there from the first evaluation"
    if first and first.train is not None:
        gap += f" (validation {number(first.loss)}, train {first.train_text} at {first.label})"
    reason = f"{gap}: the two sets may differ, be scaled differently, or augmentation was cached once"
    return Suggestion(2.6, "Compare how train and validation data are made", reason, "a smaller gap from the start on")


def _about_capacity(assessment: Assessment, facts: RunFacts) -> Iterator[Suggestion]:
    is_early = facts.share_before_best <= EARLY_SHARE
    turn = _turn(facts)
    if is_early and assessment.severity is not Severity.MILD:
        weight = 2.2 if assessment.severity is Severity.SEVERE else 1.9
        reason = f"{turn}: too much capacity for this much data"
        yield Suggestion(weight, _SMALLER.get(facts.framework, _SMALLER[""]), reason, _LATER_TURN, "model size")
        reason = f"{turn}: it memorises faster than it generalises"
        yield Suggestion(
            weight - 0.4, "Add dropout", reason, "train that learns more slowly, and a later turn", "dropout"
        )
        return
    gentle = 1.9 if assessment.severity is Severity.MILD else 1.6
    reason = f"{turn}: it had learned before, so a little regularisation moves the turn further on"
    yield Suggestion(gentle, "Add weight decay", reason, "train and validation closer together", "weight decay")


_SMALLER = {
    "": "Make the model smaller: fewer layers or units",
    "huggingface": "Train fewer weights: freeze the lower layers, or use LoRA",
    "ultralytics": "Use the next smaller model, or freeze the backbone",
    "fastai": "Use a smaller model, or train only its head for longer",
}
"""What less capacity means in a framework."""


def _turn(facts: RunFacts) -> str:
    """Return when validation turned, and how steeply, as a clause."""
    best, now = facts.best, facts.now
    if not best or not now:
        return "validation turned"
    when = f"it turned at {_position(best)}, after {percent(facts.share_before_best)} of the run"
    count = now.index - best.index
    if not math.isfinite(facts.rise) or not facts.rise or not count:
        return when
    return f"{when}, and {facts.worsened} by {percent(facts.rise)} in {plural(count, 'evaluation')}"


def _position(evaluation: Evaluation) -> str:
    epoch = evaluation.epoch
    return evaluation.label if epoch is None else f"{evaluation.label} (epoch {epoch:.3g})"


def _about_schedule(facts: RunFacts) -> Iterator[Suggestion]:
    rate, best = facts.learning_rate, facts.best
    if rate is None or best is None or not rate.highest:
        yield Suggestion(
            1.3, "Lower the learning rate towards the end", "smaller steps stay near the best longer",
            "a flatter curve about the best", "learning rate",
        )  # fmt: skip
        return
    if rate.is_constant:
        reason = f"it is still {number(rate.now)}, as at {best.label}: constant steps leave the best behind"
        yield Suggestion(2.1, "Let the learning rate decay", reason, "a better best, and a slower turn", "schedule")
    elif rate.share_at_best >= _HIGH_RATE:
        yield _shorter_schedule(facts, best)


def _shorter_schedule(facts: RunFacts, best: Evaluation) -> Suggestion:
    """Return the suggestion to end the schedule about where validation was best."""
    rate = facts.learning_rate
    assert rate is not None
    reason = (
        f"at {_position(best)}, where validation was best, the learning rate was still {number(rate.at_best)} "
        f"of at most {number(rate.highest)}: its decay came too late"
    )
    where = f"epoch {facts.epochs_to_best}" if facts.epochs_to_best else best.label
    action = f"Plan a shorter training, whose schedule ends about {where}"
    return Suggestion(2.3, action, reason, "a learning rate that decays where validation is best", "shorter schedule")


def _about_evaluation(facts: RunFacts) -> Iterator[Suggestion]:
    best = facts.best
    if not best:
        return
    if best.index == 0 and facts.evaluations >= _MIN_EVALUATIONS:
        reason = f"the first evaluation ({best.label}) was the best: the turn may have come before it"
        yield Suggestion(2.7, "Evaluate more often", reason, "a better checkpoint before it", "evaluate more often")
    noise = facts.noise / best.loss if best.loss > 0 else 0.0
    if noise >= _LARGE_NOISE:
        reason = (
            f"one evaluation scatters by {number(facts.noise)}, {percent(noise)} of the best: "
            f"which checkpoint is best is partly luck"
        )
        yield Suggestion(1.5 + min(noise, 0.5), "Evaluate on more data", reason, "a smoother validation curve")
