"""Every scalar of the shown run, as a grid of small charts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.tui.box import Box
from lossmon.tui.charts.small_charts import small_chart
from lossmon.tui.panes.curves import chart_options, metric_series
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, pad

_LEAST_WIDTH, _LEAST_HEIGHT, _MOST_HEIGHT = 26, 6, 14
_BLANK = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """How many small charts fit: columns by rows, each of one size."""

    columns: int
    rows: int
    width: int
    height: int

    @classmethod
    def within(cls, width: int, height: int, count: int) -> Grid:
        """Return the grid for *count* charts in a room of *width* by *height* cells; few charts are drawn larger."""
        columns = max(1, min(width // _LEAST_WIDTH, count))
        rows = max(1, min(height // _LEAST_HEIGHT, math.ceil(count / columns)))
        return cls(columns, rows, max(1, width // columns), max(1, min(height // rows, _MOST_HEIGHT)))

    def first_row(self, chosen: int) -> int:
        """Return the row of the grid at the top so that the chart of number *chosen* is seen."""
        return max(0, chosen // self.columns - self.rows + 1)


def metrics_page(state: State, width: int, height: int, box: Box) -> Lines:
    """Return the page of small charts that holds the chosen one."""
    view = state.current
    curves = state.metrics
    inner_width, inner_height = box.inner(width, height)
    if view is None or not curves:
        return box.around(_title(state), (((" no scalar matches", "muted"),),), width, height)
    grid = Grid.within(inner_width, inner_height, len(curves))
    chosen = min(state.choices.metric_index, len(curves) - 1)
    body: list[Line] = []
    first = grid.first_row(chosen)
    for row in range(first, first + grid.rows):
        at = row * grid.columns
        shown = curves[at : at + grid.columns]
        body += _row(state, view, shown, chosen - at, grid)
    return box.around(_title(state), tuple(body), width, height)


def _row(state: State, view: RunSnapshot, curves: tuple[Curve, ...], chosen: int, grid: Grid) -> Lines:
    cells = [_cell(state, view, curve, number == chosen, grid) for number, curve in enumerate(curves)]
    lines: list[Line] = []
    for y in range(grid.height):
        parts = [pad(cell[y] if y < len(cell) else (), grid.width) for cell in cells]
        lines.append(tuple(span for part in parts for span in part))
    return tuple(lines)


def _cell(state: State, view: RunSnapshot, curve: Curve, chosen: bool, grid: Grid) -> Lines:
    options = chart_options(view, state.choices, judged=False)
    series = metric_series(curve, view, state.choices)
    drawn = small_chart(curve.tag.text, series, grid.width - 2 - _BLANK, max(1, grid.height - _BLANK), options)
    arrow = "▸" if chosen else " "
    lead: Line = ((f"{arrow} ", "selected"),)
    return tuple((*(lead if number == 0 else (("  ", ""),)), *line) for number, line in enumerate(drawn))


def _title(state: State) -> Line:
    view = state.current
    if view is None:
        return (("metrics", "title"),)
    title: Line = ((state.label(view), "title"), (f" · {len(state.metrics)} of {len(view.metrics)} scalars", "muted"))
    return (*title, (f" · /{state.choices.metric_filter}", "warn")) if state.choices.metric_filter else title
