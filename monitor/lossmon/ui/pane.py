"""Widgets that paint lines: a row is sent to the terminal again only if it changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rich.segment import Segment
from textual.events import MouseScrollDown, MouseScrollUp
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from lossmon.ui.lines import Line, Lines, pad
from lossmon.ui.palette import Palette
from lossmon.ui.plan import Place
from lossmon.ui.state import State

View: TypeAlias = Callable[[State, Place], Lines]
"""Makes the lines of a pane."""

Needs: TypeAlias = Callable[[State], object]
"""Picks what the lines of a pane are made from: while that stays equal they are not made again."""


def _everything(state: State) -> object:
    return state


class Pane(Widget, can_focus=False):
    """Paints what a view makes of the state, in its place."""

    ALLOW_SELECT = False

    class Scrolled(Message):
        """The wheel was turned: *step* lines down, or up if it is negative."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(self, name: str, palette: Palette, view: View | None = None, needs: Needs | None = None) -> None:
        super().__init__(id=name)
        self._palette, self._view, self._needs = palette, view, needs or _everything
        self._lines: Lines = ()
        self.state: State | None = None
        """What is painted."""
        self.place = Place(0, 0, 0, 0)
        """Where it is painted."""

    def draw(self, state: State, place: Place) -> Lines:
        """Return the lines that show *state* in *place*."""
        return self._view(state, place) if self._view else ()

    def show(self, state: State, place: Place) -> None:
        """Paint *state*; rows that look as before are left alone."""
        known = self.state is not None and self._needs(self.state) == self._needs(state) and place == self.place
        if known:
            self.state = state
            return
        before, self._lines = self._lines, self.draw(state, place)
        self.state, self.place = state, place
        rows = range(max(len(before), len(self._lines)))
        changed = [row for row in rows if _row(before, row) != _row(self._lines, row)]
        if changed:
            self.refresh(*(Region(0, row, place.width, 1) for row in changed))

    def render_line(self, y: int) -> Strip:
        """Return row *y* as the terminal will have it."""
        width = self.size.width
        line = pad(_row(self._lines, y), width)
        return Strip([Segment(text, self._palette.style(roles)) for text, roles in line], width)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move on."""
        event.stop()
        self.post_message(self.Scrolled(1))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move back."""
        event.stop()
        self.post_message(self.Scrolled(-1))


def _row(lines: Lines, row: int) -> Line:
    return lines[row] if row < len(lines) else ()
