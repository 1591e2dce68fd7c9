"""The comparison of runs: their losses on one pair of axes, and a table in the colours of the curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from lossmon.core.hyperparameters import Hyperparameters
from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import cell_width, plural, truncate
from lossmon.presentation import run_text
from lossmon.presentation.differences import differing_settings, setting_heads
from lossmon.presentation.numbers import format_value
from lossmon.presentation.run_groups import RunGroup
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
_MAX_SETTING_WIDTH = 16
"""Cells of the longest setting that is shown whole."""
_SETTING_SPACE = 2
_MIN_SETTINGS = 3
"""Settings that differ are shown rather than the last loss and the gap, up to so many."""


def draw_comparison_chart(state: State, width: int, height: int, box: Box) -> DrawnChart:
    """Return the curves of the compared runs on one pair of axes."""
    runs = state.compared_runs
    settings = replace(state.view, x_axis=compared_axis(runs, state.view.x_axis))
    series = compared_series(state, settings)
    title: Line = ((f"compare · {plural(len(runs), 'row' if state.groups else 'run')}", "title"),)
    if not any(len(one.x) for one in series):
        return DrawnChart(box.around(title, (((" no loss to compare", "muted"),),), width, height))
    inner_width, rows = box.inner(width, height)
    chart = loss_chart(series, inner_width, rows, chart_options(runs[0], settings, with_marks=False))
    mixed_units = () if shared_axes(runs) else (f"{'s and '.join(sorted({run.unit for run in runs}))}s on one axis",)
    title += tuple((f" · {note}", "warn") for note in (*mixed_units, *chart.notes))
    left_out = _TableColumns.of(state, inner_width).left_out
    title += ((f" · {plural(left_out, 'more setting')} differ{'s' * (left_out == 1)}", "muted"),) if left_out else ()
    if chart.readout:
        title = (("compare  ", "title"), *chart.readout)
    lines = box.around(title, chart.lines, width, height)
    return DrawnChart(lines, tuple(series), chart.frame, is_logarithmic(chart), plain(chart.readout))


def compare_table(state: State, width: int, height: int, box: Box) -> Lines:
    """Return a row for each compared run; a narrow table leaves out numbers before it shortens names.

    Settings in which the runs differ are columns, as many as there is room for.
    """
    inner_width, rows = box.inner(width, height)
    columns = _TableColumns.of(state, inner_width)
    body = tuple(fit(_row(state, run, number, columns), inner_width) for number, run in enumerate(state.compared_runs))
    title = _heads(columns, box)
    return box.around(title, ScrollableText(title, body).visible(0, rows), width, height)


class _SettingColumn(NamedTuple):
    """A setting in which the runs differ: its name, what is written above it, and its cells with the space before."""

    name: str
    head: str
    width: int


class _TableColumns(NamedTuple):
    """The widths of name and verdict in cells, how many columns of numbers follow, and the settings behind these."""

    name: int
    verdict: int
    numbers: int
    settings: tuple[_SettingColumn, ...] = ()
    left_out: int = 0
    """Settings that differ, too, but for which there is no room."""

    @classmethod
    def of(cls, state: State, width: int) -> _TableColumns:
        """Return the widths of the columns for the compared runs in rows of *width* cells."""
        longest = max([len("run"), *(cell_width(state.row_name(run)) for run in state.compared_runs)])
        verdict = max((cell_width(_verdict_text(run)) for run in state.compared_runs), default=0)
        left = width - len(_PREFIX) - 1 - verdict - _CORNER
        needed = min(longest, _MIN_NAME_WIDTH)
        settings = _setting_columns(tuple(_settings_of(state, run) for run in state.compared_runs))
        ends = [*accumulate(column.width for column in settings)]

        def shown_beside(numbers: int) -> int:
            """Return how many settings there is room for beside so many numbers."""
            return sum(end <= left - needed - numbers * _NUMBER_WIDTH for end in ends)

        counts = [count for count in range(len(_NUMBER_HEADS), -1, -1) if left - count * _NUMBER_WIDTH >= needed]
        wanted = min(_MIN_SETTINGS, len(settings))
        numbers = next((count for count in counts if count and shown_beside(count) >= wanted), min(counts, default=0))
        numbers = max(numbers, min(1, max(counts, default=0)))
        shown = shown_beside(numbers)
        taken = numbers * _NUMBER_WIDTH + (ends[shown - 1] if shown else 0)
        name = max(0, min(longest, left + _CORNER - taken))
        return cls(name, verdict, numbers, settings[:shown], len(settings) - shown)


def _settings_of(state: State, run: RunSnapshot) -> Hyperparameters:
    """Return the settings of a run, or those that all runs of its group share."""
    group = state.groups.get(run.name)
    return tuple(group.settings.items()) if group else run.hyperparameters


@lru_cache(maxsize=4)
def _setting_columns(settings: Sequence[Hyperparameters]) -> tuple[_SettingColumn, ...]:
    """Return a column for each setting that differs; *settings* are those of each run."""
    known = [dict(each) for each in settings]
    names = differing_settings(known)
    heads = {name: truncate(head, _MAX_SETTING_WIDTH) for name, head in setting_heads(names).items()}
    return tuple(_SettingColumn(name, heads[name], _setting_width(name, heads[name], known)) for name in names)


def _setting_width(name: str, head: str, settings: Sequence[Mapping[str, str]]) -> int:
    longest = max(cell_width(text) for text in (head, *(each.get(name, "") for each in settings)))
    return min(longest, _MAX_SETTING_WIDTH) + _SETTING_SPACE


def _row(state: State, run: RunSnapshot, number: int, columns: _TableColumns) -> Line:
    settings, group = dict(_settings_of(state, run)), state.groups.get(run.name)
    return (
        (_PREFIX, overlay_role(number)),
        *pad(((state.row_name(run, columns.name), ""),), columns.name),
        (" ", ""),
        *pad(((_verdict_text(run), run_text.colour_role(run)),), columns.verdict),
        (_group_numbers(group, columns.numbers) if group else _numbers(run, columns.numbers), ""),
        *((_aligned(settings.get(column.name, "?"), column.width), "") for column in columns.settings),
    )


def _aligned(text: str, width: int) -> str:
    """Return *text* at the right end of *width* cells, with at least a blank before it."""
    shown = truncate(text, width - _SETTING_SPACE)
    return " " * (width - cell_width(shown)) + shown


def _verdict_text(run: RunSnapshot) -> str:
    return f"{run_text.verdict_text(run)} {run_text.onset_mark(run)}".rstrip()


def _heads(columns: _TableColumns, box: Box) -> Line:
    """Return the heads of the columns, joined by the rule on which they are written."""
    # The title begins one cell to the right of the lines below it, two cells if the box has no sides.
    prefix = "─" * (len(_PREFIX) - (2 if box.sides else 3))
    line: Line = ((prefix, "border"), (" run", "muted"), (_rule(columns.name - 3), "border"), (" verdict", "muted"))
    left = columns.verdict - len("verdict")
    numbers = [(head, _NUMBER_WIDTH) for head in _NUMBER_HEADS[: columns.numbers]]
    for head, width in [*numbers, *((column.head, column.width) for column in columns.settings)]:
        line += ((_rule(left + width - cell_width(head) - 1), "border"), (f" {head}", "muted"))
        left = 0
    return line


def _rule(width: int) -> str:
    """Return a blank and a rule, together *width* cells."""
    return f" {'─' * (width - 1)}" if width > 0 else ""


def _numbers(run: RunSnapshot, count: int) -> str:
    """Return the first *count* columns of numbers of a run."""
    return "".join(f"{text:>{_NUMBER_WIDTH}}" for text in _number_texts(run)[:count])


def _group_numbers(group: RunGroup, count: int) -> str:
    """Return the mean of the best losses of a group and, where other runs have the rest, their range."""
    bests, width = group.best_values, max(0, count - 1) * _NUMBER_WIDTH
    mean = format_value(math.fsum(bests) / len(bests)) if bests else ""
    spread = group.spread if len(group.spread) < width else ""
    return f"{mean:>{_NUMBER_WIDTH}}{spread:>{width}}" if count else ""


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
