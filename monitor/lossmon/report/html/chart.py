"""The chart of one run: its losses, and below them score, gap and probability of overfitting on the same x axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lossmon.core.text import plural, truncate
from lossmon.presentation import run_text
from lossmon.presentation.charts.downsample import DownsampledSeries
from lossmon.presentation.charts.scales import LinearScale, Scale, choose_y_scale
from lossmon.presentation.loss_curves import gap_values, risk_values
from lossmon.presentation.numbers import format_value
from lossmon.report.html import chart_labels as labels
from lossmon.report.html.curves import DrawnCurve, RunCurves
from lossmon.report.html.markup import Markup, element, join, when
from lossmon.report.html.paths import area_path, band_path, curve_path, non_finite_path
from lossmon.report.html.plot import Plot

_PROBABILITY_SCALE = LinearScale(0.0, 1.0)
_NAME_LENGTH = 10
"""Characters of the name of a score that fit right of its curve."""
_X_LABELS = 36
"""Pixels for the labels of the x axis."""
_SPACE = 14
"""Pixels between two plots."""


@dataclass(frozen=True, slots=True)
class ChartSize:
    """How large a chart is drawn: columns of its width, pixels of its height, evaluations that can be read off."""

    columns: int
    losses: int
    score: int
    strip: int
    readings: int


LARGE = ChartSize(columns=720, losses=250, score=90, strip=44, readings=240)
MEDIUM = ChartSize(columns=240, losses=170, score=70, strip=36, readings=60)
SMALL = ChartSize(columns=80, losses=150, score=60, strip=32, readings=24)


@dataclass(frozen=True, slots=True)
class DrawnChart:
    """A chart, and the notes on what is drawn otherwise than logged."""

    svg: Markup
    notes: tuple[str, ...]


def draw_chart(curves: RunCurves, size: ChartSize, name: str, description: str) -> DrawnChart:
    """Return the chart of a run; *description* tells it to those who cannot see it."""
    plot = Plot(curves.columns, _loss_scale(curves), 0, size.losses)
    bottom = size.losses
    parts = [_losses(curves, plot), labels.x_axis(plot, curves.unit, bottom + 18)]
    bottom += _X_LABELS
    for draw, height in ((_score, size.score), (_gap, size.strip), (_risk, size.strip)):
        if drawn := draw(curves, bottom, height):
            parts.append(drawn)
            bottom += height + _SPACE
    svg = element(
        "svg",
        element("desc", description),
        _onset(curves, plot, bottom - _SPACE),
        *parts,
        class_="chart",
        role="img",
        aria_label=f"Losses of {name}",
        width="100%",
        height=bottom,
    )
    return DrawnChart(svg, tuple(_notes(curves, plot)))


def _loss_scale(curves: RunCurves) -> Scale:
    envelopes = [curve.points.envelope for curve in curves.curves]
    best = curves.run.assessment.best_value
    must_show = best if best is not None and math.isfinite(best) else None
    return choose_y_scale(envelopes, "auto", clip_outliers=True, must_show=must_show)


def _losses(curves: RunCurves, plot: Plot) -> Markup:
    """Return the band between the curves, the curves, and their labels."""
    history = curves.history
    band = Markup()
    if history.train is not None and history.val is not None:
        band = band_path(curves.x, history.train, history.val, plot)
    paths = [when(band, element("path", class_="band", d=band)), *(_curve(curve, plot) for curve in curves.curves)]
    ends = [_end_label(curve, plot) for curve in curves.curves if curve.role != "earlier"]
    return join(
        labels.y_axis(plot),
        _canvas(plot, *paths),
        _best(curves, plot),
        labels.end_labels(ends, plot.top, plot.height),
    )


def _best(curves: RunCurves, plot: Plot) -> Markup:
    x, value = curves.x_of(curves.run.assessment.best), curves.run.assessment.best_value
    if x is None or value is None or not math.isfinite(value):
        return Markup()
    onset = curves.x_of(run_text.turning_point(curves.run))
    return labels.point(plot, x, value, f"best {format_value(value)}", avoid=onset)


def _curve(curve: DrawnCurve, plot: Plot) -> Markup:
    path = element("path", class_=f"curve {curve.role}", d=curve_path(curve.points, plot))
    return join(path, _marks(curve.points, plot))


def _marks(points: DownsampledSeries, plot: Plot) -> Markup:
    """Return the marks of NaN and infinities at the edges."""
    path = non_finite_path(points, plot)
    return when(path, element("path", class_="non-finite", d=path))


def _end_label(curve: DrawnCurve, plot: Plot) -> labels.EndLabel:
    last = curve.points.last_value
    y = plot.y(last) if math.isfinite(last) else float(plot.top + plot.height * (last == -math.inf))
    return labels.EndLabel(y, f"{curve.role} {format_value(last)}", curve.role)


def _onset(curves: RunCurves, plot: Plot, height: int) -> Markup:
    """Return the tint from where the verdict holds on, and the line where it begins."""
    run = curves.run
    x = curves.x_of(run_text.turning_point(run))
    if x is None:
        return Markup()
    share = plot.percent(x)
    weak = " weak" * run.assessment.is_weak
    tint = element("rect", class_=f"tint{weak}", x=f"{share:.4g}%", y=0, width=f"{100 - share:.4g}%", height=height)
    return join(tint, labels.vertical_line(plot, x, height, f"since {run_text.turning_label(run)}"))


def _score(curves: RunCurves, top: int, height: int) -> Markup:
    """Return the score of the same validation set in a plot of its own."""
    score = curves.run.score
    if score is None:
        return Markup()
    points = curves.at_evaluations(score.values, sparse=True)
    plot = Plot(curves.columns, choose_y_scale([points.envelope], "linear", clip_outliers=True), top, height)
    best = curves.x_of(score.best)
    name = truncate(score.name, _NAME_LENGTH)
    ends = [
        labels.EndLabel(plot.y(value) + shift, text, "score")
        for value in points.last[-1:].tolist()
        for shift, text in ((-labels.LINE_HEIGHT / 2, name), (labels.LINE_HEIGHT / 2, format_value(value)))
    ]
    dot = "" if best is None else labels.point(plot, best, score.best_value, f"best {format_value(score.best_value)}")
    return join(
        labels.y_axis(plot, 3),
        _canvas(plot, element("path", class_="curve score", d=curve_path(points, plot))),
        dot,
        labels.end_labels(ends, top, height),
    )


def _gap(curves: RunCurves, top: int, height: int) -> Markup:
    """Return the strip of validation minus train loss."""
    values = gap_values(curves.history)
    if values is None:
        return Markup()
    points = curves.at_evaluations(values)
    low, high = min([0.0, *points.low.tolist()]), max([0.0, *points.high.tolist()])
    if not math.isfinite(high - low):
        return Markup()
    texts = run_text.gap_texts(curves.run)
    return _strip(curves, points, LinearScale(low, high), "gap", texts[1] if len(texts) > 1 else "", top, height)


def _risk(curves: RunCurves, top: int, height: int) -> Markup:
    """Return the strip of the probability of overfitting."""
    probabilities = risk_values(curves.run)
    if probabilities is None:
        return Markup()
    points = curves.at_evaluations(probabilities, sparse=True)
    now = run_text.risk_text(curves.run.assessment.probability)
    return _strip(curves, points, _PROBABILITY_SCALE, "risk", now, top, height)


def _strip(
    curves: RunCurves, points: DownsampledSeries, scale: LinearScale, name: str, text: str, top: int, height: int
) -> Markup:
    """Return the area between a curve and zero, with its name and its last value beside it."""
    plot = Plot(curves.columns, scale, top, height)
    zero = plot.y(0.0)
    return join(
        element("rect", class_="strip", x="0", y=top, width="100%", height=height),
        _canvas(
            plot,
            element("path", class_=f"area {name}", d=area_path(points, plot, 0.0)),
            _marks(points, plot),
        ),
        element("line", class_="zero", x1="0", x2="100%", y1=zero, y2=zero),
        labels.strip_label(name, top + height),
        labels.end_labels([labels.EndLabel(top + height - 4.0, text, name)], top, height),
    )


def _canvas(plot: Plot, *paths: str) -> Markup:
    """Return an area whose paths are as wide as the page, whatever their units are."""
    return element(
        "svg",
        *paths,
        y=plot.top,
        width="100%",
        height=plot.height,
        viewBox=plot.view_box,
        preserveAspectRatio="none",
    )


def _notes(curves: RunCurves, plot: Plot) -> list[str]:
    """Return what the reader of the chart must know: scale, clipped points, NaN and infinities."""
    values = np.concatenate([curve.points.finite_values for curve in curves.curves])
    lost = np.concatenate([curve.points.nonfinite_values for curve in curves.curves])
    counts = {
        "above the chart": int(np.count_nonzero(values > plot.scale.high)),
        "below the chart": int(np.count_nonzero(values < plot.scale.low)),
        "logged as NaN, marked at the edge": int(np.count_nonzero(np.isnan(lost))),
        "logged as infinite, marked at the edge": int(np.count_nonzero(np.isinf(lost))),
    }
    notes = [plot.scale.note] if plot.scale.note else []
    if any(curve.role == "earlier" for curve in curves.curves):
        notes.append("grey: before a restart")
    return notes + [f"{plural(count, 'value')} {where}" for where, count in counts.items() if count]
