"""The checkpoints of runs, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable

from lossmon.core.checkpoint import Checkpoint
from lossmon.core.snapshot import RunSnapshot, Snapshot
from lossmon.core.text import plural
from lossmon.presentation import checkpoints, run_text
from lossmon.presentation.numbers import format_bytes
from lossmon.report.columns import Table, cut_names
from lossmon.report.json_report import SCHEMA, JsonValue, checkpoints_report
from lossmon.report.style import Style
from lossmon.report.wrapping import wrapped
from lossmon.runs.checkpoint_review import review_checkpoints

_INDENT = "    "
_MAX_ROWS = 40
"""Checkpoints of one run that are listed."""


def format_checkpoints(snapshot: Snapshot, style: Style, width: int | None = None) -> Iterable[str]:
    """Yield the lines: for each run what is to be said, the worst first, and its checkpoints; then a summary."""
    found = sorted((run for run in snapshot.runs if run.checkpoints), key=checkpoints.urgency)
    could_go: list[Checkpoint] = []
    for run in found:
        yield from _format_run(run, style, width)
        yield ""
        could_go += review_checkpoints(run).could_go
    without = len(snapshot.runs) - len(found)
    if without:
        yield style.dim(f"no checkpoints of {plural(without, 'run')} found below the paths that were given")
    if len(found) > 1 and could_go:
        size = format_bytes(sum(one.size for one in could_go))
        yield f"could go in all: {plural(len(could_go), 'checkpoint')} of {size}"


def _format_run(run: RunSnapshot, style: Style, width: int | None) -> Iterable[str]:
    there = [one for one in run.checkpoints if not one.is_gone]
    size = format_bytes(sum(one.size for one in there))
    title = f"{run.name.text}: {run_text.verdict_text(run)}, {plural(len(there), 'checkpoint')} of {size}"
    yield style.paint(style.encodable(title), run.assessment.verdict)
    for finding in checkpoints.findings(run):
        for line in wrapped(f"  {finding.text}", width, _INDENT):
            yield style.encodable(line)
    rows = [*checkpoints.rows(run)]
    table = Table(checkpoints.COLUMNS, tuple(rows[:_MAX_ROWS]))
    head, *lines = (table if width is None else _fitted(table, width - len(_INDENT))).lines()
    yield style.dim(f"{_INDENT}{head}")
    for line in lines:
        yield style.encodable(f"{_INDENT}{line}")
    if len(rows) > _MAX_ROWS:
        yield style.dim(f"{_INDENT}{plural(len(rows) - _MAX_ROWS, 'more checkpoint')}; --json lists all")


def _fitted(table: Table, width: int) -> Table:
    """Return *table* in at most *width* cells: columns that matter less are left out, then names are shortened."""
    for column in ("known by", "size"):
        if table.width > width:
            table = table.without(column)
    return cut_names(table, "checkpoint", width)


def checkpoint_snapshot_report(snapshot: Snapshot) -> JsonValue:
    """Return the report on the checkpoints of all runs, in the order of the text."""
    ordered = sorted(snapshot.runs, key=checkpoints.urgency)
    return {
        "schema": SCHEMA,
        "runs": [
            {
                "run": run.name.full_text,
                "path": run.path.full_text,
                "verdict": run.assessment.verdict.value,
                "checkpoints": checkpoints_report(run),
            }
            for run in ordered
        ],
    }
