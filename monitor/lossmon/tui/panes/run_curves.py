"""The curves of runs below their list: of the selected one, or of as many as there is room for."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import NamedTuple

from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation import run_text
from lossmon.presentation.numbers import format_value
from lossmon.tui.charts.chart import loss_chart
from lossmon.tui.panes.curves import chart_options, evaluated_loss, growing_x_range, loss_series
from lossmon.tui.panes.run_cells import DrawnRuns
from lossmon.tui.settings import ViewSettings
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, Span, side_by_side, spread

_MIN_HEIGHT, _MIN_HEIGHT_OF_GRID = 5, 13
"""Lines from which the selected run has a curve, and from which others have one, too."""
_MIN_TILE_WIDTH, _MIN_TILE_HEIGHT, _MAX_TILE_HEIGHT = 24, 6, 30
"""Cells and lines of a curve in a grid, with its title and the space around it."""
_MAX_TILES = 12
"""Drawing more would be felt when the screen starts."""
_SPACING = 2
"""Cells between two curves side by side, and at the right."""


def curve_tiles(state: State, width: int, height: int, drawn: DrawnRuns) -> Lines:
    """Return *height* lines with the curve of the selected run, or a grid of curves; nothing if there is no room."""
    if height < _MIN_HEIGHT or not state.listed_runs:
        return ()
    grid = _Grid.within(width, height - 1, len(state.listed_runs))
    first = _first_tile(state.shown_index, len(state.listed_runs), grid.columns * grid.rows)
    shown = state.listed_runs[first : first + grid.columns * grid.rows]
    rows = [shown[at : at + grid.columns] for at in range(0, len(shown), grid.columns)]
    return ((), *(line for row in rows for line in _grid_row(state, row, grid, drawn)))


class _Grid(NamedTuple):
    """How many curves are shown, as columns x rows, and the cells and lines of each with the space around it."""

    columns: int
    rows: int
    width: int
    height: int

    @classmethod
    def within(cls, width: int, height: int, count: int) -> _Grid:
        """Return the grid for at most *count* curves, as large as fit."""
        if height < _MIN_HEIGHT_OF_GRID:
            return cls(1, 1, width, height)
        columns = max(1, min(width // _MIN_TILE_WIDTH, _MAX_TILES, count))
        rows = min(height // _MIN_TILE_HEIGHT, _MAX_TILES // columns, ceil(count / columns))
        columns = min(columns, ceil(count / rows))
        return cls(columns, rows, width // columns, min(height // rows, _MAX_TILE_HEIGHT))


def _first_tile(selected: int, total: int, count: int) -> int:
    """Return the first run with a curve: pages of *count* runs, so that a step down the list seldom moves them."""
    return min(selected // count * count, max(0, total - count))


def _grid_row(state: State, runs: tuple[RunSnapshot, ...], grid: _Grid, drawn: DrawnRuns) -> Lines:
    tiles = [_tile(state, run, grid.width - _SPACING, grid.height - 1, drawn) for run in runs]
    return side_by_side(tiles, grid.width, grid.height)


def _tile(state: State, run: RunSnapshot, width: int, height: int, drawn: DrawnRuns) -> Lines:
    """Return a title and the curve of one run."""
    settings = replace(state.view.chart_settings, cursor=None, x_range=None, metric=None)
    curve = drawn.lines(run, (width, height, settings), lambda: _curve(run, settings, width, height - 1))
    return (_title(state, run, width), *curve)


def _title(state: State, run: RunSnapshot, width: int) -> Line:
    is_selected = run is state.shown_run
    arrow: Span = ("▸" if is_selected else " ", "selected")
    sign: Line = (arrow, (f"{run_text.glyph(run)} ", run_text.colour_role(run)))
    last, history = run_text.last_loss(run), run.history
    right: Line = () if last is None or history is None else ((format_value(last), evaluated_loss(history)[0]),)
    room = width - 3 - (len(right[0][0]) + 2 if right else 0)
    name: Line = ((state.short_name(run, max(1, room)), "selected" if is_selected else ""),)
    return spread((*sign, *name), right, width)


def _curve(run: RunSnapshot, settings: ViewSettings, width: int, height: int) -> Lines:
    series = [replace(each, label="") for each in loss_series(run, settings)]
    options = chart_options(run, settings, with_marks=False)
    options = replace(options, x_unit=None, x_range=growing_x_range(series, run))
    return loss_chart(series, width, height, options).lines
