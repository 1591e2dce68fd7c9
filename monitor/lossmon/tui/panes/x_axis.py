"""The x axis of a run: which axes it has, and where its points are on the chosen one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Axis, Floats, Unit
from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.runs.step_to_epoch import epoch_scalar, epochs_at
from lossmon.tui.axes import XAxis
from lossmon.tui.charts.options import XUnit
from lossmon.tui.settings import Page
from lossmon.tui.state import State


@dataclass(frozen=True, slots=True, eq=False)
class RunXAxis:
    """The x axis over which one run is drawn."""

    axis: XAxis
    logged: Axis
    """The unit of x in the log."""
    start: float
    """When the first point was logged, in seconds since 1970; NaN if the log has no times."""
    epochs: Curve | None
    """The scalar that maps steps to epochs; None if the log has none."""
    name: Unit = "step"
    """What that unit is called."""

    @classmethod
    def of(cls, run: RunSnapshot, requested: XAxis) -> RunXAxis:
        """Return the *requested* axis of a run, or the axis of its log if it does not have the requested one."""
        start, epochs = _start_time(run), epoch_scalar(run)
        available = _available_axes(start, epochs)
        return cls(requested if requested in available else XAxis.COUNT, run.axis, start, epochs, run.unit)

    @property
    def available(self) -> tuple[XAxis, ...]:
        """The axes that this run has."""
        return _available_axes(self.start, self.epochs)

    @property
    def unit(self) -> XUnit:
        """The unit of x in the chart."""
        units: dict[XAxis, XUnit] = {
            XAxis.COUNT: self.name,
            XAxis.EPOCH: "epoch",
            XAxis.ELAPSED: "relative",
            XAxis.CLOCK: "wall",
        }
        return units[self.axis]

    def positions(self, x: Floats, wall: Floats) -> Floats:
        """Return the position of each point on the axis, from its logged *x* and its time in seconds since 1970."""
        if self.axis is XAxis.EPOCH and self.epochs is not None:
            return epochs_at(self.epochs, x)
        with np.errstate(all="ignore"):
            return {XAxis.ELAPSED: wall - self.start, XAxis.CLOCK: wall}.get(self.axis, x)


def _available_axes(start: float, epochs: Curve | None) -> tuple[XAxis, ...]:
    counted = (XAxis.COUNT,) if epochs is None else (XAxis.COUNT, XAxis.EPOCH)
    return (*counted, XAxis.ELAPSED, XAxis.CLOCK) if math.isfinite(start) else counted


def _start_time(run: RunSnapshot) -> float:
    curves = [curve for curve in (run.train, run.val) if curve is not None]
    times = [float(np.nanmin(curve.wall_time)) for curve in curves if np.isfinite(curve.wall_time).any()]
    return min(times, default=math.nan)


def shared_axes(runs: Sequence[RunSnapshot]) -> tuple[XAxis, ...]:
    """Return the axes over which all of *runs* can be drawn together; empty if they have none in common."""
    axes = [RunXAxis.of(run, XAxis.EPOCH) for run in runs]
    counted = (XAxis.COUNT,) if len({axis.logged for axis in axes}) == 1 else ()
    epochs = (XAxis.EPOCH,) if all(axis.unit == "epoch" for axis in axes) else ()
    same = counted and epochs and axes[0].logged == "epoch"
    times = (kind for kind in (XAxis.ELAPSED, XAxis.CLOCK) if all(kind in axis.available for axis in axes))
    return (*counted, *(() if same else epochs), *times)


def compared_axis(runs: Sequence[RunSnapshot], requested: XAxis) -> XAxis:
    """Return the axis for a comparison: *requested* if all runs have it, else the first that they share, if any."""
    shared = shared_axes(runs)
    return requested if requested in shared or not shared else shared[0]


def next_x_axis(state: State) -> XAxis:
    """Return the next x axis among those of the shown run, or among those that the compared runs share."""
    if state.shown_run is None:
        return state.view.x_axis
    current = RunXAxis.of(state.shown_run, state.view.x_axis)
    axis, available = current.axis, current.available
    if state.view.page is Page.COMPARE:
        axis, available = compared_axis(state.compared_runs, axis), shared_axes(state.compared_runs)
    return available[(available.index(axis) + 1) % len(available)] if axis in available else axis


def axis_notice(state: State) -> str:
    """Return which x axis is drawn and, if ``--x`` requested another one, why it is not that one."""
    run, requested = state.shown_run, state.view.options.x
    if run is None:
        return ""
    axis = RunXAxis.of(run, state.view.x_axis)
    drawn = {"relative": "time since the start", "wall": "time of day"}.get(axis.unit, axis.unit)
    if requested == "step" and run.axis == "epoch":
        return f"{drawn}; the log has no steps"
    if requested == "epoch" and run.axis == "step" and axis.epochs is None:
        return f"{drawn}; the log does not give the epoch"
    return f"{drawn}; the log has no times" if requested == "time" and not math.isfinite(axis.start) else drawn
