"""The values that the page shows under the pointer, for the script in it."""

from __future__ import annotations

import math

import numpy as np

from lossmon.core.points import Floats, Ints
from lossmon.presentation.charts.ticks import format_x
from lossmon.presentation.loss_curves import gap_values, risk_values
from lossmon.presentation.numbers import format_value
from lossmon.presentation.run_text import risk_text
from lossmon.report.html.curves import RunCurves

_SEPARATOR, _LINE_END = "|", ";"


def readings(curves: RunCurves, limit: int) -> str:
    """Return the names of the columns in a line, then a line for each of at most about *limit* evaluations.

    A line has its place, in tenths of a percent of the width, what x is there, and the values, with ``|`` between them.
    The best, the first and the last evaluation are among them.
    """
    chosen = _chosen(curves, limit)
    columns = _columns(curves)
    places = np.rint(1000 * curves.columns.of(curves.x[chosen]) / max(1, curves.columns.last)).astype(int).tolist()
    lines = [["", "", *(_cell(name) for name, _ in columns)]]
    for place, index in zip(places, chosen.tolist(), strict=True):
        values = (_format(name, values[index]) for name, values in columns)
        lines.append([str(place), format_x(float(curves.x[index]), curves.unit), *values])
    return _LINE_END.join(_SEPARATOR.join(line) for line in lines)


def _cell(text: str) -> str:
    return text.replace(_SEPARATOR, " ").replace(_LINE_END, " ")


def _chosen(curves: RunCurves, limit: int) -> Ints:
    """Return the indices of evaluations that are spread evenly, with those that matter."""
    count, assessment = len(curves.x), curves.run.assessment
    evenly = np.linspace(0, count - 1, min(count, limit)).astype(np.int64)
    special = [index for index in (assessment.best, assessment.onset) if index is not None and index < count]
    chosen = np.unique(np.concatenate((evenly, np.array(special, np.int64))))
    return chosen[np.isfinite(curves.x[chosen])]


def _columns(curves: RunCurves) -> list[tuple[str, Floats]]:
    history, run = curves.history, curves.run
    columns = [
        ("train", history.train),
        ("val", history.val),
        ("gap", gap_values(history)),
        (run.score.name if run.score else "", run.score.values if run.score else None),
        ("risk", risk_values(run)),
    ]
    return [(name, values) for name, values in columns if values is not None and len(values) == len(curves.x)]


def _format(name: str, value: float) -> str:
    if name == "risk":
        return risk_text(float(value)) if math.isfinite(value) else ""
    return format_value(float(value), 4)
