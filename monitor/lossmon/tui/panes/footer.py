"""The last line: the keys of the page, or the filter being typed."""

from __future__ import annotations

from lossmon.presentation.run_filter import parse_filter
from lossmon.tui.keymap import FOOTER, PERMANENT_HINTS, TEXT_PAGE_FOOTER, Hint
from lossmon.tui.state import Page, State
from lossmon.tui.styled_text import Line, Span, cut, fit, shorten


def footer(state: State, width: int) -> Line:
    """Return the hints that fit, the filter while it is typed, or what is to be said."""
    if state.choices.typing:
        return _typed(state, width)
    if state.notice:
        return fit(((f" {state.notice}", "warn"),), width)
    line: list[Span] = []
    for hint in _fitting(state, width):
        line += [("  " if line else " ", ""), (hint.key, "key"), (f" {hint.text}", "muted")]
    return fit(tuple(line), width)


def _typed(state: State, width: int) -> Line:
    """Return what is typed, and what is wrong with it or what ends it."""
    commanding = state.choices.page is Page.COMMANDS
    prompt = f" {':' if commanding else '/'}{state.filter}"
    typed: Line = ((cut(prompt, width - 1), "warn"), ("▏", "cursor"))
    wrong = parse_filter(state.filter).error if state.choices.page in (Page.RUN, Page.COMPARE) else ""
    ends = "  ↑↓ choose, enter runs, esc closes" if commanding else "  enter keeps, esc clears"
    return shorten((*typed, (f"  {wrong}", "marker") if wrong else (ends, "muted")), width)


def hint_at(state: State, width: int, column: int) -> Hint | None:
    """Return the hint at *column* of the footer; None between or behind them."""
    left = 1
    for hint in () if state.choices.typing or state.notice else _fitting(state, width):
        right = left + _size(hint)
        if left <= column < right:
            return hint
        left = right
    return None


def _fitting(state: State, width: int) -> list[Hint]:
    """Return the hints that fit, in order, help and quit among them; the others are in the help."""
    offered = FOOTER.get(state.choices.page, TEXT_PAGE_FOOTER)
    left = width + 1 - sum(_size(hint) for hint in PERMANENT_HINTS)
    hints: list[Hint] = []
    for hint in offered:
        if hint in PERMANENT_HINTS:
            hints.append(hint)
        elif _size(hint) <= left:
            hints.append(hint)
            left -= _size(hint)
        else:
            left = 0
    return hints


def _size(hint: Hint) -> int:
    return len(f"{hint.key} {hint.text}  ")
