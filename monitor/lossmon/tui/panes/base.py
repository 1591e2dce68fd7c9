"""Base class of all panes: a pane makes its lines from the state, and only if something it depends on has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from textual.message import Message

from lossmon.tui.box import Box
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines


@dataclass(frozen=True, slots=True)
class PaneRect:
    """Where a pane is on the screen, in cells, and how it is framed."""

    x: int
    y: int
    width: int
    height: int
    box: Box = field(default_factory=Box)
    screen_width: int = 0
    """Cells of the whole terminal, where a pane depends on it."""


DrawFunction: TypeAlias = Callable[[State, PaneRect], Lines]
"""Makes the lines of a pane."""

Dependencies: TypeAlias = Callable[[State], object]
"""Returns the part of the state from which a pane makes its lines; they are made again only if it changes."""


def _whole_state(state: State) -> object:
    return state


def snapshot_and_settings(state: State) -> object:
    """Return everything in the state except GPUs and warnings."""
    return state.snapshot, state.view


class Pane:
    """A rectangle of the screen that shows what *draw* makes of the state."""

    def __init__(self, draw: DrawFunction | None = None, depends_on: Dependencies = _whole_state) -> None:
        self._draw, self._depends_on = draw, depends_on
        self._lines: Lines = ()
        self.state: State | None = None
        """The state that the lines show; None: they must be made again."""
        self.rect = PaneRect(0, 0, 0, 0)
        """Where the pane is shown."""

    def draw(self, state: State, rect: PaneRect) -> Lines:
        """Return the lines that show *state* in *rect*."""
        return self._draw(state, rect) if self._draw else ()

    def show(self, state: State, rect: PaneRect) -> None:
        """Make the lines that show *state* in *rect*, unless the present ones already do."""
        unchanged = self.state is not None and self._depends_on(self.state) == self._depends_on(state)
        if not unchanged or rect != self.rect:
            self._lines = self.draw(state, rect)
        self.state, self.rect = state, rect

    def line(self, row: int) -> Line:
        """Return one of the lines; empty below the last one."""
        return self._lines[row] if row < len(self._lines) else ()

    def clicked(self, x: int, y: int) -> Message | None:
        """Return the message that a click in column *x* of row *y* sends; None for none."""
        del x, y
        return None
