"""Paths of SVG: curves, areas and bands as whole numbers, the lowest and the highest value of each column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lossmon.core.points import Floats, Ints
from lossmon.presentation.charts.downsample import DownsampledSeries
from lossmon.report.html.markup import Markup
from lossmon.report.html.plot import Plot

_MARK_DEPTH = 3
"""Units between the edge of a plot and the marks of NaN and infinities."""


def curve_path(series: DownsampledSeries, plot: Plot) -> Markup:
    """Return the path of a curve; a point without neighbours is a line of no length, drawn as a dot."""
    return Markup("".join(_line(x, y) for x, y in _stretches(series, plot)))


def area_path(series: DownsampledSeries, plot: Plot, base: float) -> Markup:
    """Return the path of the area between a curve and the value *base*."""
    row = int(plot.rows(np.array([base]))[0])
    return Markup("".join(_area(x, y, row) for x, y in _stretches(series, plot)))


def band_path(x: Floats, lower: Floats, upper: Floats, plot: Plot) -> Markup:
    """Return the path of the band between two curves that have their values at the same *x*; none where one lacks."""
    known = np.flatnonzero(np.isfinite(lower) & np.isfinite(upper) & np.isfinite(x))
    parts = []
    for stretch in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        columns = plot.columns.of(x[stretch]).astype(np.int64)
        # Of each column the last evaluation counts: the curves themselves show the extremes.
        is_last = np.append(np.diff(columns) != 0, True)[: len(columns)]
        chosen, columns = stretch[is_last], columns[is_last]
        if len(chosen) > 1:
            parts.append(_closed(columns, plot.rows(lower[chosen]), plot.rows(upper[chosen])))
    return Markup("".join(parts))


def non_finite_path(series: DownsampledSeries, plot: Plot) -> Markup:
    """Return a stroke along the top edge wherever a value is NaN or infinite, along the bottom for minus infinity."""
    is_low = series.nonfinite_values == -np.inf
    bottom = int(plot.rows(np.array([plot.scale.low]))[0]) - _MARK_DEPTH
    low, high = series.nonfinite_columns[is_low], series.nonfinite_columns[~is_low]
    return Markup(_strokes(high, _MARK_DEPTH) + _strokes(low, bottom))


def _strokes(columns: Floats, row: int) -> str:
    """Return one stroke for each stretch of neighbouring *columns*."""
    filled = np.unique(columns).astype(np.int64)
    parts = np.split(filled, np.flatnonzero(np.diff(filled) > 1) + 1) if len(filled) else []
    return "".join(f"M{part[0]},{row}h{part[-1] - part[0]}" for part in parts)


def _stretches(series: DownsampledSeries, plot: Plot) -> Iterator[tuple[Ints, Ints]]:
    """Yield the columns and rows of each stretch of a curve that no NaN or infinity interrupts."""
    if not len(series.columns):
        return
    falls = series.last < series.first
    values = np.where(falls, (series.high, series.low), (series.low, series.high)).T
    x, y = np.repeat(series.columns, 2), plot.rows(values.ravel())
    starts = np.flatnonzero(series.broken[1:]) + 1
    for begin, end in zip([0, *starts], [*starts, len(series.columns)], strict=True):
        part = slice(2 * begin, 2 * end)
        keep = _turns(x[part], y[part])
        yield x[part][keep], y[part][keep]


def _turns(x: Ints, y: Ints) -> Ints:
    """Return the indices of the points that are needed: not those that repeat the one before, or lie on a flat line."""
    moved = np.append(True, (np.diff(x) != 0) | (np.diff(y) != 0))
    kept = np.flatnonzero(moved)
    if len(kept) < 3:
        return kept
    level = y[kept]
    is_flat = (level[1:-1] == level[:-2]) & (level[1:-1] == level[2:])
    return kept[np.concatenate(([True], ~is_flat, [True]))]


def _line(x: Ints, y: Ints) -> str:
    steps = zip(np.diff(x).tolist(), np.diff(y).tolist(), strict=True)
    return f"M{x[0]},{y[0]}" + ("".join(_step(dx, dy) for dx, dy in steps) or "h0")


def _step(dx: int, dy: int) -> str:
    if not dy:
        return f"h{dx}"
    if not dx:
        return f"v{dy}"
    return f"l{dx},{dy}" if dy > 0 else f"l{dx}{dy}"


def _area(x: Ints, y: Ints, base: int) -> str:
    return f"{_line(x, y)}V{base}H{x[0]}z"


def _closed(x: Ints, lower: Ints, upper: Ints) -> str:
    return _line(np.append(x, x[::-1]), np.append(lower, upper[::-1])) + "z"
