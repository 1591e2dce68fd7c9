"""Lines as dots: from the extremes of each dot column to patterns of braille."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats
from lossmon.tui.charts.downsample import Columns, Flags, Indices
from lossmon.tui.charts.glyphs import DOT_BITS
from lossmon.tui.charts.scale import Scale

_BITS = np.array(DOT_BITS, np.int32)
_BESIDE = 0.01
"""Dot columns from the edge of the plot to where a line from outside is taken to begin."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A line as one vertical stroke per dot column, from dot row *top* down to *bottom*, where it is *drawn*."""

    top: Indices
    bottom: Indices
    drawn: Flags
    lone: Flags
    """Where a single point is that no line reaches."""

    def dashed(self, keep: Indices) -> Trace:
        """Return the line with every other cell of its flat stretches left out, but never a dot column of *keep*."""
        dash = np.arange(len(self.drawn)) % 4 < 2
        dash[keep] = True
        return Trace(self.top, self.bottom, self.drawn & (dash | (self.bottom - self.top > 1)), self.lone)

    def patterns(self, rows: int) -> NDArray[np.int32]:
        """Return the dots of each cell as bits of ``DOT_BITS``; *rows* of dots make shape (rows / 4, columns / 2)."""
        row = np.arange(rows)[:, None]
        dots = (row >= self.top) & (row <= self.bottom) & self.drawn
        cells = dots.reshape(rows // 4, 4, -1, 2).astype(np.int32)
        patterns: NDArray[np.int32] = np.einsum("hrwc,rc->hw", cells, _BITS)
        return patterns


def dot_rows(shares: Floats, rows: int) -> Indices:
    """Return the dot row, 0 at the top of *rows*, of each share of the height."""
    return np.floor((1 - shares) * (rows - 1) + 0.5).astype(np.intp)


def trace(columns: Columns, scale: Scale, count: int, rows: int) -> Trace:
    """Return the line through *columns*, in *count* x *rows* dots; what lies beyond *scale* is on the edge."""
    begin, end, drawn = _ends(columns, scale, count)
    first, last = dot_rows(begin, rows), dot_rows(end, rows)
    top, bottom = first.copy(), first.copy()
    top[columns.at] = dot_rows(scale.share(columns.high), rows)
    bottom[columns.at] = dot_rows(scale.share(columns.low), rows)
    breaks = np.zeros(count, np.bool_)
    breaks[columns.at] = columns.broken
    linked = drawn[:-1] & drawn[1:] & ~breaks[1:]
    alone = drawn & (top == bottom)
    alone[:-1] &= ~linked
    alone[1:] &= ~linked
    _join(top, bottom, last[:-1], first[1:], linked)
    return Trace(top, bottom, drawn, alone)


def _join(top: Indices, bottom: Indices, leave: Indices, enter: Indices, linked: Flags) -> None:
    """Lengthen the strokes of *linked* neighbours until they meet half way."""
    middle = (leave + enter) // 2
    falls, rises = linked & (leave < enter), linked & (leave > enter)
    bottom[:-1] = np.where(falls, np.maximum(bottom[:-1], middle), bottom[:-1])
    top[1:] = np.where(falls, np.minimum(top[1:], middle + 1), top[1:])
    top[:-1] = np.where(rises, np.minimum(top[:-1], middle + 1), top[:-1])
    bottom[1:] = np.where(rises, np.maximum(bottom[1:], middle), bottom[1:])


def _ends(columns: Columns, scale: Scale, count: int) -> tuple[Floats, Floats, Flags]:
    """Return the shares of the height at which the line enters and leaves each dot column, and whether it is there."""
    before, after = np.full(len(columns.enters), -_BESIDE), np.full(len(columns.leaves), count - 1 + _BESIDE)
    at = np.concatenate((before, columns.at, after))
    enters = scale.share(np.concatenate((columns.enters, columns.first, columns.leaves)))
    leaves = scale.share(np.concatenate((columns.enters, columns.last, columns.leaves)))
    broken = np.pad(columns.broken, (len(before), len(after)))
    begin, drawn = np.full(count, 0.5), np.zeros(count, np.bool_)
    if len(at) > 1:
        column = np.arange(count)
        left = np.clip(np.searchsorted(at, column, "right") - 1, 0, len(at) - 2)
        drawn = (at[left] <= column) & (column <= at[left + 1]) & ~broken[left + 1]
        part = np.clip((column - at[left]) / (at[left + 1] - at[left]), 0, 1)
        begin = leaves[left] * (1 - part) + enters[left + 1] * part
    end = begin.copy()
    inner = slice(len(before), len(before) + len(columns.at))
    begin[columns.at], end[columns.at], drawn[columns.at] = enters[inner], leaves[inner], True
    return begin, end, drawn
