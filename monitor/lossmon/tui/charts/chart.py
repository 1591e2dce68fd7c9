"""Draw a loss chart: all series on one y axis, with marker, best point, cursor, NaN and clipped points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossmon.core.text import cell_width, plural, truncate
from lossmon.presentation.charts.columns import usable_range
from lossmon.presentation.charts.downsample import DownsampledSeries, SortedPoints, downsample
from lossmon.presentation.charts.scales import LinearScale, Scale, choose_y_scale, with_room
from lossmon.presentation.charts.ticks import format_x, tick_labels, y_ticks
from lossmon.presentation.numbers import format_value, format_value_within
from lossmon.tui.charts.annotations import (
    CurveLabel,
    PlotArea,
    draw_best,
    draw_clipped,
    draw_curve_labels,
    draw_marker,
    draw_nonfinite,
    draw_restarts,
    draw_x_axis,
    draw_y_axis,
    label_best,
    last_row,
)
from lossmon.tui.charts.braille import RasterLine, rasterize
from lossmon.tui.charts.cell_grid import CellGrid
from lossmon.tui.charts.frame import Frame
from lossmon.tui.charts.options import DEFAULT_OPTIONS, ChartOptions, ChartSeries
from lossmon.tui.charts.shading import cells_between, draw_shades
from lossmon.tui.styled_text import Line, Lines

_SCALE_COLUMNS = 64
"""Cells at which the y scale is chosen. Fixed, so that the scale does not change when the terminal is resized."""
_VALUE_WIDTH = 6
"""Cells reserved for the value in a curve label, so that the plot does not move when the value gets longer."""
_MAX_Y_TICKS = 7
_MIN_HEIGHT_FOR_X_LABELS = 5
"""Rows a chart needs before one of them is used for x labels."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart."""

    lines: Lines
    """At most the requested height, each at most the requested width."""
    frame: Frame
    """For strips with the same x axis."""
    notes: tuple[str, ...]
    """Where it differs from a plain linear plot: ``log y``, ``2 points above 5.1``, ``3 NaN``."""
    readout: Line
    """The values at the cursor; empty without one."""


def loss_chart(
    series: Sequence[ChartSeries], width: int, height: int, options: ChartOptions = DEFAULT_OPTIONS
) -> Chart:
    """Draw *series* in at most *width* x *height* cells; where curves meet in a cell, the last one gives its colour."""
    series = [each.sorted_by_x() for each in series]
    low, high = _x_range(series, options)
    if width < 1 or height < 1:
        return Chart((), Frame(max(width, 0), 0, 0, low, high), (), ())
    points = [SortedPoints.of(each.x, each.y, sparse=each.sparse) for each in series]
    scale = _y_scale(points, low, high, options)
    rows = height - 1 if options.x_unit and height >= _MIN_HEIGHT_FOR_X_LABELS else height
    ticks = y_ticks(scale, min(rows, _MAX_Y_TICKS, max(2, (rows + 1) // 3))) if scale else []
    scale = scale or LinearScale(0, 1)
    texts = tick_labels(ticks, aligned=isinstance(scale, LinearScale))
    frame = _layout(series, texts, width, low, high, options)
    plot = PlotArea(CellGrid(width, height), frame, scale, rows, options.glyphs)
    visible = [downsample(each, frame.dots) for each in points]
    draw_y_axis(plot, ticks, texts)
    if rows < height and options.x_unit and any(len(each.x) for each in series):
        draw_restarts(plot, options.restarts)
        draw_x_axis(plot, options.x_unit, options.utc_offset)
    lines = [rasterize(each, plot.scale, 2 * frame.columns, 4 * rows) for each in visible]
    notes = (*_draw_curves(plot, series, visible, lines), *_nonfinite_notes(visible))
    _draw_marks(plot, options)
    _draw_backgrounds(plot, lines, options)
    _label_curves(plot, series, visible)
    return Chart(
        plot.grid.lines(),
        frame,
        (scale.note, *notes) if scale.note and ticks else notes,
        _readout(series, frame, options),
    )


def _x_range(series: Sequence[ChartSeries], options: ChartOptions) -> tuple[float, float]:
    if options.x_range is not None and all(map(math.isfinite, options.x_range)):
        return usable_range(*options.x_range)
    ends = [float(x) for each in series if len(each.x) for x in (each.x[0], each.x[-1])]
    return usable_range(min(ends, default=0.0), max(ends, default=1.0))


def _y_scale(points: Sequence[SortedPoints], low: float, high: float, options: ChartOptions) -> Scale | None:
    """Return the y scale for the points from x *low* to *high*; None if there is nothing to draw."""
    frame = Frame(_SCALE_COLUMNS, 0, _SCALE_COLUMNS, low, high)
    visible = [downsample(each, frame.dots) for each in points]
    if all(each.is_empty for each in visible):
        return None
    must_show = options.best.y if options.best else None
    envelopes = [each.envelope for each in visible]
    scale = choose_y_scale(envelopes, options.y_scale, clip_outliers=options.clip_outliers, must_show=must_show)
    return with_room(scale) if options.is_growing else scale


def _layout(
    series: Sequence[ChartSeries], texts: Sequence[str], width: int, low: float, high: float, options: ChartOptions
) -> Frame:
    """Return the frame with margins for all labels; a margin that would take too much of the plot is reduced."""
    left = max(options.min_left_margin, *(len(text) + 1 for text in texts), 0)
    label_widths = [cell_width(each.label) for each in series if each.label]
    right = max(options.min_right_margin, max(label_widths) + _VALUE_WIDTH + 2 if label_widths else 0)
    left = left if left <= width // 3 else 0
    right = min(right, width * 2 // 5) if width >= 5 * _VALUE_WIDTH else 0
    return Frame(width, left, width - left - right, low, high)


def _draw_curves(
    plot: PlotArea,
    series: Sequence[ChartSeries],
    visible: Sequence[DownsampledSeries],
    lines: Sequence[RasterLine],
) -> tuple[str, ...]:
    """Draw all curves with the marks on them; return the notes on points that are clipped."""
    glyphs = np.frombuffer(plot.glyphs.dots.encode("utf-32-le"), np.uint32)
    dots = np.zeros((plot.rows, plot.frame.columns), np.int32)
    left = plot.frame.left_margin
    for each, points, line in zip(series, visible, lines, strict=True):
        if each.dashed and len(points.columns):
            line = line.dashed(points.columns[[points.low.argmin(), points.high.argmax()]])  # noqa: PLW2901
        patterns = line.patterns(4 * plot.rows)
        dots |= patterns
        plot.grid.draw_block(left, glyphs[np.where(patterns > 0, dots, 0)], each.role)
        for column in np.flatnonzero(line.isolated).tolist():
            plot.grid.put(int(line.top[column]) // 4, left + column // 2, plot.glyphs.point, each.role)
    above = below = 0
    for each, points in zip(series, visible, strict=True):
        counts = draw_clipped(plot, points, each.role)
        above, below = above + counts[0], below + counts[1]
    for points in visible:
        draw_nonfinite(plot, points)
    return _clipping_notes(above, below, plot.scale)


def _clipping_notes(above: int, below: int, scale: Scale) -> tuple[str, ...]:
    sides = ((above, "above", scale.high), (below, "below", scale.low))
    return tuple(f"{plural(count, 'point')} {side} {format_value(limit)}" for count, side, limit in sides if count)


def _nonfinite_notes(visible: Sequence[DownsampledSeries]) -> tuple[str, ...]:
    values = np.concatenate([np.empty(0), *(each.nonfinite_values for each in visible)])
    kinds = ((np.isnan(values), "NaN"), (values == np.inf, "Inf"), (values == -np.inf, "-Inf"))
    return tuple(f"{np.count_nonzero(kind)} {name}" for kind, name in kinds if kind.any())


def _draw_marks(plot: PlotArea, options: ChartOptions) -> None:
    if options.best_score:
        draw_best(plot, options.best_score, plot.glyphs.best_score)
    if options.best:
        draw_best(plot, options.best, plot.glyphs.best)
    if options.cursor is not None and (column := plot.frame.column_of(options.cursor)) is not None:
        plot.grid.draw_behind(column, plot.glyphs.cursor, "cursor", plot.rows)
    if options.marker:
        draw_marker(plot, options.marker)
    if options.best:
        label_best(plot, options.best)


def _draw_backgrounds(plot: PlotArea, lines: Sequence[RasterLine], options: ChartOptions) -> None:
    band = np.zeros((plot.rows, plot.frame.columns), np.bool_)
    if options.band and len(lines) > 1:
        band = cells_between(lines[-2], lines[-1], plot.rows, is_growing=options.is_growing)
    draw_shades(plot, options.marker, band, has_texture=options.texture)


def _label_curves(plot: PlotArea, series: Sequence[ChartSeries], visible: Sequence[DownsampledSeries]) -> None:
    if plot.frame.right_margin < _VALUE_WIDTH:
        return
    width = plot.frame.right_margin - 1
    labels = []
    for each, points in zip(series, visible, strict=True):
        if each.label and (len(points.columns) or len(points.nonfinite_columns)):
            value = format_value_within(points.last_value, _VALUE_WIDTH)
            name = truncate(each.label, width - len(value) - 1, plot.glyphs.ellipsis)
            row = last_row(plot, points)
            labels.append(CurveLabel(row, points.last_value, f"{name} {value}".strip(), each.role))
    draw_curve_labels(plot, labels)


def _readout(series: Sequence[ChartSeries], frame: Frame, options: ChartOptions) -> Line:
    """Return the x of the cursor and, for each series that covers it, the logged value nearest to it."""
    if options.cursor is None or not math.isfinite(options.cursor):
        return ()
    readout: Line = ((format_x(options.cursor, options.x_unit or "step", options.utc_offset), "cursor"),)
    tolerance = (frame.high - frame.low) / max(1, 2 * frame.columns)
    for each in (one for one in series if not one.is_bound):
        if len(each.x) and float(each.x[0]) - tolerance <= options.cursor <= float(each.x[-1]) + tolerance:
            value = format_value(float(each.y[_nearest_index(each, options.cursor)]), digits=4)
            readout += ((f"  {each.label or each.role} {value}", each.role),)
    return readout


def _nearest_index(series: ChartSeries, x: float) -> int:
    """Return the index of the point nearest to *x* of a series that is sorted by x and not empty."""
    index = int(np.searchsorted(series.x, x))
    candidates = [each for each in (index - 1, index) if 0 <= each < len(series.x)]
    return min(candidates, key=lambda each: abs(float(series.x[each]) - x))
