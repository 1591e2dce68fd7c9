"""The list of runs: one line each, only those that are visible are made."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rich.cells import cell_len

from lossmon.core.snapshot import EvaluationHistory, RunSnapshot
from lossmon.core.text import Name
from lossmon.presentation import run_text as words
from lossmon.presentation.sorting import Sort, ended
from lossmon.tui.box import Box
from lossmon.tui.charts.glyphs import Glyphs
from lossmon.tui.charts.spark import sparkline
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, fit, pad, width_of

_LEAD = 4
_CHOSEN = "▸"
_ROOMY = 3
"""Rows from which a list shows what is next to the chosen one."""
_Spark: TypeAlias = tuple[Name, int, Glyphs]
_SHORTEST_NAME = 8
_LEAST_SPARK, _MOST_SPARK = 4, 32
_MOST_KEPT = 2000


def window(top: int, index: int, count: int, height: int) -> int:
    """Return the first line to show of *count* so that *index* is seen, moved from *top* no more than needed.

    Where there is room, the line before and the one behind it are seen too.
    """
    margin = 1 if height >= _ROOMY else 0
    lowest, highest = max(0, index + margin - height + 1), min(max(0, index - margin), max(0, count - height))
    return min(max(top, lowest), max(highest, lowest), max(0, count - height))


def runs(state: State, width: int, height: int, top: int, box: Box | None, sparks: Sparks) -> Lines:
    """Return the list from row *top* on; without a *box* it is rows alone."""
    inner_width, rows = box.inner(width, height) if box else (width, height)
    body = entries(state, inner_width, rows, top, sparks)
    return box.around(_title(state, rows), body, width, height) if box else body


def entries(state: State, width: int, height: int, top: int, sparks: Sparks) -> Lines:
    """Return the visible runs, one line each."""
    if not state.rows:
        return (fit(((" ", ""), (nothing(state), "muted")), width),)
    shown = state.rows[top : top + height]
    columns = _Columns.of(state, shown, width)
    arrows = _arrows(state, top, len(shown))
    return tuple(_entry(state, view, arrow, columns, width, sparks) for view, arrow in zip(shown, arrows, strict=True))


def _arrows(state: State, top: int, count: int) -> list[str]:
    """Return what stands before each row: which one is chosen, and that there are more above and below."""
    arrows = [" "] * count
    if count and top > 0:
        arrows[0] = "▴"
    if count and top + count < len(state.rows):
        arrows[-1] = "▾"
    if 0 <= state.index - top < count:
        arrows[state.index - top] = _CHOSEN
    return arrows


def nothing(state: State) -> str:
    """Return why the list is empty."""
    if state.snapshot is None:
        return "starting"
    return "no run matches; esc shows all" if state.snapshot.runs else "no runs yet"


def _title(state: State, rows: int) -> Line:
    title: Line = (("runs", "title"),)
    if len(state.rows) > rows:
        title += ((f" {state.index + 1}/{len(state.rows)}", "muted"),)
    if state.choices.run_filter:
        title += ((f" /{state.choices.run_filter}", "warn"),)
    if state.choices.hide_finished:
        title += ((" · all finished" if state.rows and all(map(ended, state.rows)) else " · not finished", "warn"),)
    if state.choices.sort is not Sort.TROUBLE:
        title += ((f" by {state.choices.sort.value}", "muted"),)
    return title


def _entry(state: State, view: RunSnapshot, arrow: str, columns: _Columns, width: int, sparks: Sparks) -> Line:
    role = words.role(view)
    chosen = arrow == _CHOSEN
    mark = "+" if view.name in state.choices.marked else " "
    lead: Line = ((arrow, "selected" if chosen else "muted"), (mark, "mark"), (words.glyph(view), role), (" ", ""))
    name_style = "selected" if chosen else "muted" if words.trouble_word(view) else ""
    verdict = _verdict(view, role)
    if columns.spark < 0:
        return _narrow(state, lead, view, name_style, verdict, width)
    name = pad(((state.label(view, columns.name), name_style),), columns.name)
    trouble = words.trouble_word(view)
    spark = fit(((trouble, "warn"),), columns.spark) if trouble else sparks.line(view, columns.spark, state.glyphs)
    return fit((*lead, *name, (" ", ""), *pad(verdict, columns.verdict), (" ", ""), *spark), width)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The widths of name, verdict and sparkline, common to all visible rows; without room the last is negative."""

    name: int
    verdict: int
    spark: int

    @classmethod
    def of(cls, state: State, views: Sequence[RunSnapshot], width: int) -> _Columns:
        longest = max((cell_len(state.label(view)) for view in views), default=0)
        verdict = max((width_of(_verdict(view, "")) for view in views), default=0)
        room = width - _LEAD - verdict - 2
        name = min(max(longest, _SHORTEST_NAME), room - _LEAST_SPARK)
        if name < _SHORTEST_NAME:
            return cls(name, verdict, -1)
        return cls(name, verdict, min(_MOST_SPARK, room - name))


def _narrow(state: State, lead: Line, view: RunSnapshot, name_style: str, verdict: Line, width: int) -> Line:
    """Give the verdict its room first, then the name; where not even that fits, the sign tells."""
    room = width - _LEAD - width_of(verdict) - 1
    if room < 4:
        return fit((*lead, (state.label(view, max(0, width - _LEAD)), name_style)), width)
    return (*lead, *pad(((state.label(view, room), name_style),), room), (" ", ""), *verdict)


def _verdict(view: RunSnapshot, role: str) -> Line:
    since = words.since(view)
    return ((words.word(view), role), (f" {since}", role)) if since else ((words.word(view), role),)


class Sparks:
    """Keeps the sparklines of the rows drawn last: a key press moves the list, not the curves."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Spark, tuple[EvaluationHistory, Line]] = OrderedDict()

    def line(self, view: RunSnapshot, width: int, glyphs: Glyphs) -> Line:
        """Return the sparkline of the loss by which a run is judged, in at most *width* cells."""
        history = view.history
        values = None if history is None else history.train if history.val is None else history.val
        if history is None or values is None or width <= 0:
            return ()
        key = (view.name, width, glyphs)
        known = self._kept.pop(key, None)
        line = known[1] if known and known[0] is history else sparkline(values, width, "muted", glyphs)
        self._kept[key] = history, line
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return line
