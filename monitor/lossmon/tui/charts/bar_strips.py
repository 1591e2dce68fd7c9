"""Strips of bars below a chart, sharing its x axis and its margins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Floats
from lossmon.tui.charts.cell_grid import CellGrid, Lines, Role, cell_width, fit
from lossmon.tui.charts.downsample import Flags, Points, ordered, points, thin
from lossmon.tui.charts.frame import Frame
from lossmon.tui.charts.glyphs import UNICODE, Glyphs
from lossmon.tui.charts.options import Series
from lossmon.tui.charts.scale import Linear
from lossmon.tui.charts.scales import y_scale

_HELD = 3
"""How many sampling intervals a GPU sample holds; after that nobody knows."""
_PACED = 4
"""Samples from which a pace can be told."""


@dataclass(frozen=True, slots=True, eq=False)
class _Bars:
    """*rows* of a canvas on which bars of one role stand on the bottom of row *base*, or hang from it."""

    canvas: CellGrid
    left: int
    rows: int
    base: int
    role: Role
    glyphs: Glyphs

    def rise(self, cell: int, share: float) -> None:
        """Draw a bar to *share* of the room above zero, at least a step; a plus where there is no room."""
        if self.base < 0:
            self.canvas.put(0, self.left + cell, self.glyphs.positive, self.role)
        steps = len(self.glyphs.bars)
        left = max(1, round(share * steps * (self.base + 1)))
        for row in range(self.base, -1, -1):
            if left > 0:
                self.canvas.put(row, self.left + cell, self.glyphs.bars[min(left, steps) - 1], self.role)
            left -= steps

    def hang(self, cell: int, share: float) -> None:
        """Draw a bar down to *share* of the room below zero, at least a step; a minus where there is no room."""
        if self.base == self.rows - 1:
            self.canvas.put(self.base, self.left + cell, self.glyphs.negative, "muted")
        steps = len(self.glyphs.drops)
        left = max(1, round(share * steps * (self.rows - 1 - self.base)))
        for row in range(self.base + 1, self.rows):
            if left > 0:
                self.canvas.put(row, self.left + cell, self.glyphs.drops[min(left, steps) - 1], "muted")
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
    """Draw validation minus train at each *x* as bars from zero, each the mean of its cell, joined by straight lines.

    Bars hang where the gap is below zero; a single row has bars for the sign of the last value, and shows the other
    sign as such. Outliers end at the edge. NaN is a gap, an infinity a mark. The first of *texts* that fits is written
    in the right margin.
    """
    if rows < 1 or frame.columns < 1:
        return ()
    canvas = _labelled(frame, rows, label, texts, "gap", glyphs)
    logged = points(ordered(Series(x, gap, "gap")))
    within = thin(logged, frame)
    scale = y_scale([within], "linear", zoom=True)
    below, above = (min(scale.low, 0.0), max(scale.high, 0.0)) if len(within.at) else (0.0, 0.0)
    base = _zero_row(below, above, rows, within.last)
    bars = _Bars(canvas, frame.left, rows, base, "gap", glyphs)
    for cell, mean in _means(logged, frame):
        if mean >= 0:
            bars.rise(cell, min(1.0, mean / above) if above else 0.0)
        else:
            bars.hang(cell, min(1.0, mean / below) if below else 0.0)
    for cell in np.unique(within.odd[np.isinf(within.odd_values)] // 2).tolist():
        canvas.put(0, frame.left + int(cell), glyphs.infinite, "nonfinite")
    return canvas.lines()


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
    """Draw GPU utilisation, *samples* of (seconds since 1970, percent), where the chart has the x of that time.

    *x* and *wall* (seconds since 1970) are those of the history, of one length; samples since its last evaluation count
    to the last one. A cell shows the mean of its samples, and nothing where none was taken.
    """
    if rows < 1 or frame.columns < 1:
        return ()
    canvas = _labelled(frame, rows, label, texts, "gpu", glyphs)
    bars = _Bars(canvas, frame.left, rows, rows - 1, "gpu", glyphs)
    taken = np.array(samples, np.float64).reshape(-1, 2)
    taken = taken[np.isfinite(taken).all(axis=1)]
    held = _held(points(ordered(Series(taken[:, 0], np.clip(taken[:, 1], 0, 100), "gpu"))))
    placed = _x_of(held.x, x, wall)
    known = np.isfinite(placed)
    joined = held.joined[known] if held.joined is not None else None
    for cell, mean in _means(Points(placed[known], held.y[known], joined, held.odd_x, held.odd_y), frame):
        bars.rise(cell, mean / 100)
    return canvas.lines()


def _labelled(frame: Frame, rows: int, label: str, texts: Sequence[str], role: Role, glyphs: Glyphs) -> CellGrid:
    canvas = CellGrid(frame.width, rows)
    if frame.left > 1:
        canvas.write(0, 0, fit(label, frame.left - 1, glyphs.ellipsis), "muted")
    text = next((text for text in texts if cell_width(text) < frame.right), "")
    canvas.write(0, frame.left + frame.columns + 1, text, role)
    return canvas


def _zero_row(below: float, above: float, rows: int, last: Floats) -> int:
    """Return the row on whose bottom zero lies, or -1 for the top; each sign gets a row if there are two."""
    if rows == 1 and len(last):
        return -1 if last[-1] < 0 else 0
    if below >= 0:
        return rows - 1
    if above <= 0:
        return -1
    hanging = round(rows * float(Linear(below, above).share(np.zeros(1))[0]))
    return rows - 1 - min(max(hanging, 1), rows - 1)


def _means(logged: Points, frame: Frame) -> list[tuple[int, float]]:
    """Return the cells that hold points, with their mean, and those a line between two crosses, with its height."""
    start, stop = np.searchsorted(logged.x, frame.low, "left"), np.searchsorted(logged.x, frame.high, "right")
    cells = (frame.dots(logged.x[start:stop]) // 2).astype(np.intp)
    counts = np.bincount(cells, minlength=frame.columns)
    # Divided before they are added: the mean of finite values is finite.
    means = np.bincount(cells, logged.y[start:stop] / np.maximum(counts, 1)[cells], minlength=frame.columns)
    middles = frame.middles()
    crossed = (counts == 0) & _on_line(logged, middles)
    if crossed.any():
        means[crossed] = np.interp(middles[crossed], logged.x, logged.y)
    shown = np.flatnonzero(((counts > 0) | crossed) & np.isfinite(means))
    return [(int(cell), float(means[cell])) for cell in shown]


def _on_line(logged: Points, x: Floats) -> Flags:
    """Say of each x whether it lies between two points that are joined."""
    following = np.searchsorted(logged.x, x)
    between = (following > 0) & (following < len(logged.x))
    if logged.joined is not None:
        between[between] = logged.joined[following[between]]
    return between


def _held(samples: Points) -> Points:
    """Return *samples*, x in seconds, joined only where they follow one another at their usual pace, about."""
    joined = np.zeros(len(samples.x), np.bool_)
    if len(samples.x) >= _PACED:
        steps = np.diff(samples.x)
        joined[1:] = steps <= _HELD * float(np.median(steps))
    return Points(samples.x, samples.y, joined, samples.odd_x, samples.odd_y)


def _x_of(times: Floats, x: Floats, wall: Floats) -> Floats:
    """Return the x of each of *times*: in proportion between evaluations, at the pace of the first two before them."""
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(wall))
    order = known[np.argsort(wall[known], kind="stable")]
    if not len(order):
        return np.full(len(times), np.nan)
    x, wall = x[order], wall[order]
    placed: Floats = np.interp(times, wall, x)
    early = times < wall[0]
    if len(x) < 2 or wall[1] == wall[0]:
        placed[early] = np.nan
        return placed
    # A time so early that its x overflows is as good as unknown.
    with np.errstate(over="ignore", invalid="ignore"):
        placed[early] = x[0] - (wall[0] - times[early]) / (wall[1] - wall[0]) * (x[1] - x[0])
    return placed
