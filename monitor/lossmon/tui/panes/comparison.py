"""The table below the curves of a comparison: a line per run, in the colour of its curve."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len

from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation import run_text as words
from lossmon.presentation.numbers import format_value
from lossmon.tui.box import Box
from lossmon.tui.charts.cell_grid import OVERLAYS
from lossmon.tui.panes.text_pages import Text
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, fit, pad

_CORNER = 2
"""Cells of the rule above that must be left beyond the last head."""
_HEADS = ("best", "last", "gap")
_FIGURE = 9
_LEAD = " ━━ "
_LEAST_NAME = 18
"""Cells below which a name is cut only once no figure is left to be given up for it."""


def compare_table(state: State, width: int, height: int, box: Box) -> Lines:
    """Return the compared runs; a narrow table gives up figures before it cuts what tells the runs apart."""
    inner_width, rows = box.inner(width, height)
    columns = _Columns.of(state, inner_width)
    body = tuple(fit(_row(state, view, at, columns), inner_width) for at, view in enumerate(state.compared))
    title = _heads(columns, box)
    return box.around(title, Text(title, body).window(0, rows), width, height)


class _Columns(NamedTuple):
    """The cells of name and verdict, and how many figures follow."""

    name: int
    verdict: int
    figures: int

    @classmethod
    def of(cls, state: State, width: int) -> _Columns:
        longest = max((cell_len(state.label(view)) for view in state.compared), default=0)
        verdict = max((cell_len(_verdict(view)) for view in state.compared), default=0)
        room = width - len(_LEAD) - 1 - verdict - _CORNER
        figures = next((n for n in (3, 2, 1) if room - n * _FIGURE >= min(longest, _LEAST_NAME)), 0)
        return cls(max(0, min(longest, room + _CORNER - figures * _FIGURE)), verdict, figures)


def _row(state: State, view: RunSnapshot, at: int, columns: _Columns) -> Line:
    return (
        (_LEAD, OVERLAYS[at % len(OVERLAYS)]),
        *pad(((state.label(view, columns.name), ""),), columns.name),
        (" ", ""),
        *pad(((_verdict(view), words.role(view)),), columns.verdict),
        ("".join(f"{value:>{_FIGURE}}" for value in _figures(view)[: columns.figures]), ""),
    )


def _verdict(view: RunSnapshot) -> str:
    return f"{words.word(view)} {words.since(view)}".rstrip()


def _heads(columns: _Columns, box: Box) -> Line:
    """Return what stands above each column, joined by the rule it is written on."""
    # The title begins one cell further right than the lines below it, two where there are no walls.
    lead = "─" * (len(_LEAD) - (2 if box.sides else 3))
    line: Line = ((lead, "border"), (" run", "muted"), (_rule(columns.name - 3), "border"), (" verdict", "muted"))
    room = columns.verdict - len("verdict")
    for head in _HEADS[: columns.figures]:
        line += ((_rule(room + _FIGURE - len(head) - 1), "border"), (f" {head}", "muted"))
        room = 0
    return line


def _rule(width: int) -> str:
    """Return *width* cells of a rule that keeps a blank from the word before it."""
    return f" {'─' * (width - 1)}" if width > 0 else ""


def _figures(view: RunSnapshot) -> tuple[str, ...]:
    assessment, history = view.assessment, view.history
    losses = None if history is None else history.train if history.val is None else history.val
    last = float(losses[-1]) if losses is not None and len(losses) else None
    best, now, gap = (
        "" if value is None else format_value(value) for value in (assessment.best_value, last, assessment.gap)
    )
    unknown = next((form for form in words.gap_forms(view) if len(form) < _FIGURE), "")
    return best, now, gap or unknown
