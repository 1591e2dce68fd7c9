"""The strips below the loss chart of a run: the gap, and the probability of overfitting."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation import run_text
from lossmon.presentation.loss_curves import gap_values, risk_values
from lossmon.presentation.numbers import format_value
from lossmon.presentation.run_axis import RunXAxis
from lossmon.tui.charts.bar_strips import gap_strip, risk_strip
from lossmon.tui.charts.frame import Frame
from lossmon.tui.settings import ViewSettings
from lossmon.tui.styled_text import Lines

MIN_CHART_HEIGHT = 4
"""Lines that a chart needs before a strip below it gets one."""
_MIN_HEIGHT_ABOVE_RISK = 6
"""Lines that a chart needs before the strip of the probability gets one."""

Strip: TypeAlias = Callable[[RunSnapshot, ViewSettings, Frame], Lines]
"""Draws one line below a chart, or none if the frame has no columns."""


def strips_below(run: RunSnapshot, height: int) -> tuple[Strip, ...]:
    """Return the strips for which a chart of *height* lines has room, from the top."""
    strips: list[Strip] = []
    if run.history is not None and gap_values(run.history) is not None and height > MIN_CHART_HEIGHT:
        strips.append(_gap_strip)
    if risk_values(run) is not None and height > _MIN_HEIGHT_ABOVE_RISK + len(strips):
        strips.append(_risk_strip)
    return tuple(strips)


def _gap_strip(run: RunSnapshot, settings: ViewSettings, frame: Frame) -> Lines:
    """Return the strip of the gap; its text is about the last evaluation, or the last visible one if x is zoomed."""
    history = run.history
    gap = None if history is None else gap_values(history)
    if history is None or gap is None:
        return ()
    x = RunXAxis.of(run, settings.x_axis).positions(history.x, history.wall_time)
    visible = gap[x <= frame.high]
    is_cut = 0 < len(visible) < np.count_nonzero(np.isfinite(x))
    texts = (format_value(float(visible[-1])),) if is_cut else run_text.gap_texts(run)
    return gap_strip(x, gap, frame, texts=texts, glyphs=settings.glyphs)


def _risk_strip(run: RunSnapshot, settings: ViewSettings, frame: Frame) -> Lines:
    """Return the strip of the probability of overfitting; its text is about the last evaluation that is visible."""
    history, risk = run.history, risk_values(run)
    if history is None or risk is None:
        return ()
    x = RunXAxis.of(run, settings.x_axis).positions(history.x, history.wall_time)
    visible = risk[(x <= frame.high) & np.isfinite(risk)]
    texts = (run_text.risk_text(float(visible[-1])),) if len(visible) else ()
    return risk_strip(x, risk, frame, texts, glyphs=settings.glyphs)
