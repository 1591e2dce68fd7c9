"""The sentence of an alert: what has changed, with the numbers that say how much, and what to keep."""

from __future__ import annotations

from lossmon.core.conditions import MAYBE, STATUS_CONDITIONS
from lossmon.core.snapshot import ProgramOutput, RunSnapshot
from lossmon.core.verdict import Verdict
from lossmon.presentation import checkpoints, remarks
from lossmon.presentation.numbers import format_step, format_value
from lossmon.presentation.run_text import position_text, progress, turning_point, x_of_evaluation
from lossmon.runs.checkpoint_advice import where_saved
from lossmon.runs.checkpoint_review import review_checkpoints

_STATUS_WORDS = {"ended": "has ended", "failed": "has failed", "stalled": "has stalled", "gone": "is gone"}
_PARTICIPLES = (Verdict.DIVERGED.value, Verdict.CONVERGED.value)
"""The verdicts that a run *has* come to; any other is what it *is*."""


def condition_message(condition: str, run: RunSnapshot) -> str:
    """Return the sentence that *condition* holds for *run*.

    For example ``lstm is overfitting since epoch 10 (val 0.41 → 0.83); keep the checkpoint of epoch 10``.
    """
    if condition in STATUS_CONDITIONS:
        return f"{run.name.full_text} {_STATUS_WORDS[condition]}{_status_details(condition, run)}"
    verdict = condition.removeprefix(MAYBE)
    verb = "has" if verdict in _PARTICIPLES else "is"
    if condition.startswith(MAYBE):
        return f"{run.name.full_text} {verb} maybe {verdict}{_verdict_details(run)}"
    return f"{run.name.full_text} {verb} {verdict}{_verdict_details(run)}{_to_keep(run)}"


def program_message(output: ProgramOutput) -> str:
    """Return the sentence that the program whose output is watched has ended."""
    return f"the training has failed: {output.failure}" if output.failure else "the training has ended"


def _verdict_details(run: RunSnapshot) -> str:
    x = x_of_evaluation(run, turning_point(run))
    word = "at" if run.assessment.verdict is Verdict.DIVERGED else "since"
    since = "" if x is None else f" {word} {position_text(run, x)}"
    if change := _change_since_best(run):
        return f"{since} ({change})"
    return f"{since}: {run.evidence[0]}" if run.evidence else since


def _change_since_best(run: RunSnapshot) -> str:
    """Return ``val 0.41 → 0.83`` for a run that overfits; else an empty text."""
    history, best = run.history, run.assessment.best
    if run.assessment.verdict is not Verdict.OVERFITTING or history is None or best is None:
        return ""
    name = "val" if history.val is not None else "train"
    change = f"{name} {format_value(float(history.judged[best]))} → {format_value(float(history.judged[-1]))}"
    return f"{change}; over-confident" if remarks.is_over_confident(run) else change


def _to_keep(run: RunSnapshot) -> str:
    """Return which checkpoint to keep, if the run gets worse: the one that its advice names, and where it is saved."""
    x = x_of_evaluation(run, run.assessment.best)
    if x is None or run.assessment.verdict not in (Verdict.OVERFITTING, Verdict.DIVERGED):
        return ""
    by_score, danger = _to_keep_for_score(run), checkpoints.warning(run)
    if by_score is not None:
        return f"; {by_score}" + (f"; {danger}" if danger else "")
    if danger:
        return f"; {danger}"
    best, review = f"{run.unit} {format_step(x)}", review_checkpoints(run)
    if review.keep is None or review.is_best_saved is None:
        return f"; keep the checkpoint of {best}"
    if review.is_best_saved:
        return f"; keep {review.keep.name}, the checkpoint of {best}"
    return f"; keep {review.keep.name}, the best checkpoint on disk; that of {best} is not there"


def _to_keep_for_score(run: RunSnapshot) -> str | None:
    """Return what to keep where the advice does not go by the loss alone; None where it does."""
    kept = next((advice.keeps for advice in run.advice if advice.keeps), ())
    if run.advice and not kept and remarks.is_over_confident(run):  # boosting has trees instead of checkpoints
        first_advice = run.advice[0]
        action = first_advice.do.removesuffix(f": {first_advice.call}")
        return action[:1].lower() + action[1:]
    first = x_of_evaluation(run, kept[0]) if kept and kept[0] != run.assessment.best else None
    if first is None:
        return None
    file = where_saved(run, kept[0])
    action = f"keep the checkpoint of {run.unit} {format_step(first)}" + (f" ({file})" if file else "")
    other = x_of_evaluation(run, kept[1]) if len(kept) > 1 else None
    if other is None or run.score is None:
        return action
    return f"{action} for {run.score.name}, that of {run.unit} {format_step(other)} for probabilities"


def _status_details(condition: str, run: RunSnapshot) -> str:
    """Return how far the run has come, its verdict and its best loss."""
    at = f" at {progress(run)}" if run.history is not None else ""
    if condition == "failed" and run.warnings:
        at += f": {run.warnings[-1]}"
    if run.history is None or run.assessment.verdict is Verdict.WARMING_UP:
        return at
    x, best = x_of_evaluation(run, run.assessment.best), run.assessment.best_value
    found = "" if x is None or best is None else f", best {format_value(best)} at {position_text(run, x)}"
    return f"{at} ({run.assessment.word}{found})"
