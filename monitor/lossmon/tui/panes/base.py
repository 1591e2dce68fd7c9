"""Parts of the screen: each makes its lines from the state, and only when something it needs has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from textual.message import Message

from lossmon.tui.screen_layout import PaneRect
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines

View: TypeAlias = Callable[[State, PaneRect], Lines]
"""Makes the lines of a pane."""

Needs: TypeAlias = Callable[[State], object]
"""Picks what the lines of a pane are made from: while that stays equal they are not made again."""


def _everything(state: State) -> object:
    return state


def read_and_chosen(state: State) -> object:
    """Pick what was read from the logs, and what the person chose: all but GPUs and notices."""
    return state.snapshot, state.choices


class Pane:
    """Shows what a view makes of the state, in its place."""

    def __init__(self, view: View | None = None, needs: Needs = _everything) -> None:
        self._view, self._needs = view, needs
        self._lines: Lines = ()
        self.state: State | None = None
        """What is shown."""
        self.place = PaneRect(0, 0, 0, 0)
        """Where it is shown."""

    def draw(self, state: State, place: PaneRect) -> Lines:
        """Return the lines that show *state* in *place*."""
        return self._view(state, place) if self._view else ()

    def show(self, state: State, place: PaneRect) -> None:
        """Make the lines that show *state* in *place*, unless they would be those there are."""
        known = self.state is not None and self._needs(self.state) == self._needs(state) and place == self.place
        if not known:
            self._lines = self.draw(state, place)
        self.state, self.place = state, place

    def line(self, row: int) -> Line:
        """Return a line of what is shown."""
        return self._lines[row] if row < len(self._lines) else ()

    def clicked(self, x: int, y: int) -> Message | None:
        """Return what a click in column *x* of row *y* asks for; None for nothing."""
        del x, y
        return None
