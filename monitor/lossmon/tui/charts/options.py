"""What a chart is made from: series, marks, and how they are to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from lossmon.core.points import Floats
from lossmon.tui.charts.cell_grid import Role
from lossmon.tui.charts.glyphs import UNICODE, Glyphs

XAxis: TypeAlias = Literal["epoch", "step", "relative", "wall"]
"""What x counts: epochs, steps, seconds since the start, or seconds since 1970."""

YScale: TypeAlias = Literal["auto", "linear", "log"]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One curve; points whose x is NaN are left out, and x need not be in order."""

    x: Floats
    y: Floats
    role: Role
    label: str = ""
    """Written at the right end of the line, before its last value; empty for neither."""
    sparse: bool = False
    """NaN means that nothing was logged there: a gap, and no mark."""
    dashed: bool = False
    """Flat stretches are broken up, to tell lines apart without colour."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A vertical line at an x, with a word beside it."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Best:
    """The best point of a run."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ChartOptions:
    """How a chart is shown."""

    y: YScale = "auto"
    """``auto`` is logarithmic where all values are positive and the largest is over 50 times the smallest."""
    x: XAxis | None = "epoch"
    """None for no row of x labels."""
    x_range: tuple[float, float] | None = None
    """The x to show; None for all there are."""
    marker: Marker | None = None
    best: Best | None = None
    cursor: float | None = None
    zoom: bool = True
    """Leave out of sight a few points that would squeeze all others; the notes say so."""
    left: int = 4
    """Least cells of margin on the left."""
    right: int = 0
    """Least cells of margin on the right."""
    utc_offset: float = 0.0
    """Seconds that local time is ahead of UTC, for ``wall``."""
    glyphs: Glyphs = UNICODE


DEFAULTS = ChartOptions()
