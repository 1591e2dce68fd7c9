"""Strips of bars below a chart, with the x axis and the margins of its frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.text import cell_width, truncate
from lossmon.presentation.charts.downsample import BoolArray, SortedPoints, downsample, sort_by_x
from lossmon.presentation.charts.scales import LinearScale, choose_y_scale
from lossmon.tui.charts.cell_grid import CellGrid
from lossmon.tui.charts.frame import Frame
from lossmon.tui.charts.glyphs import UNICODE, Glyphs
from lossmon.tui.roles import Role
from lossmon.tui.styled_text import Lines

_MAX_SAMPLE_GAP = 3
"""Longest distance of two GPU samples that are connected, in median sampling intervals."""
_MIN_SAMPLES = 4
"""Samples needed to estimate the sampling interval; fewer are not connected."""


@dataclass(frozen=True, slots=True, eq=False)
class _BarStrip:
    """*rows* of a grid with bars of one role, which begin at the bottom of row *base* and go up or down."""

    grid: CellGrid
    left_margin: int
    rows: int
    base: int
    """-1: at the top of the strip."""
    role: Role
    glyphs: Glyphs

    def draw_up(self, cell: int, fraction: float) -> None:
        """Draw a bar to *fraction* of the height above zero, at least one step; a plus sign if there is no row."""
        if self.base < 0:
            self.grid.put(0, self.left_margin + cell, self.glyphs.positive, self.role)
        steps = len(self.glyphs.bars)
        left = max(1, round(fraction * steps * (self.base + 1)))
        for row in range(self.base, -1, -1):
            if left > 0:
                self.grid.put(row, self.left_margin + cell, self.glyphs.bars[min(left, steps) - 1], self.role)
            left -= steps

    def draw_down(self, cell: int, fraction: float) -> None:
        """Draw a bar to *fraction* of the height below zero, at least one step; a minus sign if there is no row."""
        if self.base == self.rows - 1:
            self.grid.put(self.base, self.left_margin + cell, self.glyphs.negative, "muted")
        steps = len(self.glyphs.drops)
        left = max(1, round(fraction * steps * (self.rows - 1 - self.base)))
        for row in range(self.base + 1, self.rows):
            if left > 0:
                self.grid.put(row, self.left_margin + cell, self.glyphs.drops[min(left, steps) - 1], "muted")
            left -= steps


def gap_strip(
    x: Floats,
    gap: Floats,
    frame: Frame,
    rows: int = 1,
    texts: Sequence[str] = (),
    label: str = "gap",
    glyphs: Glyphs = UNICODE,
) -> Lines:
    """Draw validation minus train loss at each *x* as bars from zero.

    A cell shows the mean of its points; cells between two points are interpolated. A gap below zero hangs down. In a
    single row the bars have the sign of the last gap, and a sign marks cells with the opposite one. Outliers end at
    the edge; NaN is left blank, an infinity has a mark. The first of *texts* that fits is written in the right margin.
    """
    if rows < 1 or frame.columns < 1:
        return ()
    grid = _strip_grid(frame, rows, label, texts, "gap", glyphs)
    points = SortedPoints.of(*sort_by_x(x, gap))
    visible = downsample(points, frame.dots)
    scale = choose_y_scale([visible.envelope], "linear", clip_outliers=True)
    lowest, highest = (min(scale.low, 0.0), max(scale.high, 0.0)) if len(visible.columns) else (0.0, 0.0)
    base = _zero_row(lowest, highest, rows, visible.last)
    bars = _BarStrip(grid, frame.left_margin, rows, base, "gap", glyphs)
    for cell, mean in _cell_means(points, frame):
        if mean >= 0:
            bars.draw_up(cell, min(1.0, mean / highest) if highest else 0.0)
        else:
            bars.draw_down(cell, min(1.0, mean / lowest) if lowest else 0.0)
    for cell in np.unique(visible.nonfinite_columns[np.isinf(visible.nonfinite_values)] // 2).tolist():
        grid.put(0, frame.left_margin + int(cell), glyphs.infinite, "nonfinite")
    return grid.lines()


def risk_strip(
    x: Floats,
    probability: Floats,
    frame: Frame,
    texts: Sequence[str] = (),
    label: str = "risk",
    glyphs: Glyphs = UNICODE,
) -> Lines:
    """Draw the probability of overfitting, 0 to 1, at each *x* as bars in one row; NaN is left blank.

    A cell shows the mean of its points; cells between two points are interpolated.
    """
    if frame.columns < 1:
        return ()
    grid = _strip_grid(frame, 1, label, texts, "risk", glyphs)
    bars = _BarStrip(grid, frame.left_margin, 1, 0, "risk", glyphs)
    for cell, mean in _cell_means(SortedPoints.of(*sort_by_x(x, probability), sparse=True), frame):
        bars.draw_up(cell, min(max(mean, 0.0), 1.0))
    return grid.lines()


def gpu_strip(
    samples: Sequence[tuple[float, float]],
    x: Floats,
    wall: Floats,
    frame: Frame,
    rows: int = 1,
    texts: Sequence[str] = (),
    label: str = "gpu",
    glyphs: Glyphs = UNICODE,
) -> Lines:
    """Draw GPU utilisation below the x that the run had reached at the time of each sample.

    *samples* are (seconds since 1970, percent). *x* and *wall* (seconds since 1970) are those of the evaluations, of
    one length; samples after the last evaluation count to it. A cell shows the mean of its samples, or nothing.
    """
    if rows < 1 or frame.columns < 1:
        return ()
    grid = _strip_grid(frame, rows, label, texts, "gpu", glyphs)
    bars = _BarStrip(grid, frame.left_margin, rows, rows - 1, "gpu", glyphs)
    measured = np.array(samples, np.float64).reshape(-1, 2)
    measured = measured[np.isfinite(measured).all(axis=1)]
    by_time = sort_by_x(measured[:, 0], np.clip(measured[:, 1], 0, 100))
    points = _connect_regular_samples(SortedPoints.of(*by_time))
    sample_x = _x_at_times(points.x, x, wall)
    known = np.isfinite(sample_x)
    connected = points.connected[known] if points.connected is not None else None
    placed = SortedPoints(sample_x[known], points.y[known], connected, points.nonfinite_x, points.nonfinite_y)
    for cell, mean in _cell_means(placed, frame):
        bars.draw_up(cell, mean / 100)
    return grid.lines()


def _strip_grid(frame: Frame, rows: int, label: str, texts: Sequence[str], role: Role, glyphs: Glyphs) -> CellGrid:
    """Return the grid of a strip with *label* left of the plot and the first of *texts* that fits right of it."""
    grid = CellGrid(frame.width, rows)
    if frame.left_margin > 1:
        grid.write(0, 0, truncate(label, frame.left_margin, glyphs.ellipsis), "muted")
    text = next((text for text in texts if cell_width(text) < frame.right_margin), "")
    grid.write(0, frame.left_margin + frame.columns + 1, text, role)
    return grid


def _zero_row(lowest: float, highest: float, rows: int, last: Floats) -> int:
    """Return the row whose bottom is zero, or -1 for the top; with two rows or more each sign has one."""
    if rows == 1 and len(last):
        return -1 if last[-1] < 0 else 0
    if lowest >= 0:
        return rows - 1
    if highest <= 0:
        return -1
    rows_below = round(rows * float(LinearScale(lowest, highest).fraction(np.zeros(1))[0]))
    return rows - 1 - min(max(rows_below, 1), rows - 1)


def _cell_means(points: SortedPoints, frame: Frame) -> list[tuple[int, float]]:
    """Return (cell, mean) of each cell that holds points, and (cell, interpolated value) between connected points."""
    start, stop = np.searchsorted(points.x, frame.low, "left"), np.searchsorted(points.x, frame.high, "right")
    cells = (frame.dots.of(points.x[start:stop]) // 2).astype(np.intp)
    counts = np.bincount(cells, minlength=frame.columns)
    # Divided before they are added up, so that the mean of finite values is finite.
    means = np.bincount(cells, points.y[start:stop] / np.maximum(counts, 1)[cells], minlength=frame.columns)
    centers = frame.cell_centers()
    between = (counts == 0) & _is_between_connected(points, centers)
    if between.any():
        means[between] = np.interp(centers[between], points.x, points.y)
    shown = np.flatnonzero(((counts > 0) | between) & np.isfinite(means))
    return [(int(cell), float(means[cell])) for cell in shown]


def _is_between_connected(points: SortedPoints, x: Floats) -> BoolArray:
    """Return for each x whether it lies between two points that a line connects."""
    following = np.searchsorted(points.x, x)
    between = (following > 0) & (following < len(points.x))
    if points.connected is not None:
        between[between] = points.connected[following[between]]
    return between


def _connect_regular_samples(samples: SortedPoints) -> SortedPoints:
    """Return *samples*, x in seconds, connected only if they follow each other at about the usual interval."""
    connected = np.zeros(len(samples.x), np.bool_)
    if len(samples.x) >= _MIN_SAMPLES:
        intervals = np.diff(samples.x)
        connected[1:] = intervals <= _MAX_SAMPLE_GAP * float(np.median(intervals))
    return SortedPoints(samples.x, samples.y, connected, samples.nonfinite_x, samples.nonfinite_y)


def _x_at_times(times: Floats, x: Floats, wall: Floats) -> Floats:
    """Return the x at each of *times*: interpolated between evaluations, extrapolated before the first; else NaN."""
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(wall))
    order = known[np.argsort(wall[known], kind="stable")]
    if not len(order):
        return np.full(len(times), np.nan)
    x, wall = x[order], wall[order]
    found: Floats = np.interp(times, wall, x)
    early = times < wall[0]
    if len(x) < 2 or wall[1] == wall[0]:
        found[early] = np.nan
        return found
    # A time so early that its x overflows has no known x.
    with np.errstate(over="ignore", invalid="ignore"):
        found[early] = x[0] - (wall[0] - times[early]) / (wall[1] - wall[0]) * (x[1] - x[0])
    return found
