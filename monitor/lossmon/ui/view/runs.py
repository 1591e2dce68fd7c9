"""The list of runs: one line each, only those that are visible are made."""

from __future__ import annotations

from lossmon.snapshot import RunView
from lossmon.ui import words
from lossmon.ui.lines import Line, Lines, cut, fit, pad
from lossmon.ui.order import Sort
from lossmon.ui.plot.glyphs import ASCII, UNICODE
from lossmon.ui.plot.spark import sparkline
from lossmon.ui.state import State
from lossmon.ui.view.box import Box

_LEAD = 4
_SHORTEST_NAME = 8
_WORD = 15
_SPARK = 12


def window(top: int, index: int, count: int, height: int) -> int:
    """Return the first line to show of *count* so that *index* is seen, moved from *top* no more than needed."""
    lowest, highest = max(0, index - height + 1), min(index, max(0, count - height))
    return min(max(top, lowest), max(highest, lowest), max(0, count - height))


def runs(state: State, width: int, height: int, top: int, box: Box | None) -> Lines:
    """Return the list from row *top* on; without a *box* it is rows alone."""
    inner_width, rows = box.inner(width, height) if box else (width, height)
    body = entries(state, inner_width, rows, top)
    return box.around(_title(state, rows), body, width, height) if box else body


def entries(state: State, width: int, height: int, top: int) -> Lines:
    """Return the visible runs, one line each."""
    if not state.rows:
        return (fit(((" ", ""), (_nothing(state), "muted")), width),)
    shown = state.rows[top : top + height]
    chosen = state.index
    return tuple(_entry(state, view, top + at == chosen, width) for at, view in enumerate(shown))


def _nothing(state: State) -> str:
    if state.snapshot is None:
        return "starting"
    return "no run matches" if state.snapshot.runs else "no runs yet"


def _title(state: State, rows: int) -> Line:
    title: Line = (("runs", "title"),)
    if len(state.rows) > rows:
        title += ((f" {state.index + 1}/{len(state.rows)}", "muted"),)
    if state.choices.run_filter:
        title += ((f" /{state.choices.run_filter}", "warn"),)
    if state.choices.sort is not Sort.TROUBLE:
        title += ((f" by {state.choices.sort.value}", "muted"),)
    return title


def _entry(state: State, view: RunView, chosen: bool, width: int) -> Line:
    ascii = state.choices.options.ascii
    role = words.role(view)
    arrow = (">" if ascii else "▸") if chosen else " "
    mark = "+" if view.name in state.choices.marked else " "
    lead: Line = ((arrow, "selected"), (mark, "mark"), (words.glyph(view, ascii=ascii), role), (" ", ""))
    name_style = "selected" if chosen else "muted" if words.trouble_word(view) else ""
    room = width - _LEAD
    if room < _SHORTEST_NAME + _WORD:
        return _narrow(lead, view, name_style, role, width)
    spark_room = min(_SPARK, room - _SHORTEST_NAME - _WORD - 2, max(4, (room - _WORD) // 3))
    spark = _spark(view, max(0, spark_room), ascii)
    name_room = room - _WORD - 1 - (spark_room + 1 if spark_room > 0 else 0)
    name = pad(((cut(view.name.text, name_room), name_style),), name_room)
    return fit((*lead, *name, (" ", ""), *pad(_verdict(view, role), _WORD), (" ", ""), *spark), width)


def _narrow(lead: Line, view: RunView, name_style: str, role: str, width: int) -> Line:
    """Give the verdict its room first, then the name; where not even that fits, the sign tells."""
    verdict = _verdict(view, role)
    size = sum(len(text) for text, _ in verdict)
    room = width - _LEAD - size - 1
    if room < 4:
        return fit((*lead, (cut(view.name.text, max(0, width - _LEAD)), name_style)), width)
    return (*lead, *pad(((cut(view.name.text, room), name_style),), room), (" ", ""), *verdict)


def _verdict(view: RunView, role: str) -> Line:
    since = words.since(view)
    return ((words.word(view), role), (f" {since}", role)) if since else ((words.word(view), role),)


def _spark(view: RunView, width: int, ascii: bool) -> Line:
    if trouble := words.trouble_word(view):
        return ((cut(trouble, width), "warn"),)
    history = view.history
    values = None if history is None else history.train if history.val is None else history.val
    if values is None or width <= 0:
        return ()
    return sparkline(values, width, glyphs=ASCII if ascii else UNICODE)
