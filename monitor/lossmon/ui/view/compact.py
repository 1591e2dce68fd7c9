"""The screen of a small pane: a line per run and three strips, down to one line, down to one sign."""

from __future__ import annotations

from lossmon.points import Floats
from lossmon.snapshot import RunView
from lossmon.ui import words
from lossmon.ui.lines import Line, Lines, fit, first_fit, pad, width_of
from lossmon.ui.plot.glyphs import ASCII, UNICODE
from lossmon.ui.plot.numbers import format_value
from lossmon.ui.plot.spark import sparkline
from lossmon.ui.state import State
from lossmon.ui.view.chart import gap_texts
from lossmon.ui.view.gpu import gpu_line
from lossmon.ui.view.header import header
from lossmon.ui.view.runs import entries, window
from lossmon.ui.view.verdict import headline, verdict_lines

_STRIPS_FROM = 6
_LABEL = 4


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
    return (*entries(state, width, rows, top), *told, *strips)


def _nothing(state: State) -> str:
    if state.snapshot is None:
        return "starting"
    return "no run matches" if state.snapshot.runs else f"waiting for logs in {state.title}"


def _told(view: RunView, width: int, height: int) -> Lines:
    """Tell the verdict in words where lines are left."""
    if height < 2:
        return ()
    return (fit(headline(view), width), *verdict_lines(view, width, height - 1))[:height]


def _words_only(state: State, view: RunView, width: int, height: int) -> Lines:
    gap = gap_texts(view, state.choices.options.ascii)
    if height == 1:
        return (_one_line(state, view, gap, width),)
    lines: list[Line] = [_one_line(state, view, (), width)]
    if gap:
        lines.append(first_fit([(("gap ", "muted"), (text, "gap")) for text in gap], width))
    if gpus := gpu_line(state, width):
        lines.append(gpus)
    if len(state.rows) > 1:
        lines.append(fit(header(state, 999, 1)[0][2:], width))
    return tuple(lines[:height])


def _one_line(state: State, view: RunView, gap: tuple[str, ...], width: int) -> Line:
    """Return the longest form that fits: with the gap, without, the verdict alone, its sign."""
    role = words.role(view)
    since = words.since(view)
    verdict: Line = ((f"{words.word(view).upper()} {since}".rstrip(), f"{role} strong"),)
    name: Line = ((f"{view.name.text} ", "strong"),)
    tail: Line = ((f" gap {gap[-2] if len(gap) > 1 else gap[0]}", "gap"),) if gap else ()
    sign: Line = ((words.glyph(view, ascii=state.choices.options.ascii), role),)
    short = width - width_of(verdict) - 1
    cut_name: Line = (*fit(((view.name.text, "strong"),), short), (" ", "")) if short >= 4 else ()
    return first_fit([(*name, *verdict, *tail), (*name, *verdict), (*cut_name, *verdict), verdict, sign], width)


def _strips(state: State, view: RunView, width: int) -> Lines:
    """Return one sparkline of the loss, the gap, and the GPU."""
    lines: list[Line] = []
    history = view.history
    if history is not None:
        judged, name = (history.train, "train") if history.val is None else (history.val, "val")
        last = format_value(float(judged[-1])) if judged is not None and len(judged) else ""
        lines.append(_strip(state, name, judged, last, name, width))
        if history.train is not None and history.val is not None:
            texts = gap_texts(view, state.choices.options.ascii)
            said = texts[-2] if len(texts) > 1 else "".join(texts)
            lines.append(_strip(state, "gap", history.val - history.train, said, "gap", width))
    gpus = gpu_line(state, width - 1)
    return tuple(lines) if not gpus else (*lines, ((" ", ""), *gpus))


def _strip(state: State, label: str, values: Floats | None, said: str, role: str, width: int) -> Line:
    glyphs = ASCII if state.choices.options.ascii else UNICODE
    lead = pad(((f" {label}", "muted"),), _LABEL + 3)
    room = width - width_of(lead) - len(said) - 3
    drawn: Line = ()
    if values is not None and room >= 4:
        drawn = sparkline(values, room, role="gap" if role == "gap" else "train" if role == "train" else "val", glyphs=glyphs)
    return fit((*lead, *drawn, (f"  {said}", "")), width)
