"""The page with all metrics of the shown run, as a grid of small charts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import plural
from lossmon.presentation.metric_pairs import MetricPair
from lossmon.presentation.numbers import format_value
from lossmon.tui.box import Box
from lossmon.tui.charts.small_charts import small_chart
from lossmon.tui.panes.curves import metric_options, metric_series
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, side_by_side

_MIN_WIDTH, _MIN_HEIGHT, _MAX_HEIGHT = 26, 6, 14
"""Cells and lines of one small chart, with the space around it."""
_ARROW_WIDTH, _SPACING = 2, 1


@dataclass(frozen=True, slots=True)
class ChartGrid:
    """How many small charts fit, as columns x rows, and the size of each in cells."""

    columns: int
    rows: int
    width: int
    height: int

    @classmethod
    def within(cls, width: int, height: int, count: int) -> ChartGrid:
        """Return the grid for *count* charts in *width* x *height* cells; the fewer charts, the larger they are."""
        columns = max(1, min(width // _MIN_WIDTH, count))
        rows = max(1, min(height // _MIN_HEIGHT, math.ceil(count / columns)))
        return cls(columns, rows, max(1, width // columns), max(1, min(height // rows, _MAX_HEIGHT)))

    def first_row(self, selected: int) -> int:
        """Return the first row to show so that chart number *selected* is visible."""
        return max(0, selected // self.columns - self.rows + 1)


def metrics_page(state: State, width: int, height: int, box: Box) -> Lines:
    """Return the small charts around the selected one, framed."""
    run = state.shown_run
    pairs = state.metrics
    inner_width, inner_height = box.inner(width, height)
    if run is None or not pairs:
        return box.around(_title(state), (((" no metric matches", "muted"),),), width, height)
    grid = ChartGrid.within(inner_width, inner_height, len(pairs))
    selected = min(state.view.metric_index, len(pairs) - 1)
    body: list[Line] = []
    first = grid.first_row(selected)
    for row in range(first, first + grid.rows):
        first_index = row * grid.columns
        shown = pairs[first_index : first_index + grid.columns]
        body += _grid_row(state, run, shown, selected - first_index, grid)
    return box.around(_title(state), tuple(body), width, height)


def _grid_row(state: State, run: RunSnapshot, pairs: tuple[MetricPair, ...], selected: int, grid: ChartGrid) -> Lines:
    charts = [_chart_lines(state, run, pair, number == selected, grid) for number, pair in enumerate(pairs)]
    return side_by_side(charts, grid.width, grid.height)


def _chart_lines(state: State, run: RunSnapshot, pair: MetricPair, is_selected: bool, grid: ChartGrid) -> Lines:
    options = metric_options(pair, run, state.view)
    series = metric_series(pair, run, state.view)
    width, height = grid.width - _ARROW_WIDTH - _SPACING, max(1, grid.height - _SPACING)
    lines = small_chart(pair.name, series, width, height, options, note=_note(pair, state))
    arrow: Line = ((f"{'▸' if is_selected else ' '} ", "selected"),)
    return tuple((*(arrow if number == 0 else ((" " * _ARROW_WIDTH, ""),)), *line) for number, line in enumerate(lines))


def _note(pair: MetricPair, state: State) -> str:
    """Return which way a metric improves, and its best value: ``↑ ★0.93``."""
    if pair.best is None:
        return pair.arrow
    curve, index = pair.best
    return f"{pair.arrow} {state.glyphs.best}{format_value(float(curve.value[index]))}"


def _title(state: State) -> Line:
    run = state.shown_run
    if run is None:
        return (("metrics", "title"),)
    title: Line = (
        (state.short_name(run), "title"),
        (f" · {sum(len(pair.curves) for pair in state.metrics)} of {plural(len(run.metrics), 'metric')}", "muted"),
    )
    return (*title, (f" · /{state.view.metric_filter}", "warn")) if state.view.metric_filter else title
