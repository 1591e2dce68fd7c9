"""The loss of one run, with the gap and the GPU on the same x axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np

from lossmon.gpu import Gpu, GpuSnapshot
from lossmon.snapshot import Curve, RunView, Status
from lossmon.ui import words
from lossmon.ui.lines import Line, Lines
from lossmon.ui.plot.chart import Chart, loss_chart
from lossmon.ui.plot.frame import Frame
from lossmon.ui.plot.options import ChartOptions, Series
from lossmon.ui.plot.strips import gap_strip, gpu_strip
from lossmon.ui.state import Choices, State
from lossmon.ui.view.box import Box
from lossmon.ui.view.curves import (
    chart_options,
    compared_series,
    gap_of,
    loss_series,
    metric_series,
    with_room,
)
from lossmon.ui.view.idle import idle_note
from lossmon.ui.view.ruler import Ruler
from lossmon.ui.view.runs import nothing

_LEAST_CHART = 4
_MARGIN = (6, 10, 20)
"""Cells kept free right of the chart for the figures of the strips: in a narrow, a middling, a wide pane."""
_RUNNING = (Status.LIVE, Status.QUIET, Status.STALLED)
_Strip: TypeAlias = Callable[[Frame], Lines]
"""Draws a strip on the x axis of a frame."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn pane, and what is needed to move a cursor in it."""

    lines: Lines
    series: tuple[Series, ...] = ()
    frame: Frame | None = None

    logarithmic: bool = False
    """Whether the y axis is logarithmic, asked for or chosen by the chart."""

    @property
    def span(self) -> tuple[float, float] | None:
        """The first and the last x of all series; None where there is none."""
        ends = [(float(np.nanmin(one.x)), float(np.nanmax(one.x))) for one in self.series if np.isfinite(one.x).any()]
        return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None


def chart_pane(state: State, width: int, height: int, box: Box) -> Picture:
    """Return the chart of the shown run, or of the chosen scalar, or what there is to say instead."""
    view = state.current
    if view is None:
        return Picture(box.around((("loss", "title"),), _waiting(state), width, height))
    curve = _chosen_metric(view, state.choices)
    series = loss_series(view, state.choices) if curve is None else metric_series(curve, view, state.choices)
    if not any(len(one.x) for one in series):
        return Picture(box.around(_title(state, view, None, None), _no_curve(view), width, height))
    strips = _strips(state, view) if curve is None else []
    options = chart_options(view, state, judged=curve is None)
    options = replace(options, x_range=options.x_range or with_room(series, view))
    chart, body = _stacked(series, strips, options, *box.inner(width, height))
    lines = box.around(_title(state, view, curve, chart), body, width, height)
    return Picture(lines, tuple(series), chart.frame, _logarithmic(chart))


def _stacked(
    series: Sequence[Series], strips: Sequence[_Strip], options: ChartOptions, width: int, height: int
) -> tuple[Chart, Lines]:
    """Return the chart and, below it and on its x axis, the strips; without room the last strips are left out."""
    shown = strips[: max(0, height - _LEAST_CHART)]
    margin = _MARGIN[0] if width < 60 else _MARGIN[1] if width < 100 else _MARGIN[2]
    rows = height - len(shown)
    chart = loss_chart(series, width, rows, replace(options, right=margin if shown else 0))
    blank: Lines = ((),) * (rows - len(chart.lines))
    return chart, (*chart.lines, *blank, *(line for strip in shown for line in strip(chart.frame)))


def compare_chart(state: State, width: int, height: int, box: Box) -> Picture:
    """Return the marked runs on one pair of axes."""
    views = state.compared
    series = compared_series(state)
    title: Line = ((f"compare · {len(views)} runs", "title"),)
    if not any(len(one.x) for one in series):
        return Picture(box.around(title, (((" no loss to compare", "muted"),),), width, height))
    inner_width, rows = box.inner(width, height)
    chart = loss_chart(series, inner_width, rows, chart_options(views[0], state, judged=False))
    title += tuple((f" · {note}", "warn") for note in chart.notes)
    if chart.readout:
        title = (("compare  ", "title"), *chart.readout)
    lines = box.around(title, chart.lines, width, height)
    return Picture(lines, tuple(series), chart.frame, _logarithmic(chart))


def _logarithmic(chart: Chart) -> bool:
    return any(note.startswith("log y") for note in chart.notes)


def _waiting(state: State) -> Lines:
    if state.snapshot is None:
        return (((" starting", "muted"),),)
    if state.snapshot.runs:
        return (((f" {nothing(state)}", "muted"),),)
    first: Line = ((f" waiting for logs in {state.title} ...", ""),)
    second: Line = ((" new files are noticed by themselves: TensorBoard event files, CSV, JSON lines", "muted"),)
    skipped = len(state.snapshot.skipped)
    third: Line = ((f" {skipped} files are not read; i says why", "muted"),) if skipped else ()
    return ((), first, (), second, third)


def _no_curve(view: RunView) -> Lines:
    if view.catching_up is not None:
        return ((), ((f" reading {words.percent(view.catching_up)}", "muted"),))
    if view.trouble:
        return ((), *(((f" {sentence}", "warn"),) for sentence in view.trouble))
    count = len(view.metrics)
    said = f"no loss among its {count} scalars; m shows them all" if count else "nothing was logged yet"
    return ((), ((f" {said}", "muted"),))


def _chosen_metric(view: RunView, choices: Choices) -> Curve | None:
    return next((curve for curve in view.metrics if curve.tag == choices.metric), None)


def _title(state: State, view: RunView, curve: Curve | None, chart: Chart | None) -> Line:
    label = state.label(view)
    name: Line = ((label if curve is None else f"{label} · {curve.tag.text}", "title"),)
    if chart is not None and chart.readout:
        return (*name, ("  ", ""), *chart.readout)
    now = state.snapshot.taken if state.snapshot else 0.0
    facts = [(view.format, "muted"), (words.progress(view), "")]
    facts += [(f"smoothed {state.choices.smoothing:g}", "warn")] if state.choices.smoothing else []
    facts += [(note, "warn") for note in chart.notes] if chart else []
    facts += [("no validation", "warn")] if view.history is not None and view.history.val is None else []
    if view.catching_up is not None:
        facts.append((f"reading {words.percent(view.catching_up)}", "warn"))
    status = "warn" if view.status not in (Status.LIVE, Status.FINISHED) else "muted"
    facts += [(words.pace(view), ""), (words.time_left(view), "")]
    if view.status in _RUNNING:
        facts.append((idle_note(_busiest(state.gpus), view), "warn"))
    facts.append((words.last_sign(view, now), status))
    return (*name, *((f" · {text}", style) for text, style in facts if text))


def _strips(state: State, view: RunView) -> list[_Strip]:
    """Return what runs below the chart: the gap of train and validation, the utilisation of the busiest GPU."""
    history = view.history
    if history is None:
        return []
    x = Ruler.of(view, state.choices.x_axis).at(history.x, history.wall)
    strips: list[_Strip] = []
    gap = gap_of(history)
    if gap is not None:
        strips.append(partial(gap_strip, x, gap, texts=words.gap_forms(view), glyphs=state.glyphs))
    gpu = _busiest(state.gpus) if view.status in _RUNNING and np.isfinite(history.wall).any() else None
    if gpu is not None:
        said = () if gpu.utilisation is None else (f"{gpu.utilisation:.0f}%",)
        strips.append(partial(gpu_strip, gpu.history, x, history.wall, texts=said, glyphs=state.glyphs))
    return strips


def _busiest(gpus: GpuSnapshot | None) -> Gpu | None:
    known = [gpu for gpu in gpus.gpus if gpu.history] if gpus else []
    return max(known, key=lambda gpu: gpu.utilisation or 0.0, default=None)
