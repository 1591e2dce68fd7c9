"""Turn a run into the series of a chart, and draw its loss with the gap below."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot
from lossmon.presentation import remarks, run_text
from lossmon.presentation.bands import mean_band
from lossmon.presentation.charts.downsample import smooth
from lossmon.presentation.loss_curves import gap_values, loss_points
from lossmon.presentation.metric_pairs import MetricPair, metric_pairs
from lossmon.presentation.numbers import format_value
from lossmon.presentation.run_axis import RunXAxis
from lossmon.tui.charts.chart import Chart, loss_chart
from lossmon.tui.charts.options import BestPoint, ChartOptions, ChartSeries, Marker
from lossmon.tui.panes.strips import strips_below
from lossmon.tui.roles import OVERLAY_ROLES, Role
from lossmon.tui.settings import ViewSettings
from lossmon.tui.state import State
from lossmon.tui.styled_text import Lines
from lossmon.tui.theme import FEW_COLORS

_RIGHT_MARGINS = ((60, 6), (72, 10), (math.inf, 20))
"""Cells right of the chart for the texts of the strips, as (pane narrower than, cells)."""
_AXIS_STEPS_PER_DOUBLING = 4
"""How often the x axis of a growing run becomes longer while the run doubles its length."""


def loss_series(run: RunSnapshot, settings: ViewSettings) -> list[ChartSeries]:
    """Return train and validation loss of a run, after those of attempts that a restart replaced."""
    history = run.history
    if history is None:
        return []
    axis = RunXAxis.of(run, settings.x_axis)
    return [
        *_replaced_series(run, settings, axis),
        *_evaluated_series(run.train, history, history.train, "train", settings, axis),
        *_evaluated_series(run.val, history, history.val, "val", settings, axis),
    ]


def metric_series(pair: MetricPair, run: RunSnapshot, settings: ViewSettings) -> list[ChartSeries]:
    """Return train and validation of one metric; a curve that has no partner has no label either."""
    axis = RunXAxis.of(run, settings.x_axis)
    roles: tuple[Role, ...] = ("train", "val") if pair.train else ("val",)
    return [
        _chart_series(
            curve.x, curve.wall_time, curve.value, role, settings, axis, label=role if len(pair.curves) > 1 else ""
        )
        for curve, role in zip(pair.curves, roles, strict=False)
    ]


def metric_options(pair: MetricPair, run: RunSnapshot, settings: ViewSettings) -> ChartOptions:
    """Return the options for a chart of one metric, with its best value marked."""
    options, best = chart_options(run, settings, with_marks=False), pair.best
    if best is None:
        return options
    curve, index = best
    one = slice(index, index + 1)
    x = float(RunXAxis.of(run, settings.x_axis).positions(curve.x[one], curve.wall_time[one])[0])
    return replace(options, best=BestPoint(x, float(curve.value[index]))) if math.isfinite(x) else options


def compared_series(state: State, settings: ViewSettings) -> list[ChartSeries]:
    """Return for each compared run its validation loss, or else its train loss, in a colour of its own.

    A group of runs has their mean, between the lowest and the highest of them.
    """
    series = []
    for number, run in enumerate(state.compared_runs):
        role, group = overlay_role(number), state.groups.get(run.name)
        members = [one for each in (group.runs if group else (run,)) for one in _judged_series(each, role, settings)]
        label = state.row_name(run)
        series += _mean_series(members, role, label) if group else [replace(one, label=label) for one in members]
    return series


def _judged_series(run: RunSnapshot, role: Role, settings: ViewSettings) -> list[ChartSeries]:
    history = run.history
    if history is None:
        return []
    values, curve = (history.train, run.train) if history.val is None else (history.val, run.val)
    return _evaluated_series(curve, history, values, role, settings, RunXAxis.of(run, settings.x_axis))


def _mean_series(members: Sequence[ChartSeries], role: Role, label: str) -> list[ChartSeries]:
    """Return the edges of the band of *members*, dashed, and their mean."""
    sorted_members = [one.sorted_by_x() for one in members]
    band = mean_band([(one.x, one.y) for one in sorted_members])
    edges = [ChartSeries(band.x, y, role, sparse=True, dashed=True, is_bound=True) for y in (band.low, band.high)]
    return [*edges, ChartSeries(band.x, band.mean, role, label)]


def overlay_role(number: int) -> Role:
    """Return the colour role of compared run *number*; with many runs the colours repeat."""
    return OVERLAY_ROLES[number % len(OVERLAY_ROLES)]


def evaluated_loss(history: EvaluationHistory) -> tuple[Role, Floats | None]:
    """Return role and values of the loss that the verdict is about: validation, or train if there is no validation."""
    return ("train", history.train) if history.val is None else ("val", history.val)


def _replaced_series(run: RunSnapshot, settings: ViewSettings, axis: RunXAxis) -> list[ChartSeries]:
    return [
        _chart_series(curve.x, curve.wall_time, curve.value, "muted", settings, axis, label="")
        for curve in run.earlier_attempts
        if curve.axis == run.axis
    ]


def _evaluated_series(
    curve: Curve | None,
    history: EvaluationHistory,
    values: Floats | None,
    role: Role,
    settings: ViewSettings,
    axis: RunXAxis,
    label: str | None = None,
) -> list[ChartSeries]:
    points = loss_points(curve, history, values)
    if points is None:
        return []
    label = role if label is None else label
    return [_chart_series(points.x, points.wall_time, points.value, role, settings, axis, label, sparse=points.sparse)]


def _chart_series(
    x: Floats,
    wall: Floats,
    values: Floats,
    role: Role,
    settings: ViewSettings,
    axis: RunXAxis,
    label: str,
    *,
    sparse: bool = False,
) -> ChartSeries:
    y = smooth(values, settings.smoothing) if settings.smoothing > 0 else values
    # Without colour, dashes distinguish train from validation, and every second run from its neighbours.
    dashed = settings.options.no_color and (role == "train" or role in OVERLAY_ROLES[1::2])
    return ChartSeries(axis.positions(x, wall), y, role, label, sparse, dashed)


def x_span(series: Sequence[ChartSeries]) -> tuple[float, float] | None:
    """Return the lowest and the highest x of all series; None if they have no points."""
    ends = [(float(np.nanmin(one.x)), float(np.nanmax(one.x))) for one in series if np.isfinite(one.x).any()]
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None


def chart_options(run: RunSnapshot | None, settings: ViewSettings, *, with_marks: bool) -> ChartOptions:
    """Return the options for a chart of *run*; *with_marks*: with the turning point and the best point."""
    return ChartOptions(
        y_scale="auto" if settings.log is None else "log" if settings.log else "linear",
        x_unit=RunXAxis.of(run, settings.x_axis).unit if run else "step",
        x_range=settings.x_range,
        marker=_marker(run, settings) if with_marks and run else None,
        best=_best_point(run, settings) if with_marks and run else None,
        restarts=_restarts(run, settings) if with_marks and run else (),
        band=with_marks and run is not None and run.history is not None and gap_values(run.history) is not None,
        texture=settings.options.color_depth == FEW_COLORS and not settings.options.no_color,
        best_score=_best_score_point(run, settings) if with_marks and run else None,
        cursor=settings.cursor,
        utc_offset=float(time.localtime().tm_gmtoff),
        glyphs=settings.glyphs,
    )


def _marker(run: RunSnapshot, settings: ViewSettings) -> Marker | None:
    x = _x_of_evaluation(run, run_text.turning_point(run), settings)
    if x is None:
        return None
    is_weak, label = run.assessment.is_weak, run_text.onset_mark(run)
    return Marker(x, f"{run.assessment.sign} {label}" if is_weak else label, is_weak)


def _restarts(run: RunSnapshot, settings: ViewSettings) -> tuple[Marker, ...]:
    """Return where the attempts that a restart replaced were left: train and validation may differ."""
    if not run.earlier_attempts:
        return ()
    axis = RunXAxis.of(run, settings.x_axis)
    earlier = [curve for curve in run.earlier_attempts if curve.axis == run.axis and len(curve.x)]
    first = {float(curve.x[0]): float(axis.positions(curve.x[:1], curve.wall_time[:1])[0]) for curve in earlier}
    return tuple(Marker(x, run_text.short_position(run, logged)) for logged, x in sorted(first.items()))


def _best_point(run: RunSnapshot, settings: ViewSettings) -> BestPoint | None:
    x, value = _x_of_evaluation(run, run.assessment.best, settings), run.assessment.best_value
    return None if x is None or value is None else BestPoint(x, value, format_value(value))


def _best_score_point(run: RunSnapshot, settings: ViewSettings) -> BestPoint | None:
    """Return where the score of an over-confident run is best, on its loss curve; None for any other run."""
    if run.score is None or run.history is None or run.history.val is None or not remarks.is_over_confident(run):
        return None
    x = _x_of_evaluation(run, run.score.best, settings)
    return None if x is None else BestPoint(x, float(run.history.val[run.score.best]))


def _x_of_evaluation(run: RunSnapshot, index: int | None, settings: ViewSettings) -> float | None:
    """Return the position of evaluation *index* on the x axis; None if it is not known."""
    history = run.history
    if history is None or index is None or not 0 <= index < len(history.x):
        return None
    one = slice(index, index + 1)
    x = float(RunXAxis.of(run, settings.x_axis).positions(history.x[one], history.wall_time[one])[0])
    return x if math.isfinite(x) else None


def growing_x_range(series: Sequence[ChartSeries], run: RunSnapshot) -> tuple[float, float] | None:
    """Return the x range of a run that still grows, up to a quarter longer than its curves; None for other runs.

    An axis that ended with the curve would be redrawn with every epoch; this one changes a few times while it doubles.
    """
    span = x_span(series)
    if not run.goes_on or span is None:
        return None
    low, high = span
    length = high - low
    if not 0 < length < math.inf:
        return None
    step = math.ldexp(0.5 / _AXIS_STEPS_PER_DOUBLING, math.frexp(length)[1])
    return low, low + math.ceil(length / step) * step


@dataclass(frozen=True, slots=True, eq=False)
class RunPlot:
    """The chart of one run with the strip of its gap below."""

    series: tuple[ChartSeries, ...]
    chart: Chart
    lines: Lines


@lru_cache(maxsize=4)
def draw_run(
    run: RunSnapshot, settings: ViewSettings, width: int, height: int, min_right_margin: int
) -> RunPlot | None:
    """Draw the loss of a run or the chosen metric in *width* x *height* cells; None if it has no points.

    The result is cached, so *settings* should be ``ViewSettings.chart_settings``: only what a chart depends on.
    *min_right_margin* cells right of the plot are free for the text of another strip; 0: there is none.
    """
    pair = chosen_metric(run, settings)
    series = loss_series(run, settings) if pair is None else metric_series(pair, run, settings)
    if not any(len(one.x) for one in series):
        return None
    strips = strips_below(run, height) if pair is None else ()
    rows = height - len(strips)
    margin = next(cells for limit, cells in _RIGHT_MARGINS if width < limit)
    options = metric_options(pair, run, settings) if pair else chart_options(run, settings, with_marks=True)
    options = replace(
        options,
        x_range=options.x_range or growing_x_range(series, run),
        is_growing=run.goes_on,
        min_right_margin=max(margin, min_right_margin) if min_right_margin or strips else 0,
    )
    chart = loss_chart(series, width, rows, options)
    blank: Lines = ((),) * (rows - len(chart.lines))
    below = (line for strip in strips for line in strip(run, settings, chart.frame))
    return RunPlot(tuple(series), chart, (*chart.lines, *blank, *below))


def chosen_metric(run: RunSnapshot, settings: ViewSettings) -> MetricPair | None:
    """Return the metric that is drawn large instead of the loss; None for the loss."""
    if settings.metric is None:
        return None
    return next((pair for pair in metric_pairs(run) if settings.metric in pair.tags), None)
