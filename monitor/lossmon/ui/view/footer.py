"""The last line: the keys of the page, or the filter being typed."""

from __future__ import annotations

from dataclasses import dataclass

from lossmon.ui.lines import Line, Lines, Span, cut, width_of
from lossmon.ui.state import Page, State


@dataclass(frozen=True, slots=True)
class Hint:
    """A key, what it does, and the action it runs when it is clicked."""

    key: str
    text: str
    action: str


_MOVE = Hint("↑↓", "run", "move(1)")
_QUIT = Hint("q", "quit", "quit")
_HELP = Hint("?", "help", "page('help')")
_BACK = Hint("esc", "back", "back")
_FILTER = Hint("/", "filter", "filter")
_DRAWING = (Hint("s", "smooth", "smooth"), Hint("l", "log", "log"), Hint("x", "x axis", "x_axis"))
_RUN = (
    _MOVE,
    _FILTER,
    Hint("m", "metrics", "page('metrics')"),
    Hint("c", "compare", "page('compare')"),
    *_DRAWING,
    _HELP,
    _QUIT,
    Hint("t", "timeline", "page('timeline')"),
    Hint("i", "info", "page('notes')"),
)
_HINTS = {
    Page.RUN: _RUN,
    Page.METRICS: (Hint("↑↓←→", "scalar", "move(1)"), Hint("enter", "large", "open"), _FILTER, *_DRAWING, _BACK, _QUIT),
    Page.COMPARE: (_MOVE, Hint("space", "mark", "mark"), *_DRAWING, _BACK, _HELP, _QUIT),
}
_TEXT = (Hint("↑↓", "scroll", "move(1)"), _BACK, _HELP, _QUIT)


def footer(state: State, width: int, height: int) -> Lines:
    """Return the hints that fit, or the filter while it is typed."""
    if state.choices.typing:
        prompt = f" /{state.filter}"
        cursor = ("_" if state.choices.options.ascii else "▏", "cursor")
        return (((cut(prompt, width - 1), "warn"), cursor, ("  enter keeps, esc clears", "muted")),)
    line: list[Span] = [(" ", "")]
    for hint in _fitting(state, width):
        line += [(hint.key, "key"), (f" {hint.text}  ", "muted")]
    return (tuple(line),)


def hint_at(state: State, width: int, column: int) -> Hint | None:
    """Return the hint at *column* of the footer; None between or behind them."""
    left = 1
    for hint in () if state.choices.typing else _fitting(state, width):
        right = left + _size(hint)
        if left <= column < right:
            return hint
        left = right
    return None


def _fitting(state: State, width: int) -> list[Hint]:
    """Return the hints that fit, in order; the ones that are left out are in the help."""
    hints: list[Hint] = []
    left = width - 1
    for hint in _HINTS.get(state.choices.page, _TEXT):
        shown = _plain(hint) if state.choices.options.ascii else hint
        left -= _size(shown)
        if left < -2:
            break
        hints.append(shown)
    return hints


def _plain(hint: Hint) -> Hint:
    return Hint("arrows", hint.text, hint.action) if not hint.key.isascii() else hint


def _size(hint: Hint) -> int:
    return width_of(_shown(hint))


def _shown(hint: Hint) -> Line:
    return ((hint.key, "key"), (f" {hint.text}  ", "muted"))
