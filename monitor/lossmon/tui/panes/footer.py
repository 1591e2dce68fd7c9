"""The footer: the keys of the page, or the filter that is being typed."""

from __future__ import annotations

from textual.message import Message

from lossmon.core.text import truncate
from lossmon.tui.keymap import FOOTER, OUTPUT_HINTS, PERMANENT_HINTS, TEXT_PAGE_FOOTER, Hint
from lossmon.tui.panes.base import Pane, PaneRect
from lossmon.tui.settings import Page
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, Span, first_fit, fit


def footer(state: State, width: int) -> Line:
    """Return the hints that fit, the filter while it is typed, or the notice."""
    if state.view.typing:
        return _filter_prompt(state, width)
    if state.notice:
        return fit(((f" {state.notice}", "warn"),), width)
    line: list[Span] = []
    for hint in _fitting_hints(state, width):
        line += [("  " if line else " ", ""), (hint.key, "key"), (f" {hint.text}", "muted")]
    return fit(tuple(line), width)


def _filter_prompt(state: State, width: int) -> Line:
    """Return the typed text, then what is wrong with it, or else the keys that end the input."""
    is_command = state.view.page is Page.COMMANDS
    prompt = f" {':' if is_command else '/'}{state.filter_text}"
    typed: Line = ((truncate(prompt, width - 1), "warn"), ("▏", "cursor"))
    error = state.filter_error
    ends = "  ↑↓ choose, enter runs, esc closes" if is_command else "  enter applies, esc clears"
    return first_fit([(*typed, (f"  {error}", "marker") if error else (ends, "muted")), typed], width)


def hint_at(state: State, width: int, column: int) -> Hint | None:
    """Return the hint at *column* of the footer; None if there is none."""
    left = 1
    for hint in () if state.view.typing or state.notice else _fitting_hints(state, width):
        right = left + _hint_width(hint)
        if left <= column < right:
            return hint
        left = right
    return None


def _fitting_hints(state: State, width: int) -> list[Hint]:
    """Return the hints that fit, in order; help and quit are always among them."""
    hidden = () if state.has_output else OUTPUT_HINTS
    offered = [hint for hint in FOOTER.get(state.view.page, TEXT_PAGE_FOOTER) if hint not in hidden]
    left = width + 1 - sum(_hint_width(hint) for hint in PERMANENT_HINTS)
    hints: list[Hint] = []
    for hint in offered:
        if hint in PERMANENT_HINTS:
            hints.append(hint)
        elif _hint_width(hint) <= left:
            hints.append(hint)
            left -= _hint_width(hint)
        else:
            left = 0
    return hints


def _hint_width(hint: Hint) -> int:
    return len(f"{hint.key} {hint.text}  ")


class Footer(Pane):
    """The last line of the screen; a click on a hint does what its key does."""

    class Pressed(Message):
        """The hint for *action* was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def draw(self, state: State, rect: PaneRect) -> Lines:
        """Return the footer as the only line."""
        return (footer(state, rect.width),)

    def clicked(self, x: int, y: int) -> Message | None:
        """Run the action of the clicked hint."""
        del y
        hint = hint_at(self.state, self.rect.width, x) if self.state else None
        return None if hint is None else self.Pressed(hint.action)
