"""The page with all metrics of the shown run, as a grid of small charts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.core.text import plural
from lossmon.tui.box import Box
from lossmon.tui.charts.small_charts import small_chart
from lossmon.tui.panes.curves import chart_options, metric_series
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, pad

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
    curves = state.metrics
    inner_width, inner_height = box.inner(width, height)
    if run is None or not curves:
        return box.around(_title(state), (((" no metric matches", "muted"),),), width, height)
    grid = ChartGrid.within(inner_width, inner_height, len(curves))
    selected = min(state.view.metric_index, len(curves) - 1)
    body: list[Line] = []
    first = grid.first_row(selected)
    for row in range(first, first + grid.rows):
        first_index = row * grid.columns
        shown = curves[first_index : first_index + grid.columns]
        body += _grid_row(state, run, shown, selected - first_index, grid)
    return box.around(_title(state), tuple(body), width, height)


def _grid_row(state: State, run: RunSnapshot, curves: tuple[Curve, ...], selected: int, grid: ChartGrid) -> Lines:
    charts = [_chart_lines(state, run, curve, number == selected, grid) for number, curve in enumerate(curves)]
    lines: list[Line] = []
    for y in range(grid.height):
        parts = [pad(chart[y] if y < len(chart) else (), grid.width) for chart in charts]
        lines.append(tuple(span for part in parts for span in part))
    return tuple(lines)


def _chart_lines(state: State, run: RunSnapshot, curve: Curve, is_selected: bool, grid: ChartGrid) -> Lines:
    options = chart_options(run, state.view, with_marks=False)
    series = metric_series(curve, run, state.view)
    width, height = grid.width - _ARROW_WIDTH - _SPACING, max(1, grid.height - _SPACING)
    lines = small_chart(curve.tag.text, series, width, height, options)
    arrow: Line = ((f"{'▸' if is_selected else ' '} ", "selected"),)
    return tuple((*(arrow if number == 0 else ((" " * _ARROW_WIDTH, ""),)), *line) for number, line in enumerate(lines))


def _title(state: State) -> Line:
    run = state.shown_run
    if run is None:
        return (("metrics", "title"),)
    title: Line = (
        (state.short_name(run), "title"),
        (f" · {len(state.metrics)} of {plural(len(run.metrics), 'metric')}", "muted"),
    )
    return (*title, (f" · /{state.view.metric_filter}", "warn")) if state.view.metric_filter else title
