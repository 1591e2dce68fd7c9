"""The comparison of runs: their losses on one pair of axes, and a table in the colours of the curves."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import cell_width, plural
from lossmon.presentation import run_text
from lossmon.presentation.numbers import format_value
from lossmon.tui.box import Box
from lossmon.tui.charts.chart import loss_chart
from lossmon.tui.panes.curves import chart_options, compared_series, evaluated_loss, overlay_role
from lossmon.tui.panes.loss_chart import DrawnChart, is_logarithmic
from lossmon.tui.panes.text_pages import ScrollableText
from lossmon.tui.panes.x_axis import compared_axis, shared_axes
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, fit, pad, plain

_NUMBER_HEADS = ("best", "last", "gap")
_NUMBER_WIDTH = 9
_PREFIX = " ━━ "
_CORNER = 2
"""Cells of the rule above the table that must be left after the last head."""
_MIN_NAME_WIDTH = 18
"""A column of numbers is left out before a name becomes shorter than this."""


def draw_comparison_chart(state: State, width: int, height: int, box: Box) -> DrawnChart:
    """Return the curves of the compared runs on one pair of axes."""
    runs = state.compared_runs
    settings = replace(state.view, x_axis=compared_axis(runs, state.view.x_axis))
    series = compared_series(state, settings)
    title: Line = ((f"compare · {plural(len(runs), 'run')}", "title"),)
    if not any(len(one.x) for one in series):
        return DrawnChart(box.around(title, (((" no loss to compare", "muted"),),), width, height))
    inner_width, rows = box.inner(width, height)
    chart = loss_chart(series, inner_width, rows, chart_options(runs[0], settings, with_marks=False))
    mixed_units = () if shared_axes(runs) else (f"{'s and '.join(sorted({run.unit for run in runs}))}s on one axis",)
    title += tuple((f" · {note}", "warn") for note in (*mixed_units, *chart.notes))
    if chart.readout:
        title = (("compare  ", "title"), *chart.readout)
    lines = box.around(title, chart.lines, width, height)
    return DrawnChart(lines, tuple(series), chart.frame, is_logarithmic(chart), plain(chart.readout))


def compare_table(state: State, width: int, height: int, box: Box) -> Lines:
    """Return a row for each compared run; a narrow table leaves out numbers before it shortens names."""
    inner_width, rows = box.inner(width, height)
    columns = _TableColumns.of(state, inner_width)
    body = tuple(fit(_row(state, run, number, columns), inner_width) for number, run in enumerate(state.compared_runs))
    title = _heads(columns, box)
    return box.around(title, ScrollableText(title, body).visible(0, rows), width, height)


class _TableColumns(NamedTuple):
    """The widths of name and verdict in cells, and how many columns of numbers follow."""

    name: int
    verdict: int
    numbers: int

    @classmethod
    def of(cls, state: State, width: int) -> _TableColumns:
        """Return the widths of the columns for the compared runs in rows of *width* cells."""
        longest = max((cell_width(state.short_name(run)) for run in state.compared_runs), default=0)
        verdict = max((cell_width(_verdict_text(run)) for run in state.compared_runs), default=0)
        left = width - len(_PREFIX) - 1 - verdict - _CORNER
        needed = min(longest, _MIN_NAME_WIDTH)
        counts = range(len(_NUMBER_HEADS), 0, -1)
        numbers = next((count for count in counts if left - count * _NUMBER_WIDTH >= needed), 0)
        return cls(max(0, min(longest, left + _CORNER - numbers * _NUMBER_WIDTH)), verdict, numbers)


def _row(state: State, run: RunSnapshot, number: int, columns: _TableColumns) -> Line:
    return (
        (_PREFIX, overlay_role(number)),
        *pad(((state.short_name(run, columns.name), ""),), columns.name),
        (" ", ""),
        *pad(((_verdict_text(run), run_text.colour_role(run)),), columns.verdict),
        ("".join(f"{text:>{_NUMBER_WIDTH}}" for text in _number_texts(run)[: columns.numbers]), ""),
    )


def _verdict_text(run: RunSnapshot) -> str:
    return f"{run_text.verdict_text(run)} {run_text.onset_mark(run)}".rstrip()


def _heads(columns: _TableColumns, box: Box) -> Line:
    """Return the heads of the columns, joined by the rule on which they are written."""
    # The title begins one cell to the right of the lines below it, two cells if the box has no sides.
    prefix = "─" * (len(_PREFIX) - (2 if box.sides else 3))
    line: Line = ((prefix, "border"), (" run", "muted"), (_rule(columns.name - 3), "border"), (" verdict", "muted"))
    left = columns.verdict - len("verdict")
    for head in _NUMBER_HEADS[: columns.numbers]:
        line += ((_rule(left + _NUMBER_WIDTH - len(head) - 1), "border"), (f" {head}", "muted"))
        left = 0
    return line


def _rule(width: int) -> str:
    """Return a blank and a rule, together *width* cells."""
    return f" {'─' * (width - 1)}" if width > 0 else ""


def _number_texts(run: RunSnapshot) -> tuple[str, ...]:
    """Return best loss, last loss and gap; an empty text for what is not known."""
    assessment, history = run.assessment, run.history
    losses = None if history is None else evaluated_loss(history)[1]
    last_loss = float(losses[-1]) if losses is not None and len(losses) else None
    best, last, gap = (
        "" if value is None else format_value(value) for value in (assessment.best_value, last_loss, assessment.gap)
    )
    unknown = next((form for form in run_text.gap_texts(run) if len(form) < _NUMBER_WIDTH), "")
    return best, last, gap or unknown
