"""Where the points of a run stand on the x axis that was chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.presentation.step_to_epoch import epoch_scalar, epochs_at
from lossmon.tui.charts.options import XAxis as DrawnOver
from lossmon.tui.state import Page, State, XAxis


@dataclass(frozen=True, slots=True, eq=False)
class Ruler:
    """One x axis of one run."""

    axis: XAxis
    counted: DrawnOver
    """What the log counts."""
    start: float
    """When the first point was logged, in seconds since 1970; NaN where the log has no times."""
    epochs: Curve | None

    @classmethod
    def of(cls, view: RunSnapshot, wanted: XAxis) -> Ruler:
        """Return the axis *wanted* for a run, or what its log counts where it has no such axis."""
        start, epochs = _start_of(view), epoch_scalar(view)
        offered = _offered(start, epochs)
        return cls(wanted if wanted in offered else XAxis.COUNT, view.axis, start, epochs)

    @property
    def offered(self) -> tuple[XAxis, ...]:
        """The axes there are for this run."""
        return _offered(self.start, self.epochs)

    @property
    def label(self) -> DrawnOver:
        """What the axis is called."""
        names: dict[XAxis, DrawnOver] = {
            XAxis.COUNT: self.counted,
            XAxis.EPOCH: "epoch",
            XAxis.ELAPSED: "relative",
            XAxis.CLOCK: "wall",
        }
        return names[self.axis]

    def at(self, x: Floats, wall: Floats) -> Floats:
        """Return where points stand: at their own x, their epoch, seconds since the start, or seconds since 1970."""
        if self.axis is XAxis.EPOCH and self.epochs is not None:
            return epochs_at(self.epochs, x)
        with np.errstate(all="ignore"):
            return {XAxis.ELAPSED: wall - self.start, XAxis.CLOCK: wall}.get(self.axis, x)


def _offered(start: float, epochs: Curve | None) -> tuple[XAxis, ...]:
    counted = (XAxis.COUNT,) if epochs is None else (XAxis.COUNT, XAxis.EPOCH)
    return (*counted, XAxis.ELAPSED, XAxis.CLOCK) if math.isfinite(start) else counted


def _start_of(view: RunSnapshot) -> float:
    curves = [curve for curve in (view.train, view.val) if curve is not None]
    walls = [float(np.nanmin(curve.wall)) for curve in curves if np.isfinite(curve.wall).any()]
    return min(walls, default=math.nan)


def shared_axes(views: Sequence[RunSnapshot]) -> tuple[XAxis, ...]:
    """Return the axes over which runs can be drawn together; none where they have no axis in common."""
    rulers = [Ruler.of(view, XAxis.EPOCH) for view in views]
    counted = (XAxis.COUNT,) if len({ruler.counted for ruler in rulers}) == 1 else ()
    epochs = (XAxis.EPOCH,) if all(ruler.label == "epoch" for ruler in rulers) else ()
    same = counted and epochs and rulers[0].counted == "epoch"
    others = (axis for axis in (XAxis.ELAPSED, XAxis.CLOCK) if all(axis in ruler.offered for ruler in rulers))
    return (*counted, *(() if same else epochs), *others)


def compared_axis(views: Sequence[RunSnapshot], wanted: XAxis) -> XAxis:
    """Return the axis for a comparison: *wanted* if the runs share it, else the first they do, if any."""
    shared = shared_axes(views)
    return wanted if wanted in shared or not shared else shared[0]


def following_axis(state: State) -> XAxis:
    """Return the x axis that follows in turn among those of the shown run, or those that the compared runs share."""
    if state.current is None:
        return state.choices.x_axis
    now, offered = Ruler.of(state.current, state.choices.x_axis).axis, Ruler.of(state.current, XAxis.COUNT).offered
    if state.choices.page is Page.COMPARE:
        now, offered = compared_axis(state.compared, now), shared_axes(state.compared)
    return offered[(offered.index(now) + 1) % len(offered)] if now in offered else now


def axis_notice(state: State) -> str:
    """Say which x axis is drawn, and why where another was asked for."""
    view, asked = state.current, state.choices.options.x
    if view is None:
        return ""
    ruler = Ruler.of(view, state.choices.x_axis)
    drawn = {"relative": "time since the start", "wall": "time of day"}.get(ruler.label, ruler.label)
    if asked == "step" and view.axis == "epoch":
        return f"{drawn}; the log counts no steps"
    if asked == "epoch" and view.axis == "step" and ruler.epochs is None:
        return f"{drawn}; the log does not say in which epoch it is"
    return f"{drawn}; the log has no times" if asked == "time" and not math.isfinite(ruler.start) else drawn
