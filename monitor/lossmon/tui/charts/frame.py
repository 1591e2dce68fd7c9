"""Where the plot lies in its lines, and which x it spans: what a chart and the strips below it share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Floats
from lossmon.tui.charts.scale import Linear


@dataclass(frozen=True, slots=True)
class Frame:
    """A plot of *columns* cells after *left* cells of margin, in lines of *width* cells, from x *low* to *high*."""

    width: int
    left: int
    columns: int
    low: float
    high: float

    @property
    def right(self) -> int:
        """Cells of margin to the right of the plot."""
        return self.width - self.left - self.columns

    @property
    def scale(self) -> Linear:
        """Maps x to its share of the plot's width."""
        return Linear(self.low, self.high)

    def column(self, x: float) -> int | None:
        """Return the cell of a line in which *x* is drawn; None outside the plot."""
        if not self.low <= x <= self.high or self.columns < 1:
            return None
        return self.left + int(self.dots(np.array([x]))[0]) // 2

    def dots(self, x: Floats) -> Floats:
        """Return the dot column of each x, two to a cell, counted from the left of the plot and clipped to it."""
        return np.floor(self.scale.share(x) * max(0, 2 * self.columns - 1) + 0.5)

    def x_at(self, column: int) -> float:
        """Return the x in the middle of a cell of a line, clipped to the plot."""
        if self.columns < 2:
            return self.scale.at(0.5)
        share = (2 * (column - self.left) + 0.5) / (2 * self.columns - 1)
        return self.scale.at(min(max(share, 0.0), 1.0))

    def middles(self) -> Floats:
        """Return the x in the middle of each cell of the plot; shape (columns,)."""
        shares = (2 * np.arange(self.columns) + 0.5) / max(1, 2 * self.columns - 1)
        return self.low * (1 - shares) + self.high * shares

    def edges(self) -> Floats:
        """Return where each dot column begins in x; shape (2 * columns,)."""
        count = 2 * self.columns
        shares = np.clip((np.arange(count) - 0.5) / max(1, count - 1), 0, 1)
        return self.low * (1 - shares) + self.high * shares


def window(low: float, high: float) -> tuple[float, float]:
    """Return *low* and *high* in order, moved apart where they are one, so that a lone x lies in the middle."""
    if low > high:
        low, high = high, low
    if low == high:
        pad = max(0.5, abs(low) * 1e-6)
        low, high = max(low - pad, -_LARGEST), min(high + pad, _LARGEST)
    return low, high


_LARGEST = math.nextafter(math.inf, 0)
