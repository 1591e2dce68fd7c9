"""Thinning: a million points to the extremes of each dot column, none of which is lost."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats
from lossmon.tui.charts.frame import Frame
from lossmon.tui.charts.options import Series

Indices: TypeAlias = NDArray[np.intp]
Flags: TypeAlias = NDArray[np.bool_]

_Place: TypeAlias = tuple[float, float]
"""Dot column and value."""

_FAR = 1e6
"""Dot columns from the plot at which a point counts as infinitely far."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The points of one series in a frame, by dot column; the arrays from ``at`` to ``broken`` have one length."""

    at: Indices
    """The dot columns that hold a finite point, ascending."""
    first: Floats
    last: Floats
    low: Floats
    high: Floats
    broken: Flags
    """A NaN or infinity lies between the last point before a column and its own first."""
    enters: Floats
    """The value at which a line from further left crosses the frame's left edge; empty without one."""
    leaves: Floats
    """The value at which a line to further right crosses the right edge; empty without one."""
    finite: Floats
    """Every finite value in the frame."""
    odd: Floats
    """The dot column of every NaN or infinity in the frame."""
    odd_values: Floats

    @property
    def empty(self) -> bool:
        """Whether there is nothing finite to draw."""
        return not len(self.at) and not len(self.enters)

    @property
    def ending(self) -> float:
        """The last value that was logged in the frame; NaN where nothing was."""
        if len(self.odd) and (not len(self.at) or self.odd[-1] > self.at[-1]):
            return float(self.odd_values[-1])
        return float(self.last[-1]) if len(self.at) else math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """The points of a series in the order of x, finite values apart from the others."""

    x: Floats
    y: Floats
    """Finite values."""
    joined: Flags | None
    """Whether nothing else was logged between a finite value and the one before it; None where all are finite."""
    odd_x: Floats
    odd_y: Floats
    """NaN and infinities; none of a sparse series."""


def apart(values: Floats) -> Columns:
    """Return finite *values* with a dot column for each."""
    none, steady = np.empty(0), np.zeros(len(values), np.bool_)
    at = np.arange(len(values), dtype=np.intp)
    return Columns(at, values, values, values, values, steady, none, none, values, none, none)


def ordered(series: Series) -> Series:
    """Return *series* in the order of x, without the points that have no place on it."""
    x, y = np.asarray(series.x, np.float64), np.asarray(series.y, np.float64)
    # Where each x is at least the one before, none is NaN, and an infinite one shows at an end.
    if not (x[1:] >= x[:-1]).all() or not np.isfinite(x[:1]).all() or not np.isfinite(x[-1:]).all():
        placed = np.flatnonzero(np.isfinite(x))
        order = placed[np.argsort(x[placed], kind="stable")]
        x, y = x[order], y[order]
    return dataclasses.replace(series, x=x, y=y)


def points(series: Series) -> Points:
    """Return the points of an ``ordered`` *series*."""
    finite = np.isfinite(series.y)
    if finite.all():
        return Points(series.x, series.y, None, np.empty(0), np.empty(0))
    joined = np.concatenate(([True], finite[:-1]))[finite]
    odd = np.flatnonzero(~finite) if not series.sparse else np.empty(0, np.intp)
    return Points(series.x[finite], series.y[finite], joined, series.x[odd], series.y[odd])


def thin(points: Points, frame: Frame) -> Columns:
    """Return *points* by the dot columns of *frame*."""
    start, stop = _within(points.x, frame)
    x, y = points.x[start:stop], points.y[start:stop]
    joined = None if points.joined is None else points.joined[start : stop + 1]
    begins, ends, at = _runs(x, frame)
    odd = slice(*_within(points.odd_x, frame))
    before = _neighbour(points, start - 1, frame) if start and (joined is None or joined[:1].all()) else None
    after = _neighbour(points, stop, frame) if stop < len(points.x) and (joined is None or joined[-1]) else None
    first = (float(at[0]), float(y[0])) if len(at) else after
    last = (float(at[-1]), float(y[-1])) if len(at) else before
    return Columns(
        at=at,
        first=y[begins],
        last=y[ends],
        low=np.minimum.reduceat(y, begins) if len(at) else np.empty(0),
        high=np.maximum.reduceat(y, begins) if len(at) else np.empty(0),
        broken=np.zeros(len(at), np.bool_) if joined is None else ~joined[begins],
        enters=_crossing(before, first, 0),
        leaves=_crossing(last, after, 2 * frame.columns - 1),
        finite=y,
        odd=frame.dots(points.odd_x[odd]),
        odd_values=points.odd_y[odd],
    )


def _within(x: Floats, frame: Frame) -> tuple[int, int]:
    return int(np.searchsorted(x, frame.low, "left")), int(np.searchsorted(x, frame.high, "right"))


def _runs(x: Floats, frame: Frame) -> tuple[Indices, Indices, Indices]:
    """Return the first and the last index of the points of every dot column that has any, and the dot columns."""
    if not len(x):
        empty = np.empty(0, np.intp)
        return empty, empty, empty
    begins = np.searchsorted(x, frame.edges())
    begins[0] = 0
    ends = np.append(begins[1:], len(x))
    at = np.flatnonzero(ends > begins)
    return begins[at], ends[at] - 1, at


def _crossing(left: _Place | None, right: _Place | None, column: int) -> Floats:
    """Return the value in a dot column of the line between two points, if there are two."""
    if not left or not right:
        return np.empty(0)
    part = min(max((column - left[0]) / max(right[0] - left[0], 1e-9), 0.0), 1.0)
    return np.array([left[1] * (1 - part) + right[1] * part])


def _neighbour(points: Points, index: int, frame: Frame) -> _Place:
    """Return the dot column, however far outside *frame*, and the value of a point."""
    x, span = float(points.x[index]), frame.high - frame.low
    share = (x - frame.low) / span if span > 0 else math.inf
    column = share * max(1, 2 * frame.columns - 1)
    if not math.isfinite(column):
        column = -_FAR if x < frame.low else _FAR
    return min(max(column, -_FAR), _FAR), float(points.y[index])
