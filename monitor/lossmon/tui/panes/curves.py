"""From a run to the series of a chart: which columns, over which x, smoothed as asked."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot, RunStatus
from lossmon.presentation import run_text as words
from lossmon.tui.charts.cell_grid import OVERLAYS, Role
from lossmon.tui.charts.chart import Best, ChartOptions, Marker, Series
from lossmon.tui.charts.smooth import smooth
from lossmon.tui.panes.x_axis import Ruler
from lossmon.tui.state import State, ViewSettings

GROWING = (RunStatus.LIVE, RunStatus.QUIET)
"""The states in which more points are expected."""


def loss_series(view: RunSnapshot, choices: ViewSettings) -> list[Series]:
    """Return train and validation loss, the first with a thin past where a restart replaced it."""
    history = view.history
    if history is None:
        return []
    ruler = Ruler.of(view, choices.x_axis)
    return [
        *_earlier(view, choices, ruler),
        *_series(view.train, history, history.train, "train", choices, ruler),
        *_series(view.val, history, history.val, "val", choices, ruler),
    ]


def metric_series(curve: Curve, view: RunSnapshot, choices: ViewSettings) -> list[Series]:
    """Return one scalar alone; the validation loss keeps its colour."""
    role: Role = "val" if view.val is not None and curve.tag == view.val.tag else "train"
    return [_drawn(curve.x, curve.wall, curve.value, role, choices, Ruler.of(view, choices.x_axis), label="")]


def compared_series(state: State, choices: ViewSettings) -> list[Series]:
    """Return the loss each run is judged by, validation where there is one, each in a colour of its own."""
    drawn = []
    for number, view in enumerate(state.compared):
        history = view.history
        if history is None:
            continue
        role = OVERLAYS[number % len(OVERLAYS)]
        values, curve = (history.train, view.train) if history.val is None else (history.val, view.val)
        drawn += _series(curve, history, values, role, choices, Ruler.of(view, choices.x_axis), label=state.label(view))
    return drawn


def _earlier(view: RunSnapshot, choices: ViewSettings, ruler: Ruler) -> list[Series]:
    axis = view.axis
    return [
        _drawn(curve.x, curve.wall, curve.value, "muted", choices, ruler, label="")
        for curve in view.earlier
        if curve.axis == axis
    ]


def _series(
    curve: Curve | None,
    history: EvaluationHistory,
    judged: Floats | None,
    role: Role,
    choices: ViewSettings,
    ruler: Ruler,
    label: str | None = None,
) -> list[Series]:
    """Draw every point where the curve counts as the evaluations do; else what the evaluations saw."""
    label = role if label is None else label
    if curve is not None and curve.axis == history.axis:
        return [_drawn(curve.x, curve.wall, curve.value, role, choices, ruler, label)]
    if judged is None:
        return []
    return [_drawn(history.x, history.wall, judged, role, choices, ruler, label, sparse=True)]


def _drawn(
    x: Floats,
    wall: Floats,
    values: Floats,
    role: Role,
    choices: ViewSettings,
    ruler: Ruler,
    label: str,
    *,
    sparse: bool = False,
) -> Series:
    shown = smooth(values, choices.smoothing) if choices.smoothing > 0 else values
    # Without colour, broken lines keep train apart from validation, and every second run apart from its neighbours.
    dashed = choices.options.no_color and (role == "train" or role in OVERLAYS[1::2])
    return Series(ruler.at(x, wall), shown, role, label, sparse, dashed)


def gap_of(history: EvaluationHistory) -> Floats | None:
    """Return validation minus train loss at each evaluation; None without either, NaN where one is not a number."""
    if history.train is None or history.val is None:
        return None
    with np.errstate(all="ignore"):
        return history.val - history.train


def _drawn_at(view: RunSnapshot, index: int | None, choices: ViewSettings) -> float | None:
    """Return where evaluation *index* stands on the x axis; None where that is not known."""
    history = view.history
    if history is None or index is None or not 0 <= index < len(history.x):
        return None
    place = slice(index, index + 1)
    x = float(Ruler.of(view, choices.x_axis).at(history.x[place], history.wall[place])[0])
    return x if math.isfinite(x) else None


def chart_options(view: RunSnapshot | None, choices: ViewSettings, *, judged: bool) -> ChartOptions:
    """Return how to draw: scale, window and cursor; with *judged* the divergence marker and the best point too."""
    return ChartOptions(
        y="auto" if choices.log is None else "log" if choices.log else "linear",
        x=Ruler.of(view, choices.x_axis).label if view else "step",
        x_range=choices.x_range,
        marker=_marker(view, choices) if judged and view else None,
        best=_best(view, choices) if judged and view else None,
        cursor=choices.cursor,
        utc_offset=float(time.localtime().tm_gmtoff),
        glyphs=choices.glyphs,
    )


def with_room(series: Sequence[Series], view: RunSnapshot) -> tuple[float, float] | None:
    """Return the x axis of a run that still grows: up to a quarter longer than its curves, a tenth as a rule.

    An axis that ends where the curve ends is redrawn whole with every epoch; this one a few times while it doubles.
    """
    ends = [(float(np.nanmin(one.x)), float(np.nanmax(one.x))) for one in series if np.isfinite(one.x).any()]
    if view.status not in GROWING or not ends:
        return None
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    length = high - low
    if not 0 < length < math.inf:
        return None
    step = 2.0 ** (math.frexp(length)[1] - 3)
    return low, low + math.ceil(length / step) * step


def _marker(view: RunSnapshot, choices: ViewSettings) -> Marker | None:
    turned = _drawn_at(view, words.turning_point(view), choices)
    return None if turned is None else Marker(turned, words.since(view))


def _best(view: RunSnapshot, choices: ViewSettings) -> Best | None:
    at, value = _drawn_at(view, view.assessment.best, choices), view.assessment.best_value
    return None if at is None or value is None else Best(at, value)
