"""The curves of a run, reduced to the columns of its chart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from lossmon.core.points import Floats
from lossmon.core.snapshot import EvaluationHistory, RunSnapshot
from lossmon.presentation.axes import XAxis
from lossmon.presentation.charts.columns import Columns, usable_range
from lossmon.presentation.charts.downsample import DownsampledSeries, SortedPoints, downsample, sort_by_x
from lossmon.presentation.charts.ticks import XUnit
from lossmon.presentation.loss_curves import loss_points
from lossmon.presentation.run_axis import RunXAxis


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCurve:
    """One curve in a chart; its role is ``train``, ``val`` or ``earlier``."""

    role: str
    points: DownsampledSeries


@dataclass(frozen=True, slots=True, eq=False)
class RunCurves:
    """The losses of one run over its x axis."""

    run: RunSnapshot
    history: EvaluationHistory
    axis: RunXAxis
    columns: Columns
    curves: tuple[DrawnCurve, ...]
    x: Floats
    """The place of each evaluation on the x axis; NaN if it is not known."""

    @classmethod
    def of(cls, run: RunSnapshot, requested: XAxis, columns: int) -> RunCurves | None:
        """Return the curves in so many *columns*; None if the run has no points."""
        if run.history is None:
            return None
        axis = RunXAxis.of(run, requested)
        points = list(_series(run, run.history, axis))
        ends = [float(x) for _, each in points for xs in (each.x, each.nonfinite_x) for x in (*xs[:1], *xs[-1:])]
        if not ends:
            return None
        width = Columns(*usable_range(min(ends), max(ends)), columns)
        curves = tuple(DrawnCurve(role, downsample(each, width)) for role, each in points)
        return cls(run, run.history, axis, width, curves, axis.positions(run.history.x, run.history.wall_time))

    @property
    def unit(self) -> XUnit:
        """The unit of x."""
        return self.axis.unit

    def x_of(self, index: int | None) -> float | None:
        """Return the place of evaluation *index*; None if it is not known."""
        if index is None or not 0 <= index < len(self.x) or not math.isfinite(self.x[index]):
            return None
        return float(self.x[index])

    def at_evaluations(self, values: Floats, *, sparse: bool = False) -> DownsampledSeries:
        """Return a curve with one value for each evaluation."""
        return downsample(SortedPoints.of(*sort_by_x(self.x, values), sparse=sparse), self.columns)


def _series(run: RunSnapshot, history: EvaluationHistory, axis: RunXAxis) -> Iterator[tuple[str, SortedPoints]]:
    """Yield role and points of each curve, those of attempts that a restart replaced first."""
    for curve in run.earlier_attempts:
        if curve.axis == run.axis:
            yield "earlier", _sorted(axis, curve.x, curve.wall_time, curve.value)
    for role, curve_of_role, values in (("train", run.train, history.train), ("val", run.val, history.val)):
        if points := loss_points(curve_of_role, history, values):
            yield role, _sorted(axis, points.x, points.wall_time, points.value, sparse=points.sparse)


def _sorted(axis: RunXAxis, x: Floats, wall_time: Floats, values: Floats, *, sparse: bool = False) -> SortedPoints:
    return SortedPoints.of(*sort_by_x(axis.positions(x, wall_time), values), sparse=sparse)
