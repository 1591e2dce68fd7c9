"""Chooses the suggestions for a run, and words them for its framework."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from lossmon.advice import causes, others
from lossmon.advice.boosting import against_overfitting_of_trees
from lossmon.advice.calls import call_for
from lossmon.advice.facts import PATIENCE_SHARE, STOPPED_BY_FIVE, STOPPED_BY_PATIENCE, RunFacts
from lossmon.advice.overconfidence import against_overconfidence
from lossmon.advice.overfitting import against_overfitting
from lossmon.advice.suggestion import Suggestion
from lossmon.core.assessment import Advice, Assessment
from lossmon.core.cause import OVER_CONFIDENT, Cause, causes_of
from lossmon.core.verdict import Verdict

MAX_SUGGESTIONS = 3


def advise(assessment: Assessment, facts: RunFacts) -> tuple[Advice, ...]:
    """Return at most ``MAX_SUGGESTIONS`` things to try, the most likely to help first.

    There is nothing for a run that needs no action. A verdict that is only a "maybe" is not acted on, but causes are.

    >>> advise(Assessment(Verdict.UNSTABLE), RunFacts("keras"))[0].do
    'Lower the learning rate threefold: ReduceLROnPlateau(monitor="val_loss", factor=0.3, patience=2)'
    """
    if assessment.verdict is Verdict.WARMING_UP and not assessment.is_weak:
        return ()
    suggestions = islice(_suggestions(assessment, facts), MAX_SUGGESTIONS)
    return tuple(_worded(suggestion, facts) for suggestion in suggestions)


def _suggestions(assessment: Assessment, facts: RunFacts) -> Iterable[Suggestion]:
    """Return the suggestions, the first ones first; a cause why nothing is learned replaces all others."""
    by_cause = [one for cause in causes_of(assessment.flags) for one in causes.against(cause, facts)]
    if assessment.is_weak or any(cause.stops_learning for cause in causes_of(assessment.flags)):
        return by_cause
    if assessment.verdict is Verdict.OVERFITTING and Cause.REINFORCEMENT.value not in assessment.flags:
        return _against_overfitting(assessment, facts)
    if Cause.REINFORCEMENT.value in assessment.flags and assessment.verdict not in _HOLD_FOR_REWARDS:
        return by_cause
    return [*by_cause, *others.against(assessment, facts)]


_HOLD_FOR_REWARDS = (Verdict.DIVERGED, Verdict.UNSTABLE)
"""Verdicts whose advice holds for reinforcement learning too."""


def _against_overfitting(assessment: Assessment, facts: RunFacts) -> list[Suggestion]:
    """Return first what to do with this run, then what to change in the next one, by weight."""
    if any(cause.value in assessment.flags for cause in OVER_CONFIDENT) and facts.score is not None:
        suggestions = against_overconfidence(facts, facts.score)
    elif facts.is_boosting:
        suggestions = against_overfitting_of_trees(assessment, facts)
    else:
        suggestions = against_overfitting(assessment, facts)
    first, *rest = suggestions
    return [first, *sorted(rest, key=lambda one: -one.weight)]


def _worded(suggestion: Suggestion, facts: RunFacts) -> Advice:
    call = call_for(facts, suggestion.technique)
    now, later = (f"{action}: {call}" if call else action for action in (suggestion.action, suggestion.once_ended))
    patience = f"; {_about_patience(facts)}" if call and suggestion.technique == "early stopping" else ""
    advice = Advice(now, suggestion.reason, suggestion.expectation + patience, call=call, keeps=suggestion.keeps)
    if not suggestion.once_ended:
        return advice
    return replace(advice, while_running=now, once_ended=later).worded(is_ended=facts.is_ended)


def _about_patience(facts: RunFacts) -> str:
    """Return what the suggested patience does to runs that need no stop."""
    share = f"{100 * PATIENCE_SHARE:.0f} % of a run"
    return (
        f"a patience of {facts.patience}, {share}, also stops {STOPPED_BY_PATIENCE} % of healthy runs, "
        f"a patience of 5 stops {STOPPED_BY_FIVE} %"
    )
