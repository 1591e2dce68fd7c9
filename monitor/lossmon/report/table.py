"""The table of ``lossmon check``: a row for each run, with evidence and advice below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lossmon.core.cause import Cause
from lossmon.core.snapshot import RunSnapshot, Snapshot
from lossmon.core.text import plural
from lossmon.presentation import remarks, run_text
from lossmon.presentation.numbers import format_loss
from lossmon.report.style import Style

_COLUMNS = ("", "run", "verdict", "since", "severity", "confidence", "best", "last", "gap", "note")


def format_table(snapshot: Snapshot, style: Style) -> Iterable[str]:
    """Yield the lines: a row for each run, evidence and advice for each that needs action, then a summary."""
    rows = [(run, _row(run, style)) for run in snapshot.runs]
    widths = [max(len(row[column]) for row in [_COLUMNS, *(row for _, row in rows)]) for column in range(len(_COLUMNS))]
    if rows:
        yield style.dim(_align(_COLUMNS, widths))
    for run, row in rows:
        yield style.paint(_align(row, widths), run.assessment.verdict)
    for run in snapshot.runs:
        yield from _explanation(run, style, is_only=len(snapshot.runs) == 1)
    yield from ("", style.encodable(summary(snapshot)))


def summary(snapshot: Snapshot) -> str:
    """Return one line that counts the runs by verdict."""
    parts = [f"{count} {word}" for count, word, _ in run_text.verdict_counts(snapshot.runs)]
    skipped = [f"{plural(len(snapshot.skipped), 'file')} not read"] if snapshot.skipped else []
    return " · ".join([plural(len(snapshot.runs), "run"), *parts, *skipped])


def _row(run: RunSnapshot, style: Style) -> tuple[str, ...]:
    """Return the cells of a run, one for each of ``_COLUMNS``."""
    assessment = run.assessment
    curve = run.val or run.train
    cells = (
        style.glyph(assessment),
        run.name.text,
        run_text.verdict_text(run),
        _onset(run),
        assessment.severity.value if assessment.severity else "",
        run_text.confidence_text(assessment),
        format_loss(assessment.best_value),
        format_loss(float(curve.value[-1]) if curve is not None else None),
        format_loss(assessment.gap),
        remarks.note(run),
    )
    return tuple(style.encodable(cell) for cell in cells)


def _onset(run: RunSnapshot) -> str:
    """Return the onset as ``epoch 10``; empty where there is none."""
    onset, history = run.assessment.onset, run.history
    return history.label(onset) if history and onset is not None else ""


def _align(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _explanation(run: RunSnapshot, style: Style, *, is_only: bool) -> Iterable[str]:
    """Yield evidence and advice if something needs action, and the errors of the run.

    That validation is missing is explained only for the only run: it may be meant for many.
    """
    assessment, cause = run.assessment, remarks.cause_of(run)
    if assessment.needs_action or (cause and (is_only or cause is not Cause.NO_VALIDATION)):
        title = f"{run.name}: {assessment.word}" + (f", {remarks.remark(run)}" if cause else "")
        yield from ("", style.paint(style.encodable(title), assessment.verdict))
        for sentence in run.evidence:
            yield style.encodable(f"  {sentence}")
        for advice in run.advice:
            yield style.encodable(f"  {'→' if style.unicode else '>'} {run_text.advice_sentence(advice)}")
    for error in run.warnings:
        yield style.encodable(f"{run.name}: {error}")
