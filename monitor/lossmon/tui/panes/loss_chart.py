"""The loss of one run, with the gap and the GPU on the same x axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len

from lossmon.core.snapshot import Curve, RunSnapshot, RunStatus
from lossmon.core.text import plural
from lossmon.gpu import Gpu
from lossmon.presentation import run_text as words
from lossmon.tui.box import Box
from lossmon.tui.charts.bar_strips import gpu_strip
from lossmon.tui.charts.chart import Chart, loss_chart
from lossmon.tui.charts.frame import Frame
from lossmon.tui.charts.options import Series
from lossmon.tui.panes.curves import chart_options, compared_series
from lossmon.tui.panes.drawing import LEAST_CHART, chosen_metric, drawing
from lossmon.tui.panes.idle import idle_forms
from lossmon.tui.panes.owners import trained_by
from lossmon.tui.panes.run_list import nothing
from lossmon.tui.panes.x_axis import Ruler, compared_axis, shared_axes
from lossmon.tui.state import State, ViewSettings
from lossmon.tui.styled_text import Line, Lines

_FIGURE = len("100%  ")
"""Cells for the utilisation of the GPU and what parts it from its neighbours."""
_WARNING = 9
"""The weight in the title of what is not to be overlooked."""
_RUNNING = (RunStatus.LIVE, RunStatus.QUIET, RunStatus.STALLED)


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
    curve = chosen_metric(view, state.choices)
    inner_width, rows = box.inner(width, height)
    gpu = _shown_gpu(state, view) if curve is None and rows > LEAST_CHART + 1 else None
    note = _idle_note(gpu, view, inner_width) if gpu else ""
    beside = _FIGURE + len(note) if gpu else 0
    drawn = drawing(view, state.choices.of_charts, inner_width, rows - 1 if gpu else rows, beside)
    if drawn is None:
        return Picture(box.around(_title(state, view, None, None, inner_width - 3), _no_curve(view), width, height))
    strip = _gpu_strip(gpu, note, view, state.choices, drawn.chart.frame) if gpu else ()
    lines = box.around(_title(state, view, curve, drawn.chart, inner_width - 3), (*drawn.lines, *strip), width, height)
    return Picture(lines, drawn.series, drawn.chart.frame, _logarithmic(drawn.chart))


def compare_chart(state: State, width: int, height: int, box: Box) -> Picture:
    """Return the marked runs on one pair of axes."""
    views = state.compared
    choices = replace(state.choices, x_axis=compared_axis(views, state.choices.x_axis))
    series = compared_series(state, choices)
    title: Line = ((f"compare · {plural(len(views), 'run')}", "title"),)
    if not any(len(one.x) for one in series):
        return Picture(box.around(title, (((" no loss to compare", "muted"),),), width, height))
    inner_width, rows = box.inner(width, height)
    chart = loss_chart(series, inner_width, rows, chart_options(views[0], choices, judged=False))
    mixed = () if shared_axes(views) else (f"{'s and '.join(sorted({view.axis for view in views}))}s on one axis",)
    title += tuple((f" · {note}", "warn") for note in (*mixed, *chart.notes))
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
    second: Line = (
        (" new files are noticed by themselves: TensorBoard event files, CSV, JSON lines, printed text", "muted"),
    )
    skipped = len(state.snapshot.skipped)
    third: Line = ((f" {skipped} files are not read; i says why", "muted"),) if skipped else ()
    return ((), first, (), second, third)


def _no_curve(view: RunSnapshot) -> Lines:
    if view.catching_up is not None:
        return ((), ((f" reading {words.percent(view.catching_up)}", "muted"),))
    if view.trouble:
        return ((), *(((f" {sentence}", "warn"),) for sentence in view.trouble))
    count = len(view.metrics)
    said = f"no loss among its {count} scalars; m shows them all" if count else "nothing was logged yet"
    return ((), ((f" {said}", "muted"),))


def _title(state: State, view: RunSnapshot, curve: Curve | None, chart: Chart | None, width: int) -> Line:
    label = state.label(view)
    name: Line = ((label if curve is None else f"{label} · {curve.tag.text}", "title"),)
    if chart is not None and chart.readout:
        return (*name, ("  ", ""), *chart.readout)
    facts = [fact for fact in _told(state, view, chart) if fact.text]
    while facts and cell_len(name[0][0]) + sum(3 + cell_len(fact.text) for fact in facts) > width:
        facts.remove(min(facts, key=lambda fact: fact.weight))
    return (*name, *((f" · {fact.text}", fact.style) for fact in facts))


class _Fact(NamedTuple):
    """A part of the title; where not all fit the one of least *weight* is left out first."""

    weight: int
    text: str
    style: str = ""


def _told(state: State, view: RunSnapshot, chart: Chart | None) -> Iterator[_Fact]:
    """Yield the facts of the title, in order; what makes the picture another one than the log weighs most."""
    yield _Fact(1, view.format, "muted")
    yield _Fact(4, words.progress(view))
    if state.choices.smoothing:
        yield _Fact(_WARNING, f"smoothed {state.choices.smoothing:g}", "warn")
    for note in chart.notes if chart else ():
        yield _Fact(_WARNING, note, "warn")
    if view.history is not None and view.history.val is None:
        yield _Fact(_WARNING, "no validation", "warn")
    if view.catching_up is not None:
        yield _Fact(_WARNING, f"reading {words.percent(view.catching_up)}", "warn")
    yield _Fact(2, words.pace(view))
    yield _Fact(3, words.time_left(view))
    sign = words.last_sign(view, state.snapshot.taken if state.snapshot else 0.0)
    calm = view.status in (RunStatus.LIVE, RunStatus.FINISHED)
    yield _Fact(0, sign, "muted") if calm else _Fact(_WARNING, sign, "warn")


def _shown_gpu(state: State, view: RunSnapshot) -> Gpu | None:
    """Return the GPU to show below the curves of a run that trains: the busiest of its own, if known, else of all."""
    timed = view.history is not None and np.isfinite(view.history.wall).any()
    if state.gpus is None or state.snapshot is None or not timed or view.status not in _RUNNING:
        return None
    known = [gpu for gpu in state.gpus.gpus if gpu.history]
    runs = state.snapshot.runs
    own = [gpu for gpu in known if any(trained_by(process, runs) is view for process in gpu.processes)]
    return max(own or known, key=lambda gpu: gpu.utilisation or 0.0, default=None)


def _idle_note(gpu: Gpu, view: RunSnapshot, width: int) -> str:
    """Return when the GPU stood still, if there is room for it beside a chart of *width* cells with its margin."""
    return next((form for form in idle_forms(gpu, view) if _FIGURE + len(form) <= width * 2 // 5), "")


def _gpu_strip(gpu: Gpu, note: str, view: RunSnapshot, choices: ViewSettings, frame: Frame) -> Lines:
    history = view.history
    if history is None:
        return ()
    x = Ruler.of(view, choices.x_axis).at(history.x, history.wall)
    now = "" if gpu.utilisation is None else f"{gpu.utilisation:.0f}%"
    return gpu_strip(gpu.history, x, history.wall, frame, texts=(f"{now:5}{note}", now), glyphs=choices.glyphs)
