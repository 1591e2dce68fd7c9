"""Suggestions where validation loss rises although the score does not get worse."""

from __future__ import annotations

from collections.abc import Iterator

from lossmon.advice.facts import RunFacts, number
from lossmon.advice.suggestion import Suggestion
from lossmon.core.score import Score

_CLASSIFICATION = frozenset({
    "acc", "accuracies", "accuracy", "auc", "auroc", "err", "error", "f1", "kappa", "mcc", "merror", "precision",
    "recall", "top1", "top5",
})  # fmt: skip
"""Scores of classifiers, whose loss is that of probabilities."""


def against_overconfidence(facts: RunFacts, score: Score) -> list[Suggestion]:
    """Return which checkpoint to keep for what, then how to make the probabilities honest."""
    return [_keep_by_score(facts, score), *_for_next(facts, score)]


def _keep_by_score(facts: RunFacts, score: Score) -> Suggestion:
    best_label, best = facts.score_labels[0], facts.best
    unit = "trees up to" if facts.is_boosting else "checkpoint of"
    if best is None:
        return Suggestion(9, f"Choose by {score.name}", f"{score.name} is best at {best_label}", "", "keep by score")
    other = "those up to" if facts.is_boosting else "that of"
    action = f"Keep the {unit} {best_label} for {score.name}, {other} {best.label} for probabilities"
    reason = f"{score.name} is best there, {number(score.best_value)}; the loss was best before, {number(best.loss)}"
    keeps: tuple[int, ...] = (score.best, best.index)
    if score.best <= best.index:
        action, keeps = f"Keep the {unit} {best_label}", (score.best,)
        reason = f"{score.name} was {number(score.best_value)} there, and has not become better with the loss rising"
    keeps = () if facts.is_boosting else keeps
    return Suggestion(9, action, reason, f"{score.name} of {number(score.best_value)}", "keep by score", keeps=keeps)


def _for_next(facts: RunFacts, score: Score) -> Iterator[Suggestion]:
    if facts.best is None or facts.now is None:
        return
    loss = f"validation loss went from {number(facts.best.loss)} to {number(facts.now.loss)}"
    newest = f"{score.name} is {number(score.last_value)}"
    is_classifier = not _CLASSIFICATION.isdisjoint(score.name.split())
    if not is_classifier:
        reason = f"{loss} while {newest}: for this score the loss is no measure of what is wanted"
        yield Suggestion(2.0, f"Stop early by {score.name}, not by loss", reason, "training goes on while it pays")
        return
    if not facts.is_boosting:
        reason = f"{loss} while {newest}: the model does not err more often, it is surer of its errors"
        expected = f"a loss that rises later and less, at about the same {score.name}"
        yield Suggestion(2.1, "Smooth the labels", reason, expected, "label smoothing")
    reason = f"{loss}: its probabilities are too extreme, though {newest}"
    expected = f"a loss near {number(facts.best.loss)} or lower; the order of the answers stays the same"
    yield Suggestion(2.0, "Calibrate with one temperature, fitted on validation", reason, expected, "calibration")
