"""Colour the background of a plot: the stretch since the marker, and the band between two curves."""

from __future__ import annotations

import numpy as np

from lossmon.presentation.charts.downsample import BoolArray
from lossmon.tui.charts.annotations import PlotArea
from lossmon.tui.charts.braille import RasterLine
from lossmon.tui.charts.options import Marker
from lossmon.tui.roles import Background

_DOTS = 4
"""Dot rows of a cell."""
_GROWTH = 4
"""Columns by which the band of growing curves becomes longer at once; one at a time costs three times the bytes."""


def draw_shades(plot: PlotArea, marker: Marker | None, band: BoolArray, *, has_texture: bool) -> None:
    """Tint the plot from the marker to its right edge, and shade the cells of *band*, shape (rows, columns).

    *has_texture*: what is tinted for sure is also filled with a character.
    """
    tinted = np.zeros_like(band)
    is_firm = marker is not None and not marker.is_weak
    since = None if marker is None else plot.frame.column_of(marker.x)
    if since is not None:
        # To the edge, not only to the last point: a stretch that grew would be drawn again with every evaluation.
        columns = plot.frame.left_margin + plot.frame.columns - since
        tinted[:, -columns:] = True
        if is_firm and has_texture:
            plot.grid.draw_behind(since, plot.glyphs.texture, "texture", plot.rows, columns)
    tint: Background = "tint" if is_firm else "weak-tint"
    tint_band: Background = "tint-band" if is_firm else "band"
    plot.grid.shade(plot.frame.left_margin, tinted, tint)
    plot.grid.shade(plot.frame.left_margin, band & ~tinted, "band")
    plot.grid.shade(plot.frame.left_margin, band & tinted, tint_band)


def cells_between(one: RasterLine, other: RasterLine, rows: int, *, is_growing: bool = False) -> BoolArray:
    """Return the cells between two lines, without those of the lines; *rows* of cells give shape (rows, columns / 2).

    Of the two dot columns of a cell the narrower band counts. The newest columns of lines that grow may be left out.
    """
    both = one.drawn & other.drawn
    drawn: BoolArray = both[::2] & both[1::2]
    upper = np.maximum(np.minimum(one.bottom, other.bottom).reshape(-1, 2).max(axis=1) // _DOTS, 0)
    lower = np.maximum(one.top, other.top).reshape(-1, 2).min(axis=1) // _DOTS
    row = np.arange(rows)[:, None]
    if is_growing and drawn.any():
        drawn[(int(np.flatnonzero(drawn)[-1]) + 1) // _GROWTH * _GROWTH :] = False
    cells: BoolArray = (row > upper) & (row < lower) & drawn
    return cells
