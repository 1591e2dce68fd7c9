"""The loss chart: all series on one y axis, with everything a reader must not miss drawn into it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossmon.core.text import plural
from lossmon.presentation.numbers import format_value
from lossmon.tui.charts import annotations as annotate
from lossmon.tui.charts.annotations import EndLabel, Plot
from lossmon.tui.charts.braille import trace
from lossmon.tui.charts.cell_grid import CellGrid, Line, Lines, Span, cell_width, fit
from lossmon.tui.charts.downsample import Columns, ordered, points, thin
from lossmon.tui.charts.frame import Frame, window
from lossmon.tui.charts.options import DEFAULTS, Best, ChartOptions, Marker, Series
from lossmon.tui.charts.scale import Linear, Scale
from lossmon.tui.charts.scales import y_scale
from lossmon.tui.charts.ticks import labels, x_text, y_ticks

__all__ = ["Best", "Chart", "ChartOptions", "Marker", "Series", "loss_chart"]

_JUDGED = 64
"""Cells by which the y range is judged, whatever the size, so that a resize does not change it."""
_VALUE = 6
"""Cells kept for a value in an end label, so that the plot does not shift when a digit comes or goes."""
_MOST_TICKS = 7
_LEAST_LABELLED = 5
"""Rows a chart needs before one of them is given to x labels."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart."""

    lines: Lines
    """At most the height asked for, each at most the width."""
    frame: Frame
    """What strips that share its x axis need."""
    notes: tuple[str, ...]
    """What it does not show as it is: ``log y``, ``2 points above 5.1``, ``3 NaN``."""
    readout: Line
    """The values under the cursor; empty without one."""


def loss_chart(series: Sequence[Series], width: int, height: int, options: ChartOptions = DEFAULTS) -> Chart:
    """Draw *series* in at most *width* x *height* cells; of series that meet in a cell the later one gives the role."""
    series = [ordered(each) for each in series]
    low, high = _window(series, options)
    if width < 1 or height < 1:
        return Chart((), Frame(max(width, 0), 0, 0, low, high), (), ())
    logged = [points(each) for each in series]
    judged = [thin(each, Frame(_JUDGED, 0, _JUDGED, low, high)) for each in logged]
    scale = y_scale(judged, options.y, options.zoom, options.best.y if options.best else None)
    rows = height - 1 if options.x and height >= _LEAST_LABELLED else height
    ticks = (
        y_ticks(scale, min(rows, _MOST_TICKS, max(2, (rows + 1) // 3)))
        if not all(each.empty for each in judged)
        else []
    )
    texts = labels(ticks, aligned=isinstance(scale, Linear))
    frame = _frame(series, texts, width, low, high, options)
    plot = Plot(CellGrid(width, height), frame, scale, rows, options.glyphs)
    columns = [thin(each, frame) for each in logged]
    annotate.draw_y_axis(plot, ticks, texts)
    if rows < height and options.x and any(len(each.x) for each in series):
        annotate.draw_x_axis(plot, options.x, options.utc_offset)
    notes = (*_draw_series(plot, series, columns), *_odd_notes(columns))
    _draw_marks(plot, options)
    _label_ends(plot, series, columns)
    return Chart(
        plot.canvas.lines(),
        frame,
        (scale.note, *notes) if scale.note and ticks else notes,
        _readout(series, frame, options),
    )


def _window(series: Sequence[Series], options: ChartOptions) -> tuple[float, float]:
    if options.x_range is not None and all(map(math.isfinite, options.x_range)):
        return window(*options.x_range)
    ends = [float(x) for each in series if len(each.x) for x in (each.x[0], each.x[-1])]
    return window(min(ends, default=0.0), max(ends, default=1.0))


def _frame(
    series: Sequence[Series], texts: Sequence[str], width: int, low: float, high: float, options: ChartOptions
) -> Frame:
    """Give each margin what its labels need, but nothing where they would take the room of the plot."""
    left = max(options.left, *(len(text) + 1 for text in texts), 0)
    named = [cell_width(each.label) for each in series if each.label]
    right = max(options.right, max(named) + _VALUE + 2 if named else 0)
    left = left if left <= width // 3 else 0
    right = min(right, width * 2 // 5) if width >= 5 * _VALUE else 0
    return Frame(width, left, width - left - right, low, high)


def _draw_series(plot: Plot, series: Sequence[Series], columns: Sequence[Columns]) -> tuple[str, ...]:
    """Draw all lines and the marks on them; return what to say of points that lie beyond the edges."""
    glyphs = np.frombuffer(plot.glyphs.dots.encode("utf-32-le"), np.uint32)
    dots = np.zeros((plot.rows, plot.frame.columns), np.int32)
    for each, thinned in zip(series, columns, strict=True):
        line = trace(thinned, plot.scale, 2 * plot.frame.columns, 4 * plot.rows)
        if each.dashed and len(thinned.at):
            line = line.dashed(thinned.at[[thinned.low.argmin(), thinned.high.argmax()]])
        patterns = line.patterns(4 * plot.rows)
        dots |= patterns
        plot.canvas.stamp(plot.frame.left, glyphs[np.where(patterns > 0, dots, 0)], each.role)
        for column in np.flatnonzero(line.lone).tolist():
            plot.canvas.put(int(line.top[column]) // 4, plot.frame.left + column // 2, plot.glyphs.point, each.role)
    above = below = 0
    for each, thinned in zip(series, columns, strict=True):
        more = annotate.draw_hidden(plot, thinned, each.role)
        above, below = above + more[0], below + more[1]
    for thinned in columns:
        annotate.draw_nonfinite(plot, thinned)
    return _hidden_notes(above, below, plot.scale)


def _hidden_notes(above: int, below: int, scale: Scale) -> tuple[str, ...]:
    notes = ((above, "above", scale.high), (below, "below", scale.low))
    return tuple(f"{plural(count, 'point')} {side} {format_value(limit)}" for count, side, limit in notes if count)


def _odd_notes(columns: Sequence[Columns]) -> tuple[str, ...]:
    values = np.concatenate([np.empty(0), *(each.odd_values for each in columns)])
    counts = ((np.isnan(values), "NaN"), (values == np.inf, "Inf"), (values == -np.inf, "-Inf"))
    return tuple(f"{np.count_nonzero(kind)} {name}" for kind, name in counts if kind.any())


def _draw_marks(plot: Plot, options: ChartOptions) -> None:
    if options.best:
        annotate.draw_best(plot, options.best)
    if options.cursor is not None and (column := plot.frame.column(options.cursor)) is not None:
        plot.canvas.underlay(column, plot.glyphs.cursor, "cursor", plot.rows)
    if options.marker:
        annotate.draw_marker(plot, options.marker)


def _label_ends(plot: Plot, series: Sequence[Series], columns: Sequence[Columns]) -> None:
    if plot.frame.right < _VALUE:
        return
    room = plot.frame.right - 1
    ends = []
    for each, thinned in zip(series, columns, strict=True):
        if each.label and (len(thinned.at) or len(thinned.odd)):
            value = _short(thinned.ending)
            name = fit(each.label, room - len(value) - 1, plot.glyphs.ellipsis)
            row = annotate.level(plot, thinned)
            ends.append(EndLabel(row, thinned.ending, f"{name} {value}".strip(), each.role))
    annotate.draw_end_labels(plot, ends)


def _short(value: float) -> str:
    """Return *value* with as many digits, up to three, as the room for it holds."""
    texts = [format_value(value, digits) for digits in (3, 2, 1)]
    return next((text for text in texts if len(text) <= _VALUE), texts[-1])


def _readout(series: Sequence[Series], frame: Frame, options: ChartOptions) -> Line:
    """Return the place of the cursor and, for each series that reaches it, the value logged nearest to it."""
    if options.cursor is None or not math.isfinite(options.cursor):
        return ()
    spans = [Span(x_text(options.cursor, options.x or "step", options.utc_offset), "cursor")]
    reach = (frame.high - frame.low) / max(1, 2 * frame.columns)
    for each in series:
        if len(each.x) and float(each.x[0]) - reach <= options.cursor <= float(each.x[-1]) + reach:
            value = format_value(float(each.y[nearest(each, options.cursor)]), digits=4)
            spans.append(Span(f"  {each.label or each.role} {value}", each.role))
    return tuple(spans)


def nearest(series: Series, x: float) -> int:
    """Return the index of the point of an ordered, not empty *series* that is nearest to *x*."""
    index = int(np.searchsorted(series.x, x))
    around = [each for each in (index - 1, index) if 0 <= each < len(series.x)]
    return min(around, key=lambda each: abs(float(series.x[each]) - x))
