"""Charts for little room: a sparkline in one row, and a small chart with a title."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.text import cell_width, truncate
from lossmon.presentation.charts.downsample import IntArray
from lossmon.presentation.charts.scales import Envelope, choose_y_scale
from lossmon.presentation.numbers import format_value
from lossmon.tui.charts.cell_grid import CellGrid
from lossmon.tui.charts.chart import loss_chart
from lossmon.tui.charts.glyphs import UNICODE, Glyphs
from lossmon.tui.charts.options import DEFAULT_OPTIONS, ChartOptions, ChartSeries
from lossmon.tui.roles import Role
from lossmon.tui.styled_text import Line, Lines


def small_chart(
    title: str,
    series: Sequence[ChartSeries],
    width: int,
    height: int,
    options: ChartOptions = DEFAULT_OPTIONS,
    note: str = "",
) -> Lines:
    """Draw *series* below a row with *title*, cut if it is too long, and the last value of each series.

    A *note* follows the title; of the last values only those are written that leave room for both.
    """
    if width < 1 or height < 1:
        return ()
    grid = CellGrid(width, 1)
    column, limit = width, width * 2 // 3 if note else width // 2
    for each in reversed(series):
        points = each.sorted_by_x()
        text = format_value(float(points.y[-1])) if len(points.y) else ""
        if text and column - len(text) >= limit:
            column -= len(text)
            grid.write(0, column, text, each.role)
            column -= 1
    name = truncate(title, max(0, column - len(note) - 1 if note else column), options.glyphs.ellipsis)
    grid.write(0, 0, name, "")
    if note and cell_width(name) + 1 + len(note) <= column:
        grid.write(0, cell_width(name) + 1, note, "best")
    unlabelled = [dataclasses.replace(each, label="") for each in series]
    chart = loss_chart(unlabelled, width, height - 1, dataclasses.replace(options, x_unit=None))
    return grid.lines() + chart.lines


def sparkline(values: Floats, width: int, role: Role = "val", glyphs: Glyphs = UNICODE) -> Line:
    """Draw *values* as a row of bars: one bar for each value, or *width* bars that keep the extremes.

    A cell that holds a NaN or an infinity shows only that. A few outliers end at the edge, as in the loss chart.

    >>> sparkline(np.array([4.0, 3.0, 2.0, 1.0]), 8)
    (('█▆▃▁', 'val'),)
    """
    cells = min(width, len(values))
    if cells < 1:
        return ()
    y = np.asarray(values, np.float64)
    cell_of_value = np.arange(len(y)) * cells // len(y)
    finite = np.isfinite(y)
    grid = CellGrid(cells, 1)
    drawn, heights = _most_extreme_values(cell_of_value[finite], y[finite])
    for cell, level in zip(drawn.tolist(), _bar_levels(heights, len(glyphs.bars)), strict=True):
        grid.put(0, cell, glyphs.bars[level], role)
    for cell in np.unique(cell_of_value[~finite]).tolist():
        grid.put(0, cell, glyphs.nan, "nonfinite")
    return grid.lines()[0]


def _most_extreme_values(cell_of_value: IntArray, y: Floats) -> tuple[IntArray, Floats]:
    """Return the cells that hold values and, for each, its value farthest from the median of all values."""
    if not len(y):
        return cell_of_value, y
    cells, starts = np.unique(cell_of_value, return_index=True)
    low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    median = float(np.sort(y)[len(y) // 2])
    # Halved, so that no difference overflows.
    extremes = np.where(high / 2 - median / 2 >= median / 2 - low / 2, high, low)
    extremes[low.argmin()] = low.min()
    extremes[high.argmax()] = high.max()
    return cells, extremes


def _bar_levels(heights: Floats, count: int) -> list[int]:
    """Return for each height the index of the bar, 0 to *count* - 1, that stands for it."""
    fractions = choose_y_scale([Envelope(heights, heights)], "linear", clip_outliers=True).fraction(heights)
    levels: list[int] = np.floor(fractions * (count - 1) + 0.5).astype(int).tolist()
    return levels
