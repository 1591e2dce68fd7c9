"""Moving about in a chart: the window of x that is shown, and the cursor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lossmon.tui.charts.downsample import ordered
from lossmon.tui.charts.frame import Frame
from lossmon.tui.charts.options import Series


def zoomed(
    x_range: tuple[float, float], full: tuple[float, float], factor: float, centre: float
) -> tuple[float, float]:
    """Return *x_range* made *factor* times as long around *centre*, inside *full*."""
    low, high = (centre + (end - centre) * factor for end in x_range)
    return max(low, full[0]), min(high, full[1])


def panned(x_range: tuple[float, float], full: tuple[float, float], share: float) -> tuple[float, float]:
    """Return *x_range* moved by *share* of its length (negative: to the left), its length kept, inside *full*."""
    length = x_range[1] - x_range[0]
    low = min(max(x_range[0] + share * length, full[0]), max(full[1] - length, full[0]))
    return low, min(low + length, full[1])


def moved(cursor: float | None, series: Sequence[Series], frame: Frame, cells: int) -> float | None:
    """Return the logged x about *cells* cells to the right of *cursor* (negative: to the left), at least the next one.

    Without a cursor it is the last x in the frame; where nothing more is logged the cursor stays; None if nothing is.
    """
    xs = np.unique(np.concatenate([np.empty(0), *(ordered(each).x for each in series)]))
    xs = xs[(xs >= frame.low) & (xs <= frame.high)]
    if not len(xs):
        return cursor
    if cursor is None:
        return float(xs[-1])
    column = frame.column(cursor)
    start = frame.left + frame.columns - 1 if column is None else column
    target = frame.x_at(start + cells)
    ahead = xs[xs > cursor] if cells > 0 else xs[xs < cursor]
    return float(ahead[np.abs(ahead - target).argmin()]) if len(ahead) and cells else cursor
