"""The loss of one run, with the gap and the GPU on the same x axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossmon.gpu import Gpu
from lossmon.snapshot import Curve, RunView, Status
from lossmon.ui import words
from lossmon.ui.lines import Line, Lines
from lossmon.ui.plot.chart import Chart, Series, loss_chart
from lossmon.ui.plot.frame import Frame
from lossmon.ui.plot.glyphs import ASCII, UNICODE, Glyphs
from lossmon.ui.plot.numbers import format_value
from lossmon.ui.plot.strips import gap_strip, gpu_strip
from lossmon.ui.state import Choices, State, XAxis
from lossmon.ui.view.box import Box
from lossmon.ui.view.curves import (
    chart_options,
    compared_series,
    loss_series,
    metric_series,
    over,
    start_of,
)

_LEAST_CHART = 4
_RUNNING = (Status.LIVE, Status.QUIET, Status.STALLED)


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn pane, and what is needed to move a cursor in it."""

    lines: Lines
    series: tuple[Series, ...] = ()
    frame: Frame | None = None

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
    inner_width, inner_height = box.inner(width, height)
    strips = _Strips.of(state, view) if curve is None else _Strips()
    rows = max(1, inner_height - strips.rows) if inner_height - strips.rows >= _LEAST_CHART else inner_height
    right = strips.margin(inner_width)
    options = chart_options(view, state.choices, judged=curve is None, right=right)
    chart = loss_chart(series, inner_width, rows, options)
    below = strips.drawn(chart.frame) if rows < inner_height else ()
    blank: Lines = ((),) * (rows - len(chart.lines))
    title = _title(state, view, curve, chart)
    return Picture(
        box.around(title, (*chart.lines, *blank, *below), width, height), tuple(series), chart.frame
    )


def compare_chart(state: State, views: Sequence[RunView], width: int, height: int, box: Box) -> Picture:
    """Return the marked runs on one pair of axes."""
    series = compared_series(views, state.choices)
    title: Line = ((f"compare · {len(views)} runs", "title"),)
    if not any(len(one.x) for one in series):
        return Picture(box.around(title, (((" no loss to compare", "muted"),),), width, height))
    inner_width, rows = box.inner(width, height)
    chart = loss_chart(series, inner_width, rows, chart_options(views[0], state.choices, judged=False))
    title += tuple((f" · {note}", "warn") for note in chart.notes)
    if chart.readout:
        title = (("compare  ", "title"), *chart.readout)
    return Picture(box.around(title, chart.lines, width, height), tuple(series), chart.frame)


def _waiting(state: State) -> Lines:
    if state.snapshot is None:
        return (((" starting", "muted"),),)
    if state.snapshot.runs:
        return (((" no run matches the filter; esc clears it", "muted"),),)
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
    name: Line = ((view.name.text if curve is None else f"{view.name.text} · {curve.tag.text}", "title"),)
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
    facts += [(words.pace(view), ""), (words.time_left(view), ""), (words.last_sign(view, now), status)]
    return (*name, *((f" · {text}", style) for text, style in facts if text))


@dataclass(frozen=True, slots=True)
class _Strips:
    """What runs below the chart: the gap of train and validation, the utilisation of the busiest GPU."""

    view: RunView | None = None
    choices: Choices = Choices()
    gpu: Gpu | None = None
    glyphs: Glyphs = UNICODE

    @classmethod
    def of(cls, state: State, view: RunView) -> _Strips:
        gpus = [gpu for gpu in state.gpus.gpus if gpu.history] if state.gpus else []
        busiest = max(gpus, key=lambda gpu: gpu.utilisation or 0.0, default=None)
        running = busiest if view.status in _RUNNING else None
        return cls(view, state.choices, running, ASCII if state.choices.options.ascii else UNICODE)

    @property
    def has_gap(self) -> bool:
        history = self.view.history if self.view else None
        return history is not None and history.train is not None and history.val is not None

    @property
    def has_gpu(self) -> bool:
        history = self.view.history if self.view else None
        return self.gpu is not None and history is not None and bool(np.isfinite(history.wall).any())

    @property
    def rows(self) -> int:
        return int(self.has_gap) + int(self.has_gpu)

    def margin(self, width: int) -> int:
        """Return the cells to keep free right of the chart for the figures of the strips."""
        return 0 if not self.rows else 20 if width >= 100 else 10 if width >= 60 else 6

    def drawn(self, frame: Frame) -> Lines:
        """Return the strips on the x axis of *frame*."""
        view, history = self.view, self.view.history if self.view else None
        if view is None or history is None:
            return ()
        x = over(history.x, history.wall, start_of(view), self.choices.x_axis)
        lines: Lines = ()
        if history.train is not None and history.val is not None:
            gap = history.val - history.train
            lines += gap_strip(x, gap, frame, texts=gap_texts(view, self.glyphs is ASCII), glyphs=self.glyphs)
        if self.gpu is not None and self.has_gpu:
            said = () if self.gpu.utilisation is None else (f"{self.gpu.utilisation:.0f}%",)
            lines += gpu_strip(
                self.gpu.history, x, history.wall, frame, texts=said, label="gpu", glyphs=self.glyphs
            )
        return lines


def gap_texts(view: RunView, ascii: bool) -> tuple[str, ...]:
    """Return the gap of a run in words, longest form first; empty where there is none."""
    gap, slope = view.judgement.gap, view.judgement.gap_slope
    if gap is None:
        return ()
    if slope is None:
        return (format_value(gap),)
    up, down, level = ("^", "v", "=") if ascii else ("▲", "▼", "▬")
    sign = level if abs(slope) < 1e-12 else up if slope > 0 else down
    now = f"{format_value(gap)} {sign}"
    return (f"{now} {format_value(abs(slope))}/{_unit(view)}", now, format_value(gap))


def _unit(view: RunView) -> str:
    return "epoch" if view.axis == "epoch" else "eval"


def has_times(view: RunView | None) -> bool:
    """Say whether a run can be drawn over time."""
    return view is not None and bool(np.isfinite(start_of(view)))


def next_axis(state: State) -> XAxis:
    """Return the x axis that follows in turn; runs without times have only one."""
    members = list(XAxis)
    following = members[(members.index(state.choices.x_axis) + 1) % len(members)]
    return following if has_times(state.current) else XAxis.COUNT
