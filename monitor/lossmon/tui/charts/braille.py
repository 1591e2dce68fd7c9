"""Rasterise a downsampled curve to braille dots, two dot columns and four dot rows per cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats
from lossmon.presentation.charts.downsample import BoolArray, DownsampledSeries, IntArray
from lossmon.presentation.charts.scales import Scale
from lossmon.tui.charts.glyphs import DOT_BITS

_BITS = np.array(DOT_BITS, np.int32)
_OUTSIDE = 0.01
"""Dot columns from the edge of the plot to the point where a line from outside is assumed to begin."""
_DASH, _DASH_PERIOD = 2, 4
"""Dot columns that are drawn of each period of a dashed line: every other cell."""


@dataclass(frozen=True, slots=True, eq=False)
class RasterLine:
    """A curve as one vertical stroke per dot column, from dot row *top* down to *bottom* (0 is the topmost row)."""

    top: IntArray
    bottom: IntArray
    drawn: BoolArray
    """Whether the column has a stroke."""
    isolated: BoolArray
    """Whether the stroke is a single point without a line on either side."""

    def dashed(self, keep: IntArray) -> RasterLine:
        """Return the line with every other cell of its flat parts left out, except the dot columns *keep*."""
        dash = np.arange(len(self.drawn)) % _DASH_PERIOD < _DASH
        dash[keep] = True
        return RasterLine(self.top, self.bottom, self.drawn & (dash | (self.bottom - self.top > 1)), self.isolated)

    def patterns(self, rows: int) -> NDArray[np.int32]:
        """Return the dots of each cell as bits of ``DOT_BITS``; *rows* dot rows give shape (rows / 4, columns / 2)."""
        row = np.arange(rows)[:, None]
        dots = (row >= self.top) & (row <= self.bottom) & self.drawn
        cells = dots.reshape(rows // 4, 4, -1, 2).astype(np.int32)
        patterns: NDArray[np.int32] = np.einsum("hrwc,rc->hw", cells, _BITS)
        return patterns


def dot_rows(fractions: Floats, rows: int) -> IntArray:
    """Return the dot row for each fraction of the y axis; row 0 of *rows* is at the top.

    >>> dot_rows(np.array([0.0, 1.0]), 8)
    array([7, 0])
    """
    return np.floor((1 - fractions) * (rows - 1) + 0.5).astype(np.intp)


def rasterize(series: DownsampledSeries, scale: Scale, columns: int, rows: int) -> RasterLine:
    """Return the curve of *series* in *columns* x *rows* dots; values beyond *scale* are on the edge."""
    entry, exit_, drawn = _entry_and_exit(series, scale, columns)
    first, last = dot_rows(entry, rows), dot_rows(exit_, rows)
    top, bottom = first.copy(), first.copy()
    top[series.columns] = dot_rows(scale.fraction(series.high), rows)
    bottom[series.columns] = dot_rows(scale.fraction(series.low), rows)
    breaks = np.zeros(columns, np.bool_)
    breaks[series.columns] = series.broken
    linked = drawn[:-1] & drawn[1:] & ~breaks[1:]
    isolated = drawn & (top == bottom)
    isolated[:-1] &= ~linked
    isolated[1:] &= ~linked
    _connect_neighbours(top, bottom, last[:-1], first[1:], linked)
    return RasterLine(top, bottom, drawn, isolated)


def _connect_neighbours(top: IntArray, bottom: IntArray, leave: IntArray, enter: IntArray, linked: BoolArray) -> None:
    """Lengthen the strokes of *linked* neighbours, in place, until they meet half way."""
    middle = (leave + enter) // 2
    falls, rises = linked & (leave < enter), linked & (leave > enter)
    bottom[:-1] = np.where(falls, np.maximum(bottom[:-1], middle), bottom[:-1])
    top[1:] = np.where(falls, np.minimum(top[1:], middle + 1), top[1:])
    top[:-1] = np.where(rises, np.minimum(top[:-1], middle + 1), top[:-1])
    bottom[1:] = np.where(rises, np.maximum(bottom[1:], middle), bottom[1:])


def _entry_and_exit(series: DownsampledSeries, scale: Scale, columns: int) -> tuple[Floats, Floats, BoolArray]:
    """Return where the curve enters and leaves each dot column, as fractions of the y axis, and whether it is drawn."""
    left, right = series.left_crossing, series.right_crossing
    before, after = np.full(len(left), -_OUTSIDE), np.full(len(right), columns - 1 + _OUTSIDE)
    at = np.concatenate((before, series.columns, after))
    entries = scale.fraction(np.concatenate((left, series.first, right)))
    exits = scale.fraction(np.concatenate((left, series.last, right)))
    broken = np.pad(series.broken, (len(before), len(after)))
    entry, drawn = np.full(columns, 0.5), np.zeros(columns, np.bool_)
    if len(at) > 1:
        column = np.arange(columns)
        previous = np.clip(np.searchsorted(at, column, "right") - 1, 0, len(at) - 2)
        drawn = (at[previous] <= column) & (column <= at[previous + 1]) & ~broken[previous + 1]
        part = np.clip((column - at[previous]) / (at[previous + 1] - at[previous]), 0, 1)
        entry = exits[previous] * (1 - part) + entries[previous + 1] * part
    exit_ = entry.copy()
    inside = slice(len(before), len(before) + len(series.columns))
    entry[series.columns], exit_[series.columns], drawn[series.columns] = entries[inside], exits[inside], True
    return entry, exit_, drawn
