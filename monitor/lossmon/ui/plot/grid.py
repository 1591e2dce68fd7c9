"""A small chart with a title, for grids of many."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from lossmon.ui.plot.cells import Canvas, Lines, fit
from lossmon.ui.plot.chart import loss_chart
from lossmon.ui.plot.columns import ordered
from lossmon.ui.plot.numbers import format_value
from lossmon.ui.plot.options import DEFAULTS, ChartOptions, Series


def small_chart(
    title: str, series: Sequence[Series], width: int, height: int, options: ChartOptions = DEFAULTS
) -> Lines:
    """Draw *series* under a row with *title* and the last value of each; the title is cut where it is too long."""
    if width < 1 or height < 1:
        return ()
    canvas = Canvas(width, 1)
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
