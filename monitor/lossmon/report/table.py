"""The verdicts of all runs as a table for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from lossmon.core.snapshot import RunSnapshot, Snapshot
from lossmon.core.text import plural
from lossmon.core.verdict import Verdict
from lossmon.report.style import Style
from lossmon.runs.run import evaluation_label

_HEAD = ("", "run", "verdict", "since", "severity", "sure", "best", "now", "gap")


def table(snapshot: Snapshot, style: Style) -> Iterable[str]:
    """Return the lines: a row a run, then evidence and advice for each that needs attention, then a summary."""
    rows = [(view, _row(view, style)) for view in snapshot.runs]
    widths = [max(len(row[column]) for row in [_HEAD, *(row for _, row in rows)]) for column in range(len(_HEAD))]
    if rows:
        yield style.dim(_line(_HEAD, widths))
    for view, row in rows:
        yield style.paint(_line(row, widths), view.assessment.verdict)
    for view in snapshot.runs:
        yield from _explanation(view, style)
    yield from ("", style.encodable(summary(snapshot)))


def summary(snapshot: Snapshot) -> str:
    """Return one line that counts runs by verdict."""
    counts = Counter(view.assessment.verdict for view in snapshot.runs)
    parts = [f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict]]
    skipped = [f"{plural(len(snapshot.skipped), 'file')} not read"] if snapshot.skipped else []
    return " · ".join([plural(len(snapshot.runs), "run"), *parts, *skipped])


def since(view: RunSnapshot) -> str:
    """Return the onset as a person calls it: ``epoch 10``; empty where there is none."""
    onset, history = view.assessment.onset, view.history
    return evaluation_label(history, onset) if history and onset is not None else ""


def _row(view: RunSnapshot, style: Style) -> tuple[str, ...]:
    judged = view.assessment
    last = view.val or view.train
    cells = (
        style.glyph(judged.verdict),
        view.name.text,
        judged.verdict.value,
        since(view),
        judged.severity.value if judged.severity else "",
        f"{judged.confidence:.0%}" if judged.verdict is not Verdict.WARMING_UP else "",
        _loss(judged.best_value),
        _loss(float(last.value[-1]) if last is not None else None),
        _loss(judged.gap),
    )
    return tuple(style.encodable(cell) for cell in cells)


def _loss(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _explanation(view: RunSnapshot, style: Style) -> Iterable[str]:
    if view.assessment.verdict.needs_action:
        yield from (
            "",
            style.paint(style.encodable(f"{view.name}: {view.assessment.verdict.value}"), view.assessment.verdict),
        )
        for sentence in view.evidence:
            yield style.encodable(f"  {sentence}")
        for advice in view.advice:
            yield style.encodable(f"  {'→' if style.unicode else '>'} {advice.do}, because {advice.because}")
    for trouble in view.trouble:
        yield style.encodable(f"{view.name}: {trouble}")
