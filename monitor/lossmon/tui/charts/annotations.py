"""Draw the annotations of a plot: axis labels, curve labels, the marker, the best point, NaN and clipped points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.text import cell_width, truncate
from lossmon.presentation.charts.downsample import DownsampledSeries
from lossmon.presentation.charts.labels import spread
from lossmon.presentation.charts.scales import Scale
from lossmon.presentation.charts.ticks import AXIS_NAMES, XUnit, x_ticks
from lossmon.tui.charts.braille import dot_rows
from lossmon.tui.charts.cell_grid import CellGrid
from lossmon.tui.charts.frame import Frame
from lossmon.tui.charts.glyphs import Glyphs
from lossmon.tui.charts.options import BestPoint, Marker
from lossmon.tui.roles import Role

_CELLS_PER_X_TICK = 9
_MAX_LABEL_DISTANCE = 3
"""Rows between the best point and its label, at most."""
_MIN_COLUMNS_PER_LABEL = 6
"""How many times as wide as a label a plot is in which it may cover a part of the curve."""


@dataclass(frozen=True, slots=True, eq=False)
class PlotArea:
    """The topmost *rows* of a grid, with the frame and the y scale of what is drawn there."""

    grid: CellGrid
    frame: Frame
    scale: Scale
    rows: int
    glyphs: Glyphs

    def row_of(self, value: float) -> int:
        """Return the row of a finite value."""
        return int(dot_rows(self.scale.fraction(np.array([value])), 4 * self.rows)[0]) // 4


@dataclass(frozen=True, slots=True)
class CurveLabel:
    """Text for the right end of a curve, which ends in *row* with *value*."""

    row: int
    value: float
    text: str
    role: Role

    @property
    def sort_key(self) -> tuple[int, float]:
        """Sorts labels from top to bottom."""
        return self.row, -self.value if np.isfinite(self.value) else 0.0


def draw_y_axis(plot: PlotArea, ticks: Sequence[float], texts: Sequence[str]) -> None:
    """Draw the axis left of the plot; of several ticks in one row only the first has a label."""
    if not plot.frame.left_margin:
        return
    column = plot.frame.left_margin - 1
    for row in range(plot.rows):
        plot.grid.put(row, column, plot.glyphs.axis, "axis")
    labelled = set()
    for tick, text in zip(ticks, texts, strict=True):
        row = plot.row_of(tick)
        if row not in labelled:
            labelled.add(row)
            plot.grid.put(row, column, plot.glyphs.tick, "axis")
            plot.grid.write(row, column - len(text), text, "axis")


def draw_restarts(plot: PlotArea, restarts: Sequence[Marker]) -> None:
    """Mark restarts on the row below the plot, before the labels of the x axis, with their labels if these fit."""
    row, end = plot.rows, plot.frame.left_margin + plot.frame.columns
    for restart in restarts:
        column = plot.frame.column_of(restart.x)
        if column is None or not plot.grid.is_blank(row, column):
            continue
        plot.grid.put(row, column, plot.glyphs.restart, "warn")
        width = cell_width(restart.label)
        if column + width < end and plot.grid.is_blank(row, column + 1, width + 1):
            plot.grid.write(row, column + 1, restart.label, "warn")


def draw_x_axis(plot: PlotArea, unit: XUnit, utc_offset: float) -> None:
    """Write the labels and the name of the x axis on the row below the plot; no label covers another."""
    frame, row = plot.frame, plot.rows
    max_count = max(1, frame.columns // _CELLS_PER_X_TICK)
    free = frame.left_margin
    for x, text in x_ticks(frame.low, frame.high, unit, max_count, utc_offset):
        column = frame.column_of(x)
        if column is None:
            continue
        last_start = frame.left_margin + frame.columns - len(text)
        start = min(max(column - len(text) // 2, frame.left_margin), last_start)
        if start >= free and plot.grid.is_blank(row, start - 1, min(len(text) + 2, frame.width - start + 1)):
            plot.grid.write(row, start, text, "axis")
            free = start + len(text) + 1
    name = AXIS_NAMES[unit]
    end = frame.left_margin + frame.columns + 1
    if len(name) < frame.left_margin and plot.grid.is_blank(row, 0, len(name) + 1):
        plot.grid.write(row, 0, name, "muted")
    elif len(name) < frame.right_margin:
        plot.grid.write(row, end, name, "muted")


def draw_marker(plot: PlotArea, marker: Marker) -> None:
    """Draw a vertical line behind the curves, and its label in the first row where it covers nothing."""
    column = plot.frame.column_of(marker.x)
    if column is None:
        return
    glyph, role = _marker_look(plot, marker)
    plot.grid.draw_behind(column, glyph, role, plot.rows)
    width = cell_width(marker.label)
    end = plot.frame.left_margin + plot.frame.columns
    for start in (column + 2, column - 1 - width):
        for row in range(plot.rows):
            inside = plot.frame.left_margin < start and start + width <= end
            # One blank on either side, unless the plot ends there.
            if inside and plot.grid.is_blank(row, start - 1, min(width + 2, end - start + 1)):
                plot.grid.write(row, start, marker.label, role)
                return


def _marker_look(plot: PlotArea, marker: Marker) -> tuple[str, Role]:
    return (plot.glyphs.weak_marker, "weak-marker") if marker.is_weak else (plot.glyphs.marker, "marker")


def draw_best(plot: PlotArea, best: BestPoint, glyph: str) -> None:
    """Draw a best point as *glyph* over everything else."""
    column = plot.frame.column_of(best.x)
    if column is not None and np.isfinite(best.y):
        plot.grid.put(plot.row_of(best.y), column, glyph, "best")


def label_best(plot: PlotArea, best: BestPoint) -> None:
    """Write the label of a best point as near to it as it covers nothing; else right of it, over the curve."""
    column, width = plot.frame.column_of(best.x), cell_width(best.label)
    if column is None or not np.isfinite(best.y) or not best.label:
        return
    row = plot.row_of(best.y)
    free = (place for place in _places_near(row, column, width) if _is_free(plot, *place, width, except_at=column))
    place = next(free, None)
    if place is None and plot.frame.columns >= _MIN_COLUMNS_PER_LABEL * width:
        place = (row, column + 1)
    if place is not None and place[1] + width <= plot.frame.left_margin + plot.frame.columns:
        plot.grid.write(*place, best.label, "best")


def _places_near(row: int, column: int, width: int) -> Iterator[tuple[int, int]]:
    """Yield rows and first columns of a text of *width* cells near a cell, the nearest first."""
    yield row, column + 1
    yield row, column - width
    for distance in range(1, _MAX_LABEL_DISTANCE + 1):
        for each in (row + distance, row - distance):
            for start in (column - width // 2, column + 2, column - 1 - width):
                yield each, start


def _is_free(plot: PlotArea, row: int, start: int, width: int, except_at: int) -> bool:
    """Return whether a text covers and touches nothing in the plot, but what is in the column *except_at*."""
    left, end = plot.frame.left_margin, plot.frame.left_margin + plot.frame.columns
    if not 0 <= row < plot.rows or start < left or start + width > end:
        return False
    around = [column for column in (start - 1, start + width) if column != except_at and left <= column < end]
    return plot.grid.is_blank(row, start, width) and all(plot.grid.is_blank(row, column) for column in around)


def draw_clipped(plot: PlotArea, series: DownsampledSeries, role: Role) -> tuple[int, int]:
    """Mark points beyond the y axis at the top and bottom edge; return how many are above and how many below."""
    above, below = series.high > plot.scale.high, series.low < plot.scale.low
    for beyond, row, glyph in ((above, 0, plot.glyphs.above), (below, plot.rows - 1, plot.glyphs.below)):
        for cell in np.unique(series.columns[beyond] // 2).tolist():
            plot.grid.put(row, plot.frame.left_margin + cell, glyph, role)
    return (
        int(np.count_nonzero(series.finite_values > plot.scale.high)) if above.any() else 0,
        int(np.count_nonzero(series.finite_values < plot.scale.low)) if below.any() else 0,
    )


def draw_nonfinite(plot: PlotArea, series: DownsampledSeries) -> None:
    """Mark each NaN at the height of the value before it, and infinities at the top and the bottom edge."""
    columns, values = series.nonfinite_columns, series.nonfinite_values
    if not len(columns):
        return
    for kind, glyph in (
        (np.isnan(values), plot.glyphs.nan),
        (values == -np.inf, plot.glyphs.infinite),
        (values == np.inf, plot.glyphs.infinite),
    ):
        cells, indices = np.unique(columns[kind] // 2, return_index=True)
        rows = _nonfinite_rows(plot, series, columns[kind][indices], values[kind][indices])
        for cell, row in zip(cells.tolist(), rows, strict=True):
            plot.grid.put(row, plot.frame.left_margin + int(cell), glyph, "nonfinite")


def _nonfinite_rows(plot: PlotArea, series: DownsampledSeries, columns: Floats, values: Floats) -> list[int]:
    """Return the row of the mark for each non-finite value at the given dot columns."""
    levels = np.full(len(columns), (plot.rows - 1) // 2)
    if len(series.columns):
        previous = np.searchsorted(series.columns, columns, "right") - 1
        value = np.where(previous >= 0, series.last[np.maximum(previous, 0)], series.first[0])
        levels = dot_rows(plot.scale.fraction(value), 4 * plot.rows) // 4
    levels = np.where(values == np.inf, 0, np.where(values == -np.inf, plot.rows - 1, levels))
    rows: list[int] = levels.tolist()
    return rows


def last_row(plot: PlotArea, series: DownsampledSeries) -> int:
    """Return the row in which the curve of *series* ends."""
    last_nonfinite, values = series.nonfinite_columns[-1:], series.nonfinite_values[-1:]
    if len(last_nonfinite) and last_nonfinite[0] >= (series.columns[-1] if len(series.columns) else -1):
        return _nonfinite_rows(plot, series, last_nonfinite, values)[0]
    return plot.row_of(float(series.last[-1])) if len(series.columns) else 0


def draw_curve_labels(plot: PlotArea, labels: Sequence[CurveLabel]) -> None:
    """Write each label right of the plot, near its row; if not all fit, those of the first curves are left out."""
    width = plot.frame.right_margin - 1
    kept = sorted(labels[-plot.rows :], key=lambda label: label.sort_key)
    rows = spread([label.row for label in kept], 0, plot.rows - 1, 1)
    for row, label in zip(rows, kept, strict=True):
        plot.grid.write(row, plot.frame.width - width, truncate(label.text, width, plot.glyphs.ellipsis), label.role)
