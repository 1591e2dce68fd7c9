"""The curves of one run on their axes, drawn once for as long as neither they nor what was chosen changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.presentation import run_text as words
from lossmon.presentation.numbers import format_value
from lossmon.tui.charts.bar_strips import gap_strip
from lossmon.tui.charts.chart import Chart, loss_chart
from lossmon.tui.charts.frame import Frame
from lossmon.tui.charts.options import Series
from lossmon.tui.panes.curves import chart_options, gap_of, loss_series, metric_series, with_room
from lossmon.tui.panes.x_axis import Ruler
from lossmon.tui.state import ViewSettings
from lossmon.tui.styled_text import Lines

LEAST_CHART = 4
"""Lines a chart needs before a strip below it is given one."""
_MARGIN = (6, 10, 20)
"""Cells kept free right of the chart for the figures of the strips: in a narrow, a middling, a wide pane."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A chart and the strip of the gap below it."""

    series: tuple[Series, ...]
    chart: Chart
    lines: Lines


@lru_cache(maxsize=4)
def drawing(view: RunSnapshot, choices: ViewSettings, width: int, height: int, beside: int) -> Drawing | None:
    """Draw the loss of a run or the chosen scalar, with at least *beside* cells free on the right; None without points.

    Of *choices* only what ``Choices.of_charts`` keeps is looked at.
    """
    curve = chosen_metric(view, choices)
    series = loss_series(view, choices) if curve is None else metric_series(curve, view, choices)
    if not any(len(one.x) for one in series):
        return None
    rows = height - 1 if curve is None and _has_gap(view) and height > LEAST_CHART else height
    margin = _MARGIN[0] if width < 60 else _MARGIN[1] if width < 72 else _MARGIN[2]
    options = chart_options(view, choices, judged=curve is None)
    options = replace(
        options,
        x_range=options.x_range or with_room(series, view),
        right=max(margin, beside) if beside or rows < height else 0,
    )
    chart = loss_chart(series, width, rows, options)
    blank: Lines = ((),) * (rows - len(chart.lines))
    strip = _gap(view, choices, chart.frame) if rows < height else ()
    return Drawing(tuple(series), chart, (*chart.lines, *blank, *strip))


def chosen_metric(view: RunSnapshot, choices: ViewSettings) -> Curve | None:
    """Return the scalar that is drawn large instead of the loss; None for the loss."""
    return next((curve for curve in view.metrics if curve.tag == choices.metric), None)


def _has_gap(view: RunSnapshot) -> bool:
    return view.history is not None and gap_of(view.history) is not None


def _gap(view: RunSnapshot, choices: ViewSettings, frame: Frame) -> Lines:
    history = view.history
    gap = None if history is None else gap_of(history)
    if history is None or gap is None:
        return ()
    x = Ruler.of(view, choices.x_axis).at(history.x, history.wall)
    within = gap[x <= frame.high]
    cut = 0 < len(within) < np.count_nonzero(np.isfinite(x))
    texts = (format_value(float(within[-1])),) if cut else words.gap_forms(view)
    return gap_strip(x, gap, frame, texts=texts, glyphs=choices.glyphs)
