"""Texts and lines of a chart: ticks, marks, and the labels at the right ends of curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lossmon.presentation.charts.labels import spread
from lossmon.presentation.charts.scales import LinearScale
from lossmon.presentation.charts.ticks import AXIS_NAMES, XUnit, tick_labels, x_ticks, y_ticks
from lossmon.report.html.markup import Markup, element, join
from lossmon.report.html.plot import Plot

LINE_HEIGHT = 15
"""Pixels between the base lines of two labels."""
_BASELINE = 4
"""Pixels from the middle of a line of text down to its base line."""
_PIXELS_PER_TICK = 44
_MAX_X_TICKS = 8
_LABEL_OFFSET = 8
"""Pixels between a point and its label."""
_RIGHT_THIRD = 62.0
"""Percent of the width from which on a label stands left of its point."""
_LEFT_EDGE = 12.0
"""Percent of the width up to which a label stands right of its point."""
_NEAR = 8.0
"""Percent of the width within which a line would run through the label of a point."""


@dataclass(frozen=True, slots=True)
class EndLabel:
    """Text for the right end of a curve, *y* pixels from the top."""

    y: float
    text: str
    role: str


def y_axis(plot: Plot, max_count: int = 6) -> Markup:
    """Return a thin line and a label for each round value."""
    ticks = y_ticks(plot.scale, max(2, min(max_count, plot.height // _PIXELS_PER_TICK)))
    texts = tick_labels(ticks, aligned=isinstance(plot.scale, LinearScale))
    parts: list[str] = []
    for tick, text in zip(ticks, texts, strict=True):
        y = plot.y(tick)
        parts.append(element("line", class_="grid", x1="0", x2="100%", y1=y, y2=y))
        parts.append(_text(text, "0", y + _BASELINE, "tick end", dx=-_LABEL_OFFSET))
    return join(*parts)


def x_axis(plot: Plot, unit: XUnit, y: int) -> Markup:
    """Return the labels of the x axis with the base line *y*; a narrow page shows every second one."""
    ticks = x_ticks(plot.columns.low, plot.columns.high, unit, _MAX_X_TICKS)
    labels = [
        _text(text, plot.x(x), y, "tick middle second" if number % 2 else "tick middle")
        for number, (x, text) in enumerate(ticks)
    ]
    return join(*labels, _text(AXIS_NAMES[unit], "100%", y, "tick name", dx=_LABEL_OFFSET))


def vertical_line(plot: Plot, x: float, height: int, text: str) -> Markup:
    """Return a line at *x* through the chart, with its *text* beside the top."""
    place = plot.x(x)
    is_right = plot.percent(x) > _RIGHT_THIRD
    return join(
        element("line", class_="marker", x1=place, x2=place, y1=0, y2=height),
        _text(text, place, LINE_HEIGHT, f"marker-label{' end' * is_right}", dx=_side(is_right)),
    )


def point(plot: Plot, x: float, value: float, text: str, avoid: float | None = None) -> Markup:
    """Return a dot with its *text*: below it, or above near the bottom of the plot; left of the line at *avoid*."""
    place, y, share = plot.x(x), plot.y(value), plot.percent(x)
    is_low = y + 2 * LINE_HEIGHT > plot.top + plot.height
    is_beside = avoid is not None and abs(plot.percent(avoid) - share) < _NEAR and share > _LEFT_EDGE
    anchor = "end" if is_beside or share > _RIGHT_THIRD else "middle" if share > _LEFT_EDGE else "start"
    label_y, dx = (y - 10 if is_low else y + 20), (-_LABEL_OFFSET if is_beside else None)
    dot = element("circle", class_="best", cx=place, cy=y, r=4.5)
    return join(dot, _text(text, place, label_y, f"best-label {anchor}", dx=dx))


def end_labels(labels: Sequence[EndLabel], top: int, height: int) -> Markup:
    """Return the labels right of the plot, each as near to its curve as the others allow."""
    placed = sorted(labels, key=lambda label: label.y)
    rows = spread([label.y for label in placed], top, top + height, LINE_HEIGHT)
    texts = [
        _text(label.text, "100%", row + _BASELINE, f"end-label {label.role}", dx=_LABEL_OFFSET)
        for label, row in zip(placed, rows, strict=True)
    ]
    return join(*texts)


def strip_label(name: str, y: int) -> Markup:
    """Return the name of a strip, left of it."""
    return _text(name, "0", y, "tick end name", dx=-_LABEL_OFFSET)


def _side(is_right: bool) -> int:
    return -_LABEL_OFFSET if is_right else _LABEL_OFFSET


def _text(text: str, x: str, y: float, role: str, dx: int | None = None) -> Markup:
    return element("text", text, class_=role, x=x, y=y, dx=dx)
