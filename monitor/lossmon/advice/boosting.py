"""Suggestions against overfitting of boosted trees: rounds, depth, leaves and sampling."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lossmon.advice.facts import RunFacts, number, percent
from lossmon.advice.overfitting import EARLY_SHARE, LEARNED_BY_HEART, compare_data
from lossmon.advice.suggestion import Suggestion
from lossmon.core.assessment import Assessment
from lossmon.core.verdict import Severity

_FEW_ROUNDS = 50
"""Rounds before the best one that are few: each tree takes too large a step."""


def against_overfitting_of_trees(assessment: Assessment, facts: RunFacts) -> list[Suggestion]:
    """Return first which rounds to keep, then what may help the next training."""
    return [_keep_rounds(facts), *_for_next(assessment, facts)]


def _keep_rounds(facts: RunFacts) -> Suggestion:
    best, now = facts.best, facts.now
    if not best or not now:
        return Suggestion(
            9, "Keep the best round", f"{facts.metric} only {facts.worsened} since", technique="early stopping"
        )
    worse = f", {percent(facts.rise)} {facts.is_worse}" if math.isfinite(facts.rise) else ""
    then = f"it is {number(now.loss)} at {now.label}{worse}"
    reason = f"{facts.metric} was {facts.was_best} there, {number(best.loss)}; {then}"
    expected = f"a {facts.metric} of {number(best.loss)}, and a smaller model"
    return Suggestion(9, f"Use only the trees up to {best.label}", reason, expected, "early stopping")


def _for_next(assessment: Assessment, facts: RunFacts) -> Iterator[Suggestion]:
    if "gap-from-start" in assessment.flags:
        yield compare_data(facts)
    best = facts.best
    if best and best.index < _FEW_ROUNDS:
        reason = f"the best round is {best.label}: each tree takes too large a step"
        yield Suggestion(2.0, "Take smaller steps and more rounds", reason, "a better best, later", "learning rate")
    left = facts.train_left
    if left <= LEARNED_BY_HEART and facts.now and facts.now.train is not None:
        reason = f"train loss is down to {facts.now.train_text}, {percent(left)} of its start: trees fit single rows"
        yield Suggestion(
            2.1, "Ask for more rows in each leaf", reason, "a higher train loss, a later turn", "leaf size"
        )
    weight = 1.9 if assessment.severity is not Severity.MILD else 1.4
    if facts.share_before_best <= EARLY_SHARE:
        reason = f"it turned after {percent(facts.share_before_best)} of the rounds: the trees are too large"
        yield Suggestion(weight + 0.3, "Grow smaller trees", reason, "a later turn", "model size")
    else:
        reason = f"it turned after {percent(facts.share_before_best)} of the rounds: a little regularisation is enough"
        yield Suggestion(1.6, "Regularise the leaves", reason, "a later turn", "weight decay")
    reason = "trees that see different rows and columns make different errors"
    yield Suggestion(1.5, "Sample rows and columns", reason, "a slower fall of train, a better best", "sampling")
