"""What a chart is made from: its series, its marks, and the options for how to draw them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from lossmon.core.points import Floats
from lossmon.presentation.charts.downsample import sort_by_x
from lossmon.presentation.charts.scales import YScale
from lossmon.presentation.charts.ticks import XUnit
from lossmon.tui.charts.glyphs import UNICODE, Glyphs
from lossmon.tui.roles import Role


@dataclass(frozen=True, slots=True, eq=False)
class ChartSeries:
    """One curve: *x* and *y* of one length. Points with a NaN or infinite x are not drawn."""

    x: Floats
    y: Floats
    role: Role
    label: str = ""
    """Name written at the right end of the curve, before its last value; empty: write neither."""
    sparse: bool = False
    """NaN means that nothing was logged: leave a gap, without a mark."""
    dashed: bool = False
    """Draw flat stretches dashed, to distinguish curves without colour."""

    def sorted_by_x(self) -> ChartSeries:
        """Return the series in ascending order of x, without the points whose x is not finite."""
        x, y = sort_by_x(self.x, self.y)
        return dataclasses.replace(self, x=x, y=y)


@dataclass(frozen=True, slots=True)
class Marker:
    """A vertical line at *x* with a label beside it; from there on the chart is tinted."""

    x: float
    label: str
    is_weak: bool = False
    """Whether what begins there is not sure: line and tint are fainter."""


@dataclass(frozen=True, slots=True)
class BestPoint:
    """The point with the best loss of a run."""

    x: float
    y: float
    label: str = ""
    """Its value, written near it."""


@dataclass(frozen=True, slots=True)
class ChartOptions:
    """How a chart is drawn."""

    y_scale: YScale = "auto"
    x_unit: XUnit | None = "epoch"
    """None: no row of x labels."""
    x_range: tuple[float, float] | None = None
    """The part of the x axis to show; None: all of it."""
    marker: Marker | None = None
    best: BestPoint | None = None
    best_score: BestPoint | None = None
    """Where the score was best, on the curve of the loss; None to show no such point."""
    restarts: tuple[Marker, ...] = ()
    """Where the training went back to begin again, marked on the x axis."""
    band: bool = False
    """Shade what is between the last two series, if both are drawn there."""
    texture: bool = False
    """Fill the stretch since the marker with a character, where no background can be coloured."""
    cursor: float | None = None
    """The x at which the values of all series are read; None: no cursor."""
    clip_outliers: bool = True
    """Let a few outliers lie beyond the y axis if they would flatten all other points; the notes count them."""
    is_growing: bool = False
    """Whether more points are expected: the y axis is somewhat longer, so that it does not change with every one."""
    min_left_margin: int = 4
    """Cells left of the plot, at least."""
    min_right_margin: int = 0
    """Cells right of the plot, at least."""
    utc_offset: float = 0.0
    """Seconds that local time is ahead of UTC, for the unit ``wall``."""
    glyphs: Glyphs = UNICODE


DEFAULT_OPTIONS = ChartOptions()
