"""The JSON report of ``check --json``: every key is always there, and every value is valid JSON."""

from __future__ import annotations

import json
import math
from typing import TypeAlias

import numpy as np

from lossmon.core.assessment import Assessment
from lossmon.core.checkpoint import Checkpoint
from lossmon.core.points import Floats
from lossmon.core.score import Score
from lossmon.core.snapshot import Curve, EvaluatedSet, EvaluationHistory, RunSnapshot, Snapshot, VerdictChange
from lossmon.presentation import checkpoints, remarks
from lossmon.runs.checkpoint_review import CheckpointReview, review_checkpoints

SCHEMA = "lossmon/1"
"""Name and version of the format; the version changes when a key is removed or changes its meaning."""
_PROBABILITY_STEP = 0.02
_EXACT_INTEGERS = 2**53
"""A float below this magnitude holds every whole number exactly."""

_MANY = 16
"""From so many numbers on it is faster to look at all of them at once."""

_ENCODER = json.JSONEncoder(allow_nan=False)
"""Made once: a busy ``tail`` prints thousands of lines a second."""

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"


def snapshot_report(snapshot: Snapshot) -> JsonValue:
    """Return the report on all runs."""
    return {
        "schema": SCHEMA,
        "runs": [run_report(run) for run in snapshot.runs],
        "skipped": [{"path": file.path.full_text, "reason": file.reason} for file in snapshot.skipped],
    }


def dumps(value: JsonValue, *, indent: int | None = None) -> str:
    """Return *value* as JSON in ASCII; raises ValueError for NaN and infinities."""
    return _ENCODER.encode(value) if indent is None else json.dumps(value, indent=indent, allow_nan=False)


def run_report(run: RunSnapshot) -> JsonValue:
    """Return the report on one run."""
    assessment, history = run.assessment, run.history
    return {
        "run": run.name.full_text,
        "path": run.path.full_text,
        "format": run.format,
        "x": run.axis,
        "train": _curve(run.train),
        "val": _curve(run.val),
        "vals": _validation_sets(run),
        **_verdict(history, assessment),
        "detected": _evaluation(history, assessment.detected),
        "best": _best(history, assessment.best),
        "timeline": [_change(change) for change in run.timeline],
        "probabilities": _probability_steps(run.probabilities),
        "gap": {"last": json_number(assessment.gap), "slope": json_number(assessment.gap_slope)},
        "flags": list(assessment.flags),
        "note": remarks.remark(run),
        "evidence": list(run.evidence),
        "advice": [{"do": advice.do, "because": advice.because, "expect": advice.expect} for advice in run.advice],
        "score": _score(run.score, history),
        "status": run.status.value,
        "trouble": list(run.warnings),
        "hyperparameters": dict(run.hyperparameters),
        "checkpoints": checkpoints_report(run),
    }


def checkpoints_report(run: RunSnapshot) -> JsonValue:
    """Return the report on what *run* saved; None if nothing was found."""
    if not run.checkpoints:
        return None
    review = review_checkpoints(run)
    return {
        "keep": review.keep.path.full_text if review.keep else None,
        "best_saved": review.is_best_saved,
        "kept_newest": len(review.rotation.kept) if review.rotation else None,
        "deleted_after_saves": review.will_be_deleted,
        "could_go_bytes": sum(one.size for one in review.could_go),
        "findings": [finding.text for finding in checkpoints.findings(run)],
        "files": [_checkpoint(one, run, review) for one in run.checkpoints],
    }


def _checkpoint(checkpoint: Checkpoint, run: RunSnapshot, review: CheckpointReview) -> JsonValue:
    history, index = run.history, checkpoint.evaluation
    return {
        "path": checkpoint.path.full_text,
        "bytes": checkpoint.size,
        "modified": json_number(checkpoint.modified),
        "role": checkpoint.role.value,
        "x": json_number(checkpoint.x),
        "index": index,
        "loss": None if history is None or index is None else _loss_number(history.judged, index),
        "known_by": checkpoint.known_by,
        "weights": checkpoint.has_weights and not checkpoint.is_empty,
        "gone": checkpoint.is_gone,
        "mark": checkpoints.mark(checkpoint, review),
    }


def _change(change: VerdictChange) -> JsonValue:
    return {
        "index": change.index,
        "verdict": change.verdict.value,
        "probability": change.probability,
        "weak": change.is_weak,
    }


def _probability_steps(probabilities: Floats | None) -> JsonValue:
    """Return the history of the probability of overfitting: where it moved by more than 0.02 from the entry before."""
    steps: list[JsonValue] = []
    last = math.inf
    for index, probability in enumerate([] if probabilities is None else probabilities.tolist()):
        if abs(probability - last) > _PROBABILITY_STEP:
            last = probability
            steps.append({"index": index, "probability": round(probability, 3)})
    return steps


def _validation_sets(run: RunSnapshot) -> JsonValue:
    """Return the report on each validation set, the one shown first."""
    shown = EvaluatedSet(run.val, run.history, run.assessment, run.timeline, run.probabilities)
    return [_validation_set(one) for one in (shown, *run.other_sets) if one.val is not None]


def _verdict(history: EvaluationHistory | None, assessment: Assessment) -> dict[str, JsonValue]:
    """Return the keys of the verdict on a run or on one of its validation sets."""
    return {
        "evaluations": len(history.x) if history else 0,
        "verdict": assessment.verdict.value,
        "severity": assessment.severity.value if assessment.severity else None,
        "confidence": round(assessment.confidence, 3),
        "probability": round(assessment.probability, 3),
        "weak": assessment.is_weak,
        "onset": _evaluation(history, assessment.onset),
    }


def _validation_set(one: EvaluatedSet) -> JsonValue:
    assessment, history = one.assessment, one.history
    return {
        **(_curve(one.val) or {}),
        **_verdict(history, assessment),
        "best": _best(history, assessment.best),
    }


def json_number(value: float | None) -> JsonValue:
    """Return *value* as a JSON value: a whole number as an integer, NaN and infinities as strings.

    >>> [json_number(value) for value in (10.0, 0.5, float("nan"), float("-inf"))]
    [10, 0.5, 'NaN', '-Infinity']
    """
    if value is None:
        return None
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value == int(value) and abs(value) < _EXACT_INTEGERS else value


def json_numbers(values: Floats) -> list[JsonValue]:
    """Return ``json_number`` of each of *values*, many of them in less time.

    >>> json_numbers(np.array([10.0, 0.5, np.nan]))
    [10, 0.5, 'NaN']
    """
    if len(values) >= _MANY:
        is_whole = (values == np.floor(values)) & (np.abs(values) < _EXACT_INTEGERS)
        if is_whole.all():
            return [*values.astype(np.int64).tolist()]
        if np.isfinite(values).all() and not is_whole.any():
            return [*values.tolist()]
    return [json_number(value) for value in values.tolist()]


def _curve(curve: Curve | None) -> dict[str, JsonValue] | None:
    if curve is None or not len(curve.value):
        return None
    return {"tag": curve.tag.text, "points": curve.logged_points, "last": _loss_number(curve.value, -1)}


def _loss_number(values: Floats, index: int) -> JsonValue:
    """Return one loss, which unlike an x keeps its fraction when it is whole: ``1.0``."""
    value = json_number(float(values[index]))
    return float(value) if isinstance(value, int) else value


def _evaluation(history: EvaluationHistory | None, index: int | None) -> JsonValue:
    return None if history is None or index is None else _position(history, index)


def _position(history: EvaluationHistory, index: int) -> dict[str, JsonValue]:
    return {"index": index, "x": json_number(float(history.x[index]))}


def _score(score: Score | None, history: EvaluationHistory | None) -> JsonValue:
    """Return the report on the score of the shown validation set."""
    if score is None or history is None:
        return None
    return {
        "tag": score.tag.text,
        "name": score.name,
        "direction": "max" if score.higher_is_better else "min",
        "best": {**_position(history, score.best), "value": _loss_number(score.values, score.best)},
        "last": {**_position(history, score.last), "value": _loss_number(score.values, score.last)},
        "trend": score.trend.value,
    }


def _best(history: EvaluationHistory | None, index: int | None) -> JsonValue:
    if history is None or index is None:
        return None
    return {**_position(history, index), "val": _loss_number(history.judged, index)}
