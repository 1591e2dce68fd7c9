"""The x axis that a chart of the screen has, and the one that several runs share."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation.axes import XAxis
from lossmon.presentation.run_axis import RunXAxis
from lossmon.tui.settings import Page
from lossmon.tui.state import State


def shared_axes(runs: Sequence[RunSnapshot]) -> tuple[XAxis, ...]:
    """Return the axes over which all of *runs* can be drawn together; empty if they have none in common."""
    axes = [RunXAxis.of(run, XAxis.EPOCH) for run in runs]
    counted = (XAxis.COUNT,) if len({axis.logged for axis in axes}) == 1 else ()
    epochs = (XAxis.EPOCH,) if all(axis.unit == "epoch" for axis in axes) else ()
    same = counted and epochs and axes[0].logged == "epoch"
    times = (kind for kind in (XAxis.ELAPSED, XAxis.CLOCK) if all(kind in axis.available for axis in axes))
    shares = (XAxis.SHARE,) if len(runs) > 1 and all(math.isfinite(axis.end) for axis in axes) else ()
    return (*counted, *(() if same else epochs), *times, *shares)


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
        available = shared_axes(state.compared_runs)
        axis = compared_axis(state.compared_runs, state.view.x_axis)
    if axis not in available:
        return available[0] if available else axis
    return available[(available.index(axis) + 1) % len(available)]


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
