"""The machine-readable document: keys never vanish, and every number is valid JSON."""

from __future__ import annotations

import json
import math
from typing import TypeAlias

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot, Snapshot

SCHEMA = "lossmon/1"

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


def document(snapshot: Snapshot) -> Json:
    """Return everything known at one moment."""
    return {
        "schema": SCHEMA,
        "runs": [run(view) for view in snapshot.runs],
        "skipped": [{"path": one.path.whole, "reason": one.reason} for one in snapshot.skipped],
    }


def dumps(value: Json, *, indent: int | None = None) -> str:
    """Return *value* as text that any JSON parser reads, whatever the terminal's encoding."""
    return json.dumps(value, indent=indent, allow_nan=False)


def run(view: RunSnapshot) -> Json:
    """Return what is known of one run."""
    judged, history = view.assessment, view.history
    return {
        "run": view.name.whole,
        "path": view.path.whole,
        "format": view.format,
        "x": view.axis,
        "train": _curve(view.train),
        "val": _curve(view.val),
        "evaluations": len(history.x) if history else 0,
        "verdict": judged.verdict.value,
        "severity": judged.severity.value if judged.severity else None,
        "confidence": round(judged.confidence, 3),
        "onset": _at(history, judged.onset),
        "detected": _at(history, judged.detected),
        "best": _best(history, judged.best),
        "timeline": [{"index": change.index, "verdict": change.verdict.value} for change in view.timeline],
        "gap": {"last": number(judged.gap), "slope": number(judged.gap_slope)},
        "flags": list(judged.flags),
        "evidence": list(view.evidence),
        "advice": [{"do": one.do, "because": one.because} for one in view.advice],
        "status": view.status.value,
        "trouble": list(view.trouble),
    }


def number(value: float | None) -> Json:
    """Return *value* as a JSON number, whole numbers without a fraction, what is not finite by its name."""
    if value is None:
        return None
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value == int(value) and abs(value) < 2**53 else value


def _curve(curve: Curve | None) -> Json:
    if curve is None or not len(curve.value):
        return None
    return {"tag": curve.tag.text, "points": curve.logged, "last": _loss(curve.value, -1)}


def _loss(values: Floats, index: int) -> Json:
    value = number(float(values[index]))
    return float(value) if isinstance(value, int) else value


def _at(history: EvaluationHistory | None, index: int | None) -> Json:
    if history is None or index is None:
        return None
    return {"index": index, "x": number(float(history.x[index]))}


def _best(history: EvaluationHistory | None, index: int | None) -> Json:
    if history is None or index is None:
        return None
    judged = history.val if history.val is not None else history.train
    assert judged is not None
    return {"index": index, "x": number(float(history.x[index])), "val": _loss(judged, index)}
