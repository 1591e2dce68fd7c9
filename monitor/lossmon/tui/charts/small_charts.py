"""A small chart with a title, for grids of many."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from lossmon.presentation.numbers import format_value
from lossmon.tui.charts.cell_grid import CellGrid, Lines, fit
from lossmon.tui.charts.chart import loss_chart
from lossmon.tui.charts.downsample import ordered
from lossmon.tui.charts.options import DEFAULTS, ChartOptions, Series


def small_chart(
    title: str, series: Sequence[Series], width: int, height: int, options: ChartOptions = DEFAULTS
) -> Lines:
    """Draw *series* under a row with *title* and the last value of each; the title is cut where it is too long."""
    if width < 1 or height < 1:
        return ()
    canvas = CellGrid(width, 1)
    column = width
    for each in reversed(series):
        logged = ordered(each)
        text = format_value(float(logged.y[-1])) if len(logged.y) else ""
        if text and column - len(text) >= width // 2:
            column -= len(text)
            canvas.write(0, column, text, each.role)
            column -= 1
    canvas.write(0, 0, fit(title, max(0, column), options.glyphs.ellipsis), "")
    unlabelled = [dataclasses.replace(each, label="") for each in series]
    chart = loss_chart(unlabelled, width, height - 1, dataclasses.replace(options, x=None))
    return canvas.lines() + chart.lines
