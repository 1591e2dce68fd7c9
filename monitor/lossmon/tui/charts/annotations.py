"""What is written beside and into a plot: axis labels, end labels, marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Floats
from lossmon.tui.charts.braille import dot_rows
from lossmon.tui.charts.cell_grid import CellGrid, Role, cell_width, fit
from lossmon.tui.charts.downsample import Columns
from lossmon.tui.charts.frame import Frame
from lossmon.tui.charts.glyphs import Glyphs
from lossmon.tui.charts.options import Best, Marker, XAxis
from lossmon.tui.charts.scale import Scale
from lossmon.tui.charts.ticks import x_ticks

_TICK_ROOM = 9
"""Cells of width for each label of an x axis."""
_AXIS_NAMES: dict[XAxis, str] = {"epoch": "epoch", "step": "step", "relative": "time", "wall": "time"}


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """A canvas with the frame and the scale of what is drawn on its topmost *rows*."""

    canvas: CellGrid
    frame: Frame
    scale: Scale
    rows: int
    glyphs: Glyphs

    def row(self, value: float) -> int:
        """Return the row of a finite value."""
        return int(dot_rows(self.scale.share(np.array([value])), 4 * self.rows)[0]) // 4


@dataclass(frozen=True, slots=True)
class EndLabel:
    """Text that belongs at the right end of a line."""

    row: int
    value: float
    text: str
    role: Role

    @property
    def order(self) -> tuple[int, float]:
        """Where it belongs from top to bottom."""
        return self.row, -self.value if np.isfinite(self.value) else 0.0


def draw_y_axis(plot: Plot, ticks: Sequence[float], texts: Sequence[str]) -> None:
    """Draw the axis left of the plot, and the tick labels that have a row to themselves, the first ones first."""
    if not plot.frame.left:
        return
    column = plot.frame.left - 1
    for row in range(plot.rows):
        plot.canvas.put(row, column, plot.glyphs.axis, "axis")
    taken = set()
    for tick, text in zip(ticks, texts, strict=True):
        row = plot.row(tick)
        if row not in taken:
            taken.add(row)
            plot.canvas.put(row, column, plot.glyphs.tick, "axis")
            plot.canvas.write(row, column - len(text), text, "axis")


def draw_x_axis(plot: Plot, axis: XAxis, utc_offset: float) -> None:
    """Write the labels of the x axis on the row below the plot, each under its place, none over another."""
    frame, row = plot.frame, plot.rows
    most = max(1, frame.columns // _TICK_ROOM)
    free = frame.left
    for x, text in x_ticks(frame.low, frame.high, axis, most, utc_offset):
        column = frame.column(x)
        if column is None:
            continue
        start = min(max(column - len(text) // 2, frame.left), frame.left + frame.columns - len(text))
        if start >= free:
            plot.canvas.write(row, start, text, "axis")
            free = start + len(text) + 1
    name = _AXIS_NAMES[axis]
    end = frame.left + frame.columns + 1
    if len(name) < frame.left and plot.canvas.blank(row, 0, len(name) + 1):
        plot.canvas.write(row, 0, name, "muted")
    elif len(name) < frame.right:
        plot.canvas.write(row, end, name, "muted")


def draw_marker(plot: Plot, marker: Marker) -> None:
    """Draw a vertical line behind the curves, its label beside it on the first row where that hides nothing."""
    column = plot.frame.column(marker.x)
    if column is None:
        return
    plot.canvas.underlay(column, plot.glyphs.marker, "marker", plot.rows)
    width = cell_width(marker.label)
    last = plot.frame.left + plot.frame.columns
    for start in (column + 2, column - 1 - width):
        for row in range(plot.rows):
            inside = plot.frame.left < start and start + width <= last
            # With a blank on either side, unless the plot ends there.
            if inside and plot.canvas.blank(row, start - 1, min(width + 2, last - start + 1)):
                plot.canvas.write(row, start, marker.label, "marker")
                return


def draw_best(plot: Plot, best: Best) -> None:
    """Draw the best point over everything else."""
    column = plot.frame.column(best.x)
    if column is not None and np.isfinite(best.y):
        plot.canvas.put(plot.row(best.y), column, plot.glyphs.best, "best")


def draw_hidden(plot: Plot, columns: Columns, role: Role) -> tuple[int, int]:
    """Mark at the edges what lies beyond them; return how many points lie above, and how many below."""
    above, below = columns.high > plot.scale.high, columns.low < plot.scale.low
    for beyond, row, glyph in ((above, 0, plot.glyphs.above), (below, plot.rows - 1, plot.glyphs.below)):
        for cell in np.unique(columns.at[beyond] // 2).tolist():
            plot.canvas.put(row, plot.frame.left + cell, glyph, role)
    return (
        int(np.count_nonzero(columns.finite > plot.scale.high)) if above.any() else 0,
        int(np.count_nonzero(columns.finite < plot.scale.low)) if below.any() else 0,
    )


def draw_nonfinite(plot: Plot, columns: Columns) -> None:
    """Mark NaN where the line broke off, and the infinities at the top and the bottom."""
    if not len(columns.odd):
        return
    for kind, glyph in (
        (np.isnan(columns.odd_values), plot.glyphs.nan),
        (columns.odd_values == -np.inf, plot.glyphs.infinite),
        (columns.odd_values == np.inf, plot.glyphs.infinite),
    ):
        cells, places = np.unique(columns.odd[kind] // 2, return_index=True)
        rows = _odd_rows(plot, columns, columns.odd[kind][places], columns.odd_values[kind][places])
        for cell, row in zip(cells.tolist(), rows, strict=True):
            plot.canvas.put(row, plot.frame.left + int(cell), glyph, "nonfinite")


def _odd_rows(plot: Plot, columns: Columns, dots: Floats, values: Floats) -> list[int]:
    levels = np.full(len(dots), (plot.rows - 1) // 2)
    if len(columns.at):
        before = np.searchsorted(columns.at, dots, "right") - 1
        value = np.where(before >= 0, columns.last[np.maximum(before, 0)], columns.first[0])
        levels = dot_rows(plot.scale.share(value), 4 * plot.rows) // 4
    levels = np.where(values == np.inf, 0, np.where(values == -np.inf, plot.rows - 1, levels))
    rows: list[int] = levels.tolist()
    return rows


def level(plot: Plot, columns: Columns) -> int:
    """Return the row at which the line of *columns* ends."""
    if len(columns.odd):
        at_end = columns.odd[-1:] >= (columns.at[-1] if len(columns.at) else -1)
        if at_end.all():
            return _odd_rows(plot, columns, columns.odd[-1:], columns.odd_values[-1:])[0]
    return plot.row(float(columns.last[-1])) if len(columns.at) else 0


def draw_end_labels(plot: Plot, wanted: Sequence[EndLabel]) -> None:
    """Write each label right of the plot, as near its row as the others let it; the last ones go first for room."""
    room = plot.frame.right - 1
    kept = sorted(wanted[-plot.rows :], key=lambda label: label.order)
    for row, label in zip(_apart([label.row for label in kept], plot.rows), kept, strict=True):
        plot.canvas.write(row, plot.frame.width - room, fit(label.text, room, plot.glyphs.ellipsis), label.role)


def _apart(rows: Sequence[int], height: int) -> list[int]:
    """Return ascending *rows* moved apart, so that no two are one, and none reaches *height*."""
    apart: list[int] = []
    for row in rows:
        apart.append(max(row, apart[-1] + 1 if apart else 0))
    limit = height - 1
    for index in range(len(apart) - 1, -1, -1):
        apart[index] = min(apart[index], limit)
        limit = apart[index] - 1
    return apart
