"""The whole screen for a small terminal: a line per run and three strips, fewer lines, one line, one sign."""

from __future__ import annotations

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import plural
from lossmon.presentation import remarks, run_text
from lossmon.presentation.loss_curves import gap_values
from lossmon.presentation.numbers import format_value
from lossmon.presentation.recorded_gpu import recorded_gpu
from lossmon.presentation.sorting import needs_action
from lossmon.tui.charts.glyphs import Glyphs
from lossmon.tui.charts.small_charts import sparkline
from lossmon.tui.panes.curves import evaluated_loss
from lossmon.tui.panes.gpu import gpu_line
from lossmon.tui.panes.run_cells import DrawnRuns
from lossmon.tui.panes.run_columns import MIN_CURVE_WIDTH, fit_columns
from lossmon.tui.panes.run_list import empty_list_text, run_rows, scroll_top, waiting_text
from lossmon.tui.panes.verdict import advice_lines, headline, verdict_lines
from lossmon.tui.roles import Role
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, first_fit, fit, pad, shorten, width_of

_MIN_HEIGHT_FOR_STRIPS = 6
_LABEL_WIDTH = 7
_MIN_NAME_WIDTH = 4
"""With fewer cells for the name, it is left out."""


def compact_screen(state: State, width: int, height: int) -> Lines:
    """Return the whole screen in *height* lines of at most *width* cells."""
    run = state.shown_run
    if run is None:
        return (fit(((_no_run_text(state), "muted"),), width),)
    if height < _MIN_HEIGHT_FOR_STRIPS:
        return _without_strips(state, run, width, height)
    strips = _strips(state, run, width)
    rows = min(len(state.listed_runs), max(1, height - len(strips)))
    top = scroll_top(0, state.shown_index, len(state.listed_runs), rows)
    verdict = _verdict_text(run, width, height - rows - len(strips))
    columns = fit_columns(state, width, width, has_header=False)
    return (*run_rows(state, columns, width, rows, top, DrawnRuns()), *verdict, *strips)


def _no_run_text(state: State) -> str:
    """Return why no run is shown."""
    if state.snapshot is not None and not state.snapshot.runs:
        return waiting_text(state)
    return empty_list_text(state)


def _verdict_text(run: RunSnapshot, width: int, height: int) -> Lines:
    """Return headline and text of the verdict in *height* lines."""
    if height < 1:
        return ()
    text = verdict_lines(run, width, height - 1) if height > 1 else ()
    return (((" ", ""), *shorten(headline(run), width - 1)), *text)


def _without_strips(state: State, run: RunSnapshot, width: int, height: int) -> Lines:
    """Return verdict, gap, GPUs, number of other runs and advice, as many as fit in *height* lines."""
    gap = run_text.gap_texts(run)
    if height == 1:
        return (_one_line(state, run, gap, width),)
    lines: list[Line] = [_one_line(state, run, (), width)]
    if gap:
        lines.append(first_fit([(("gap ", "muted"), (text, "gap")) for text in gap], width))
    if gpus := gpu_line(state, width):
        lines.append(gpus)
    if len(state.listed_runs) > 1:
        lines.append(_other_runs(state, width))
    return (*lines, *advice_lines(run, width, height - len(lines)))[:height]


def _one_line(state: State, run: RunSnapshot, gap: tuple[str, ...], width: int) -> Line:
    """Return the longest form that fits: name, verdict and gap; name and verdict; verdict; its sign."""
    role = run_text.colour_role(run)
    since = run_text.onset_mark(run)
    mark: Line = ((f" {remarks.mark(run)}", "muted"),) if remarks.mark(run) else ()
    verdict: Line = ((f"{run_text.verdict_text(run).upper()} {since}".rstrip(), f"{role} strong"),)
    name: Line = ((f"{state.short_name(run)} ", "strong"),)
    gap_text: Line = ((f" gap {gap[-2] if len(gap) > 1 else gap[0]}", "gap"),) if gap else ()
    sign: Line = ((run_text.glyph(run), role),)
    left = width - width_of(verdict) - 1
    short_name: Line = ((f"{state.short_name(run, left)} ", "strong"),) if left >= _MIN_NAME_WIDTH else ()
    return first_fit(
        [
            (*name, *verdict, *mark, *gap_text),
            (*name, *verdict, *mark),
            (*name, *verdict),
            (*short_name, *verdict),
            verdict,
            ((run_text.verdict_text(run).upper(), f"{role} strong"),),
            sign,
        ],
        width,
    )


def _other_runs(state: State, width: int) -> Line:
    """Return how many runs are not shown, and how many of these need attention."""
    others = [run for run in state.listed_runs if run is not state.shown_run]
    in_trouble = sum(needs_action(run) for run in others)
    count = f"+{plural(len(others), 'run')}"
    return first_fit([((f"{count}, {in_trouble} in trouble", "muted"),), ((count, "muted"),)], width)


def _strips(state: State, run: RunSnapshot, width: int) -> Lines:
    """Return a sparkline of the loss, one of the gap, and the line of the GPUs."""
    lines: list[Line] = []
    history = run.history
    if history is not None:
        role, values = evaluated_loss(history)
        last = format_value(float(values[-1])) if values is not None and len(values) else ""
        lines.append(_strip(values, role, last, width, state.glyphs))
    gap = None if history is None else gap_values(history)
    if gap is not None:
        forms = run_text.gap_texts(run)
        lines.append(_strip(gap, "gap", forms[-2:][0] if forms else "", width, state.glyphs))
    if gpus := gpu_line(state, width - 1):
        lines.append(((" ", ""), *gpus))
    elif gpu := recorded_gpu(run):
        used = np.array([percent for _, percent in gpu.history])
        lines.append(_strip(used, "gpu", f"{used[-1]:.0f}% {gpu.name}", width, state.glyphs))
    return tuple(lines)


def _strip(values: Floats | None, role: Role, text: str, width: int, glyphs: Glyphs) -> Line:
    """Return the name of the role, a sparkline of *values*, and *text*."""
    label = pad(((f" {role}", "muted"),), _LABEL_WIDTH)
    left = width - _LABEL_WIDTH - len(text) - 3
    bars = sparkline(values, left, role, glyphs) if values is not None and left >= MIN_CURVE_WIDTH else ()
    return fit((*label, *bars, (f"  {text}", "")), width)
