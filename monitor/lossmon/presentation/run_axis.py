"""The x axis of a run: which axes it has, and where its points are on the chosen one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Axis, Floats, Unit
from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.presentation.axes import XAxis
from lossmon.presentation.charts.ticks import XUnit
from lossmon.runs.step_to_epoch import epoch_scalar, epochs_at


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
    end: float = math.nan
    """The last x, planned or logged; NaN if there is none above 0."""

    @classmethod
    def of(cls, run: RunSnapshot, requested: XAxis) -> RunXAxis:
        """Return the *requested* axis of a run, or the axis of its log if it does not have the requested one."""
        start, epochs, end = _start_time(run), epoch_scalar(run), _end(run)
        available = (*_available_axes(start, epochs), *((XAxis.SHARE,) if math.isfinite(end) else ()))
        return cls(requested if requested in available else XAxis.COUNT, run.axis, start, epochs, run.unit, end)

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
            XAxis.SHARE: "share",
        }
        return units[self.axis]

    def positions(self, x: Floats, wall: Floats) -> Floats:
        """Return the position of each point on the axis, from its logged *x* and its time in seconds since 1970."""
        if self.axis is XAxis.EPOCH and self.epochs is not None:
            return epochs_at(self.epochs, x)
        with np.errstate(all="ignore"):
            shares = {XAxis.SHARE: x / self.end * 100} if self.axis is XAxis.SHARE else {}
            return {XAxis.ELAPSED: wall - self.start, XAxis.CLOCK: wall, **shares}.get(self.axis, x)


def _available_axes(start: float, epochs: Curve | None) -> tuple[XAxis, ...]:
    counted = (XAxis.COUNT,) if epochs is None else (XAxis.COUNT, XAxis.EPOCH)
    return (*counted, XAxis.ELAPSED, XAxis.CLOCK) if math.isfinite(start) else counted


def _end(run: RunSnapshot) -> float:
    """Return the last x of a run, planned or logged; NaN if it has none above 0."""
    logged = float(run.history.x[-1]) if run.history is not None and len(run.history.x) else math.nan
    end = logged if run.planned_end is None else run.planned_end
    return end if 0 < end < math.inf else math.nan


def _start_time(run: RunSnapshot) -> float:
    curves = [curve for curve in (run.train, run.val) if curve is not None]
    times = [float(np.nanmin(curve.wall_time)) for curve in curves if np.isfinite(curve.wall_time).any()]
    return min(times, default=math.nan)
