"""The frame of a plot: its margins and its x range, shared by a chart and the strips below it; zoom, pan and cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Floats
from lossmon.presentation.charts.columns import Columns
from lossmon.presentation.charts.scales import LinearScale
from lossmon.tui.charts.options import ChartSeries

_EVALUATION_CELLS = 2
"""How near to a click an evaluation must be to be meant by it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A plot of *columns* cells that follows *left_margin* cells, in lines of *width* cells; its x is *low* to *high*.

    Curves have two dot columns per cell.
    """

    width: int
    left_margin: int
    columns: int
    low: float
    high: float

    @property
    def right_margin(self) -> int:
        """Cells to the right of the plot."""
        return self.width - self.left_margin - self.columns

    @property
    def scale(self) -> LinearScale:
        """Maps x to the fraction of the width of the plot."""
        return LinearScale(self.low, self.high)

    @property
    def dots(self) -> Columns:
        """The dot columns of the plot."""
        return Columns(self.low, self.high, 2 * self.columns)

    def column_of(self, x: float) -> int | None:
        """Return the column of the line in which *x* is drawn; None if it is outside the plot."""
        if not self.low <= x <= self.high or self.columns < 1:
            return None
        return self.left_margin + int(self.dots.of(np.array([x]))[0]) // 2

    def x_at(self, column: int) -> float:
        """Return the x in the middle of a column of the line, clipped to the plot."""
        if self.columns < 2:
            return self.scale.value_at(0.5)
        fraction = (2 * (column - self.left_margin) + 0.5) / (2 * self.columns - 1)
        return self.scale.value_at(min(max(fraction, 0.0), 1.0))

    def cell_centers(self) -> Floats:
        """Return the x in the middle of each cell of the plot; shape (columns,)."""
        fractions = (2 * np.arange(self.columns) + 0.5) / max(1, 2 * self.columns - 1)
        return self.low * (1 - fractions) + self.high * fractions


def zoom_range(
    x_range: tuple[float, float], bounds: tuple[float, float], factor: float, center: float
) -> tuple[float, float]:
    """Return *x_range* made *factor* times as long around *center*, clipped to *bounds*.

    >>> zoom_range((0, 100), (0, 100), 0.5, 40)
    (20.0, 70.0)
    """
    low, high = (center + (end - center) * factor for end in x_range)
    return max(low, bounds[0]), min(high, bounds[1])


def pan_range(x_range: tuple[float, float], bounds: tuple[float, float], fraction: float) -> tuple[float, float]:
    """Return *x_range* moved by *fraction* of its length (negative: to the left), kept inside *bounds*.

    >>> pan_range((20, 70), (0, 100), 0.5)
    (45.0, 95.0)
    """
    length = x_range[1] - x_range[0]
    low = min(max(x_range[0] + fraction * length, bounds[0]), max(bounds[1] - length, bounds[0]))
    return low, min(low + length, bounds[1])


def nearest_logged(column: int, series: Sequence[ChartSeries], frame: Frame) -> float | None:
    """Return the x of the evaluation near *column* of the line, else the nearest logged x; None if there is none.

    An evaluation, a point of the validation loss, is taken if it is at most two cells away: train may be logged in
    every cell.
    """
    x, reach = frame.x_at(column), _EVALUATION_CELLS * (frame.high - frame.low) / max(1, frame.columns)
    evaluations = _logged_in([one for one in series if one.role == "val"], frame)
    near = evaluations[np.abs(evaluations - x) <= reach]
    logged = near if len(near) else _logged_in(series, frame)
    return float(logged[np.abs(logged - x).argmin()]) if len(logged) else None


def move_cursor(cursor: float | None, series: Sequence[ChartSeries], frame: Frame, cells: int) -> float | None:
    """Return the logged x about *cells* cells to the right of *cursor* (negative: to the left), at least the next one.

    Without a cursor, return the last x in the frame. At the last logged x in a direction the cursor stays; None if
    nothing is logged in the frame.
    """
    logged = _logged_in(series, frame)
    if not len(logged):
        return cursor
    if cursor is None:
        return float(logged[-1])
    column = frame.column_of(cursor)
    start = frame.left_margin + frame.columns - 1 if column is None else column
    target = frame.x_at(start + cells)
    ahead = logged[logged > cursor] if cells > 0 else logged[logged < cursor]
    return float(ahead[np.abs(ahead - target).argmin()]) if len(ahead) and cells else cursor


def _logged_in(series: Sequence[ChartSeries], frame: Frame) -> Floats:
    """Return each x in the frame at which one of the *series* has a point, in ascending order."""
    logged = np.unique(np.concatenate([np.empty(0), *(each.sorted_by_x().x for each in series)]))
    return logged[(logged >= frame.low) & (logged <= frame.high)]
