"""The screen of a small pane: a line per run and three strips, down to one line, down to one sign."""

from __future__ import annotations

from lossmon.core.points import Floats
from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation import run_text as words
from lossmon.presentation.numbers import format_value
from lossmon.presentation.sorting import troubled
from lossmon.tui.charts.cell_grid import Role
from lossmon.tui.charts.glyphs import Glyphs
from lossmon.tui.charts.spark import sparkline
from lossmon.tui.panes.curves import gap_of
from lossmon.tui.panes.gpu import gpu_line
from lossmon.tui.panes.run_list import Sparks, entries, nothing, window
from lossmon.tui.panes.verdict import advice_lines, headline, verdict_lines
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, first_fit, fit, pad, shorten, width_of

_STRIPS_FROM = 6
_LABEL = 7
_LEAST_STRIP = 4


def compact(state: State, width: int, height: int) -> Lines:
    """Return the whole screen in *height* lines of at most *width* cells."""
    view = state.current
    if view is None:
        return (fit(((_nothing(state), "muted"),), width),)
    if height < _STRIPS_FROM:
        return _words_only(state, view, width, height)
    strips = _strips(state, view, width)
    rows = min(len(state.rows), max(1, height - len(strips)))
    top = window(0, state.index, len(state.rows), rows)
    spare = height - rows - len(strips)
    told = _told(view, width, spare)
    return (*entries(state, width, rows, top, Sparks()), *told, *strips)


def _nothing(state: State) -> str:
    if state.snapshot is not None and not state.snapshot.runs:
        return f"waiting for logs in {state.title}"
    return nothing(state)


def _told(view: RunSnapshot, width: int, height: int) -> Lines:
    """Tell the verdict in words where lines are left."""
    if height < 2:
        return ()
    return (shorten(headline(view), width), *verdict_lines(view, width, height - 1))[:height]


def _words_only(state: State, view: RunSnapshot, width: int, height: int) -> Lines:
    gap = words.gap_forms(view)
    if height == 1:
        return (_one_line(state, view, gap, width),)
    lines: list[Line] = [_one_line(state, view, (), width)]
    if gap:
        lines.append(first_fit([(("gap ", "muted"), (text, "gap")) for text in gap], width))
    if gpus := gpu_line(state, width):
        lines.append(gpus)
    if len(state.rows) > 1:
        lines.append(_others(state, width))
    return (*lines, *advice_lines(view, width, height - len(lines)))[:height]


def _one_line(state: State, view: RunSnapshot, gap: tuple[str, ...], width: int) -> Line:
    """Return the longest form that fits: with the gap, without, the verdict alone, its sign."""
    role = words.role(view)
    since = words.since(view)
    verdict: Line = ((f"{words.word(view).upper()} {since}".rstrip(), f"{role} strong"),)
    name: Line = ((f"{state.label(view)} ", "strong"),)
    tail: Line = ((f" gap {gap[-2] if len(gap) > 1 else gap[0]}", "gap"),) if gap else ()
    sign: Line = ((words.glyph(view), role),)
    short = width - width_of(verdict) - 1
    cropped: Line = ((f"{state.label(view, short)} ", "strong"),) if short >= _LEAST_STRIP else ()
    return first_fit([(*name, *verdict, *tail), (*name, *verdict), (*cropped, *verdict), verdict, sign], width)


def _others(state: State, width: int) -> Line:
    """Count the runs that are not shown, the troubled ones apart."""
    others = [view for view in state.rows if view is not state.current]
    in_trouble = sum(troubled(view) for view in others)
    count = f"+{len(others)} run{'' if len(others) == 1 else 's'}"
    return first_fit([((f"{count}, {in_trouble} in trouble", "muted"),), ((count, "muted"),)], width)


def _strips(state: State, view: RunSnapshot, width: int) -> Lines:
    """Return one sparkline of the loss, the gap, and the GPU."""
    lines: list[Line] = []
    history = view.history
    if history is not None:
        role: Role = "train" if history.val is None else "val"
        judged = history.train if history.val is None else history.val
        last = format_value(float(judged[-1])) if judged is not None and len(judged) else ""
        lines.append(_strip(judged, role, last, width, state.glyphs))
    gap = None if history is None else gap_of(history)
    if gap is not None:
        forms = words.gap_forms(view)
        lines.append(_strip(gap, "gap", forms[-2:][0] if forms else "", width, state.glyphs))
    gpus = gpu_line(state, width - 1)
    return tuple(lines) if not gpus else (*lines, ((" ", ""), *gpus))


def _strip(values: Floats | None, role: Role, said: str, width: int, glyphs: Glyphs) -> Line:
    lead = pad(((f" {role}", "muted"),), _LABEL)
    room = width - _LABEL - len(said) - 3
    drawn = sparkline(values, room, role, glyphs) if values is not None and room >= _LEAST_STRIP else ()
    return fit((*lead, *drawn, (f"  {said}", "")), width)
