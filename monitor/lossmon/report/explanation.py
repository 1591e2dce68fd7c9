"""The explanations of ``lossmon explain``, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable

from lossmon.core.snapshot import RunSnapshot, Snapshot
from lossmon.presentation.explanation import Explanation, Section, explain, fitting_rows, sections
from lossmon.report.json_report import SCHEMA, JsonValue, json_number, run_report
from lossmon.report.style import Style
from lossmon.report.wrapping import MIN_WIDTH, wrapped

_INDENT = "    "


def format_explanations(snapshot: Snapshot, style: Style, width: int | None = None) -> Iterable[str]:
    """Yield the lines of the explanation of each run; sentences are wrapped to *width* cells unless it is None."""
    for number, run in enumerate(snapshot.runs):
        if number:
            yield ""
        yield style.paint(style.encodable(run.name.text), run.assessment.verdict)
        for section in sections(run):
            yield from _format_section(section, style, width)
        for error in run.warnings:
            yield style.encodable(f"  {error}")


def _format_section(section: Section, style: Style, width: int | None) -> Iterable[str]:
    yield style.dim(style.encodable(f"  {section.title}"))
    available = None if width is None else max(MIN_WIDTH, width) - len(_INDENT)
    for sentence in (*fitting_rows(section.rows, available), *section.sentences):
        for line in wrapped(_INDENT + sentence, width, f"{_INDENT}  ", break_on_hyphens=True):
            yield style.encodable(line)


def explanation_report(snapshot: Snapshot) -> JsonValue:
    """Return the report of ``check --json`` with an ``explanation`` for each run."""
    runs: list[JsonValue] = []
    for run in snapshot.runs:
        report = run_report(run)
        assert isinstance(report, dict)
        runs.append({**report, "explanation": _explanation(run, explain(run))})
    return {"schema": SCHEMA, "runs": runs}


def _explanation(run: RunSnapshot, explanation: Explanation) -> JsonValue:
    return {
        "headline": explanation.headline,
        "probability": round(run.assessment.probability, 3),
        "reasons": list(run.assessment.reasons),
        "points": [
            {
                "names": list(point.names),
                "index": point.index,
                "x": json_number(float(run.history.x[point.index])) if run.history else None,
                "train": json_number(point.train),
                "train_points": point.train_points,
                "val": json_number(point.val),
                "score": json_number(point.score),
            }
            for point in explanation.points
        ],
        "terms": [
            {
                "name": term.name,
                "meaning": term.meaning,
                "value": json_number(term.value),
                "log_odds": json_number(round(term.log_odds, 4)),
            }
            for term in explanation.terms
        ],
        "changes": [
            {
                "evaluations": change.evaluations,
                "bound": json_number(change.bound),
                "side": "better" if change.must_be_better else "worse",
                "verdict": change.verdict.value,
                "text": sentence,
            }
            for change, sentence in zip(explanation.changes, explanation.changes_in_words, strict=True)
        ],
    }
