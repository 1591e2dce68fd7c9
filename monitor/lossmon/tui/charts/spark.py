"""One row that shows where a curve has been."""

from __future__ import annotations

import numpy as np

from lossmon.core.points import Floats
from lossmon.tui.charts.cell_grid import CellGrid, Line, Role
from lossmon.tui.charts.downsample import Indices, apart
from lossmon.tui.charts.glyphs import UNICODE, Glyphs
from lossmon.tui.charts.scales import y_scale


def sparkline(values: Floats, width: int, role: Role = "val", glyphs: Glyphs = UNICODE) -> Line:
    """Draw *values* as a row of bars, one for each, or *width* of them, which keep the lowest and the highest value.

    A cell that holds a NaN or an infinity shows only that. A few outliers end at the edge, as in the loss chart.
    """
    cells = min(width, len(values))
    if cells < 1:
        return ()
    y = np.asarray(values, np.float64)
    place = np.arange(len(y)) * cells // len(y)
    finite = np.isfinite(y)
    canvas = CellGrid(cells, 1)
    at, heights = _representatives(place[finite], y[finite])
    for cell, step in zip(at.tolist(), _steps(heights, len(glyphs.bars)), strict=True):
        canvas.put(0, cell, glyphs.bars[step], role)
    for cell in np.unique(place[~finite]).tolist():
        canvas.put(0, cell, glyphs.nan, "nonfinite")
    return canvas.lines()[0]


def _representatives(place: Indices, y: Floats) -> tuple[Indices, Floats]:
    """Return the cells that hold values, and of each the value that is farthest from the middle of them all."""
    if not len(y):
        return place, y
    at, starts = np.unique(place, return_index=True)
    low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    middle = float(np.sort(y)[len(y) // 2])
    chosen = np.where(high / 2 - middle / 2 >= middle / 2 - low / 2, high, low)
    chosen[low.argmin()] = low.min()
    chosen[high.argmax()] = high.max()
    return at, chosen


def _steps(heights: Floats, count: int) -> list[int]:
    """Return which of *count* bars stands for each of *heights*."""
    shares = y_scale([apart(heights)], "linear", zoom=True).share(heights)
    steps: list[int] = np.floor(shares * (count - 1) + 0.5).astype(int).tolist()
    return steps
