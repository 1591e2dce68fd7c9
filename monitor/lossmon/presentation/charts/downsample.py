"""Reduce a series to what a chart can show: smoothing, and downsampling that keeps the extremes of each column."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats
from lossmon.presentation.charts.columns import Columns
from lossmon.presentation.charts.scales import Envelope

IntArray: TypeAlias = NDArray[np.intp]
BoolArray: TypeAlias = NDArray[np.bool_]

_Position: TypeAlias = tuple[float, float]
"""Column, possibly outside the plot, and value."""

_FARTHEST = 1e6
"""Columns from the edge of the plot; points farther away are treated as if they were here."""
_MIN_DISTANCE = 1e-9
"""Columns; avoids a division by zero between two points in one place."""
_MAX_SMOOTHING = 0.9999


def smooth(values: Floats, weight: float) -> Floats:
    """Return the debiased exponential moving average of *values*, as TensorBoard does; *weight* is 0 (none) to 1.

    NaN and infinities stay where they are and do not count. Formula: TensorBoard's scalar chart, after Adam's bias
    correction (Kingma and Ba, 2015): ``m = w * m + (1 - w) * v``, shown divided by ``1 - w ** n``.

    >>> smooth(np.array([1.0, 2.0]), 0.5).round(3)
    array([1.   , 1.667])
    """
    finite = np.isfinite(values)
    weight = min(max(weight, 0.0), _MAX_SMOOTHING)
    kept = values[finite]
    if not weight or not len(kept) or kept.min() == kept.max():
        return values.copy()
    smoothed = values.copy()
    smoothed[finite] = np.clip(_debiased_average(kept.tolist(), weight), kept.min(), kept.max())
    return smoothed


def _debiased_average(values: list[float], weight: float) -> list[float]:
    mean, bias = 0.0, 1.0
    averages = []
    for value in values:
        mean = weight * mean + (1 - weight) * value
        bias *= weight
        averages.append(mean / (1 - bias))
    return averages


@dataclass(frozen=True, slots=True, eq=False)
class SortedPoints:
    """The points of a series in ascending order of x, finite values separate from NaN and infinities."""

    x: Floats
    y: Floats
    """Finite values."""
    connected: BoolArray | None
    """Whether a line leads from the point before to this one; None: to all points."""
    nonfinite_x: Floats
    nonfinite_y: Floats
    """NaN and infinities; none for a sparse series."""

    @classmethod
    def of(cls, x: Floats, y: Floats, *, sparse: bool = False) -> SortedPoints:
        """Return the points of a series that is sorted by x; *sparse*: a NaN means that nothing was logged."""
        finite = np.isfinite(y)
        if finite.all():
            return cls(x, y, None, np.empty(0), np.empty(0))
        connected = np.concatenate(([True], finite[:-1]))[finite]
        nonfinite = np.flatnonzero(~finite) if not sparse else np.empty(0, np.intp)
        return cls(x[finite], y[finite], connected, x[nonfinite], y[nonfinite])


@dataclass(frozen=True, slots=True, eq=False)
class DownsampledSeries:
    """The points of one series inside a chart, by column; arrays from ``columns`` to ``broken`` have one length."""

    columns: IntArray
    """The columns that hold a finite point, ascending."""
    first: Floats
    last: Floats
    low: Floats
    high: Floats
    """First, last, lowest and highest finite value of each of these columns."""
    broken: BoolArray
    """Whether no line leads to the first point of the column, because a NaN or infinity is before it."""
    left_crossing: Floats
    """The value at which a line from outside crosses the left edge; empty without one."""
    right_crossing: Floats
    """The value at which a line to the outside crosses the right edge; empty without one."""
    finite_values: Floats
    """Every finite value in the chart."""
    nonfinite_columns: Floats
    """The column of every NaN or infinity in the chart."""
    nonfinite_values: Floats

    @property
    def is_empty(self) -> bool:
        """Whether there is no finite value to draw."""
        return not len(self.columns) and not len(self.left_crossing)

    @property
    def envelope(self) -> Envelope:
        """The lowest and highest values, from which the y scale is chosen."""
        return Envelope(self.low, self.high, np.concatenate((self.left_crossing, self.right_crossing)))

    @property
    def last_value(self) -> float:
        """The last value that was logged in the chart, finite or not; NaN if there is none."""
        if len(self.nonfinite_columns) and (not len(self.columns) or self.nonfinite_columns[-1] > self.columns[-1]):
            return float(self.nonfinite_values[-1])
        return float(self.last[-1]) if len(self.columns) else math.nan


def sort_by_x(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return *x* and *y* in ascending order of x, without the points whose x is not finite."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    # If x never decreases it holds no NaN, and an infinity can only be at one of the ends.
    if not (x[1:] >= x[:-1]).all() or not np.isfinite(x[:1]).all() or not np.isfinite(x[-1:]).all():
        usable = np.flatnonzero(np.isfinite(x))
        order = usable[np.argsort(x[usable], kind="stable")]
        x, y = x[order], y[order]
    return x, y


def downsample(points: SortedPoints, columns: Columns) -> DownsampledSeries:
    """Return first, last, lowest and highest value of *points* in each of *columns*."""
    start, stop = _indices_inside(points.x, columns)
    x, y = points.x[start:stop], points.y[start:stop]
    connected = None if points.connected is None else points.connected[start : stop + 1]
    begins, ends, filled = _group_by_column(x, columns)
    nonfinite = slice(*_indices_inside(points.nonfinite_x, columns))
    from_left = start and (connected is None or connected[:1].all())
    to_right = stop < len(points.x) and (connected is None or connected[-1])
    before = _position(points, start - 1, columns) if from_left else None
    after = _position(points, stop, columns) if to_right else None
    first = (float(filled[0]), float(y[0])) if len(filled) else after
    last = (float(filled[-1]), float(y[-1])) if len(filled) else before
    return DownsampledSeries(
        columns=filled,
        first=y[begins],
        last=y[ends],
        low=np.minimum.reduceat(y, begins) if len(filled) else np.empty(0),
        high=np.maximum.reduceat(y, begins) if len(filled) else np.empty(0),
        broken=np.zeros(len(filled), np.bool_) if connected is None else ~connected[begins],
        left_crossing=_interpolate(before, first, 0),
        right_crossing=_interpolate(last, after, columns.last),
        finite_values=y,
        nonfinite_columns=columns.of(points.nonfinite_x[nonfinite]),
        nonfinite_values=points.nonfinite_y[nonfinite],
    )


def _indices_inside(x: Floats, columns: Columns) -> tuple[int, int]:
    """Return start and stop index of the *x* (ascending) inside the chart."""
    return int(np.searchsorted(x, columns.low, "left")), int(np.searchsorted(x, columns.high, "right"))


def _group_by_column(x: Floats, columns: Columns) -> tuple[IntArray, IntArray, IntArray]:
    """Return the index of the first and of the last point in every column that has any, and these columns."""
    if not len(x):
        empty = np.empty(0, np.intp)
        return empty, empty, empty
    begins = np.searchsorted(x, columns.edges())
    begins[0] = 0
    ends = np.append(begins[1:], len(x))
    filled = np.flatnonzero(ends > begins)
    return begins[filled], ends[filled] - 1, filled


def _interpolate(left: _Position | None, right: _Position | None, column: int) -> Floats:
    """Return the value at a column of the line from *left* to *right*; empty if one of them is None."""
    if not left or not right:
        return np.empty(0)
    fraction = min(max((column - left[0]) / max(right[0] - left[0], _MIN_DISTANCE), 0.0), 1.0)
    return np.array([left[1] * (1 - fraction) + right[1] * fraction])


def _position(points: SortedPoints, index: int, columns: Columns) -> _Position:
    """Return the column of a point outside, at most ``_FARTHEST`` away, and its value."""
    x, length = float(points.x[index]), columns.high - columns.low
    fraction = (x - columns.low) / length if length > 0 else math.inf
    column = fraction * max(1, columns.last)
    if not math.isfinite(column):
        column = -_FARTHEST if x < columns.low else _FARTHEST
    return min(max(column, -_FARTHEST), _FARTHEST), float(points.y[index])
