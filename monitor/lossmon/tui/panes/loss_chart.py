"""The loss chart of one run, with the gap and the GPU utilisation on the same x axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lossmon.core.snapshot import RunSnapshot, RunStatus
from lossmon.core.text import cell_width, plural
from lossmon.gpu import Gpu
from lossmon.presentation import run_text
from lossmon.presentation.metric_pairs import MetricPair
from lossmon.presentation.numbers import format_duration, format_value
from lossmon.presentation.recorded_gpu import recorded_gpu
from lossmon.presentation.run_axis import RunXAxis
from lossmon.tui.box import Box
from lossmon.tui.charts.bar_strips import gpu_strip
from lossmon.tui.charts.chart import Chart
from lossmon.tui.charts.frame import Frame
from lossmon.tui.charts.options import ChartSeries
from lossmon.tui.panes.curves import chosen_metric, draw_run
from lossmon.tui.panes.gpu import gpus_by_run
from lossmon.tui.panes.run_list import empty_list_text, waiting_text
from lossmon.tui.panes.strips import MIN_CHART_HEIGHT
from lossmon.tui.settings import ViewSettings
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, plain, width_of

_UTILISATION_WIDTH = len("100%  ")
"""Cells right of the GPU strip for the utilisation and the blanks around it."""
_TITLE_FRAME = 3
"""Cells of the inner width that the title cannot use."""
_WARNING = 9
"""Priority of the facts that the title must not leave out."""
_TRAINING = (RunStatus.RUNNING, RunStatus.QUIET, RunStatus.STALLED)

_IDLE_BELOW, _BUSY_FROM = 5.0, 50.0
"""Utilisation in percent."""
_MIN_IDLE_SECONDS = 60.0
"""Loading data and writing a checkpoint take less."""


@dataclass(frozen=True, slots=True)
class DrawnChart:
    """The lines of a chart pane, and what is needed to move the cursor in it."""

    lines: Lines
    series: tuple[ChartSeries, ...] = ()
    frame: Frame | None = None
    """None: there is nothing to draw, and the lines say why."""
    logarithmic: bool = False
    """Whether the y axis is logarithmic, by request or by default."""
    readout: str = ""
    """The values at the cursor; empty without one."""


def draw_loss_chart(state: State, width: int, height: int, box: Box) -> DrawnChart:
    """Return the chart of the shown run, or of its chosen metric, or the reason why there is none."""
    run = state.shown_run
    if run is None:
        return DrawnChart(box.around((("loss", "title"),), _waiting_lines(state), width, height))
    metric = chosen_metric(run, state.view)
    inner_width, rows = box.inner(width, height)
    title_width = inner_width - _TITLE_FRAME
    has_strip = metric is None and rows > MIN_CHART_HEIGHT + 1
    live = _gpu_of_run(state, run) if has_strip else None
    gpu = live or (recorded_gpu(run) if has_strip else None)
    note = "" if gpu is None else _idle_note(gpu, run, inner_width) if live else gpu.name
    margin = _UTILISATION_WIDTH + len(note) if gpu else 0
    plot = draw_run(run, state.view.chart_settings, inner_width, rows - 1 if gpu else rows, margin)
    if plot is None:
        return DrawnChart(box.around(_title(state, run, None, None, title_width), _no_curve_lines(run), width, height))
    strip = _gpu_strip(gpu, note, run, state.view, plot.chart.frame) if gpu else ()
    title = _title(state, run, metric, plot.chart, title_width)
    lines = box.around(title, (*plot.lines, *strip), width, height)
    return DrawnChart(lines, plot.series, plot.chart.frame, is_logarithmic(plot.chart), plain(plot.chart.readout))


def is_logarithmic(chart: Chart) -> bool:
    """Return whether the y axis of a chart is logarithmic."""
    return any(note.startswith("log y") for note in chart.notes)


def _waiting_lines(state: State) -> Lines:
    if state.snapshot is None:
        return (((" starting", "muted"),),)
    if state.snapshot.runs:
        return (((f" {empty_list_text(state)}", "muted"),),)
    first: Line = ((f" {waiting_text(state)} ...", ""),)
    hint = "new logs appear automatically: TensorBoard, CSV, JSON Lines, captured output"
    second: Line = ((f" {'o shows the output' if state.has_output else hint}", "muted"),)
    skipped = len(state.snapshot.skipped)
    third: Line = ((f" {plural(skipped, 'file')} not read; i shows why", "muted"),) if skipped else ()
    return ((), first, (), second, third)


def _no_curve_lines(run: RunSnapshot) -> Lines:
    if run.share_read is not None:
        return ((), ((f" reading {run_text.percent(run.share_read)}", "muted"),))
    if run.warnings:
        return ((), *(((f" {sentence}", "warn"),) for sentence in run.warnings))
    count = len(run.metrics)
    none = f"none of its {count} metrics is a loss; m shows them"
    reason = "nothing logged yet" if not count else none if count > 1 else "its only metric is no loss; m shows it"
    return ((), ((f" {reason}", "muted"),))


def _title(state: State, run: RunSnapshot, metric: MetricPair | None, chart: Chart | None, width: int) -> Line:
    """Return the name of what is drawn, then the values at the cursor or the facts about the run that fit."""
    label = state.short_name(run)
    name = _name(run, label if metric is None else f"{label} · {_metric_title(run, metric)}")
    if chart is not None and chart.readout:
        return (*name, ("  ", ""), *chart.readout)
    facts = [fact for fact in _title_facts(state, run, chart) if fact.text]
    while facts and width_of(name) + sum(3 + cell_width(fact.text) for fact in facts) > width:
        facts.remove(min(facts, key=lambda fact: fact.priority))
    return (*name, *((f" · {fact.text}", fact.style) for fact in facts))


def _name(run: RunSnapshot, name: str) -> Line:
    """Return the sign of the verdict and the *name*, in the colour of the verdict; it is bold unless that is weak."""
    weight = "" if run.assessment.is_maybe else "title"
    return ((f"{run_text.glyph(run)} {name}", f"{run_text.colour_role(run)} {weight}".rstrip()),)


def _metric_title(run: RunSnapshot, metric: MetricPair) -> str:
    """Return the name of a metric, which way it improves, and its best value."""
    name, best = f"{metric.name} {metric.arrow}".rstrip(), metric.best
    if best is None:
        return name
    curve, index = best
    at = f" ({run_text.short_position(run, float(curve.x[index]))})" if curve.axis == run.axis else ""
    return f"{name} · best {format_value(float(curve.value[index]))}{at}"


class _TitleFact(NamedTuple):
    """A part of the title; if not all parts fit, the one of lowest *priority* is left out first."""

    priority: int
    text: str
    style: str = ""


def _title_facts(state: State, run: RunSnapshot, chart: Chart | None) -> Iterator[_TitleFact]:
    """Yield the facts in the order of the title; where the chart differs from the log has the highest priority."""
    yield _TitleFact(1, run.format, "muted")
    yield _TitleFact(4, run_text.progress(run))
    yield _TitleFact(5, run_text.restart_text(run))
    if state.view.smoothing:
        yield _TitleFact(_WARNING, f"smoothed {state.view.smoothing:g}", "warn")
    for note in chart.notes if chart else ():
        yield _TitleFact(_WARNING, note, "warn")
    if run.history is not None and run.history.val is None:
        yield _TitleFact(_WARNING, "no validation", "warn")
    if run.share_read is not None:
        yield _TitleFact(_WARNING, f"reading {run_text.percent(run.share_read)}", "warn")
    yield _TitleFact(2, run_text.speed_text(run))
    yield _TitleFact(3, run_text.time_left(run))
    last_sign = run_text.last_activity(run, state.now)
    is_fine = run.status in (RunStatus.RUNNING, RunStatus.ENDED)
    yield _TitleFact(0, last_sign, "muted") if is_fine else _TitleFact(_WARNING, last_sign, "warn")


def _gpu_of_run(state: State, run: RunSnapshot) -> Gpu | None:
    """Return the GPU to show below a run that trains: the busiest of those it uses, if known, else of all."""
    has_times = run.history is not None and np.isfinite(run.history.wall_time).any()
    if state.gpus is None or not has_times or run.status not in _TRAINING:
        return None
    gpus = state.gpus.gpus
    used = [gpus[place] for place in gpus_by_run(state).get(run.name, ()) if gpus[place].history]
    return max(used or (gpu for gpu in gpus if gpu.history), key=lambda gpu: gpu.utilisation or 0.0, default=None)


def _gpu_strip(gpu: Gpu, note: str, run: RunSnapshot, settings: ViewSettings, frame: Frame) -> Lines:
    history = run.history
    if history is None:
        return ()
    x = RunXAxis.of(run, settings.x_axis).positions(history.x, history.wall_time)
    now = "" if gpu.utilisation is None else f"{gpu.utilisation:.0f}%"
    return gpu_strip(gpu.history, x, history.wall_time, frame, texts=(f"{now:5}{note}", now), glyphs=settings.glyphs)


def _idle_note(gpu: Gpu, run: RunSnapshot, width: int) -> str:
    """Return when the GPU was idle, if the text fits right of the plot in a chart of *width* cells."""
    return next((form for form in idle_forms(gpu, run) if _UTILISATION_WIDTH + len(form) <= width * 2 // 5), "")


def idle_forms(gpu: Gpu, run: RunSnapshot) -> tuple[str, ...]:
    """Return ``(epoch 17: idle 4 min)`` for the longest idle period during a run, longest form first.

    Empty if there is none, or if the GPU is not busy at least half of the time: then idling is usual.
    """
    history = run.history
    if history is None or not len(history.wall_time) or not np.isfinite(history.wall_time).all():
        return ()
    period = longest_idle_period(gpu.history, float(history.wall_time[0]), float(history.wall_time[-1]))
    if period is None:
        return ()
    x = float(history.x[int(np.searchsorted(history.wall_time, period[0]))])
    idle = f"idle {format_duration(period[1] - period[0])}"
    return (f"({run_text.position_text(run, x)}: {idle})", f"({run_text.short_position(run, x)}: {idle})")


def longest_idle_period(
    samples: tuple[tuple[float, float], ...], since: float, until: float
) -> tuple[float, float] | None:
    """Return begin and end of the longest time a busy GPU was idle, None if there is none of a minute or more.

    *samples* are (seconds since 1970, percent); all times are in seconds since 1970.
    """
    measured = np.array(samples, np.float64).reshape(-1, 2)
    times, used = measured[(measured[:, 0] >= since) & (measured[:, 0] <= until)].T
    known = used[~np.isnan(used)]
    if not len(known) or np.median(known) < _BUSY_FROM:
        return None
    idle = np.concatenate(([False], used < _IDLE_BELOW, [False]))
    begins, ends = np.flatnonzero(~idle[:-1] & idle[1:]), np.flatnonzero(idle[:-1] & ~idle[1:]) - 1
    if not len(begins):
        return None
    longest = int(np.argmax(times[ends] - times[begins]))
    begin, end = float(times[begins[longest]]), float(times[ends[longest]])
    return (begin, end) if end - begin >= _MIN_IDLE_SECONDS else None
