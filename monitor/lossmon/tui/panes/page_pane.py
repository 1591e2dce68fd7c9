"""The pane for the pages that replace the chart: metrics, commands, and pages of text, which scroll."""

from __future__ import annotations

from lossmon.core.text import truncate
from lossmon.tui.box import Box
from lossmon.tui.keymap import Command, matching_commands
from lossmon.tui.panes.base import Pane, PaneRect, snapshot_and_settings
from lossmon.tui.panes.changes import changes_page
from lossmon.tui.panes.columns_page import columns_page
from lossmon.tui.panes.metrics_grid import metrics_page
from lossmon.tui.panes.output_page import OutputPage, output_page
from lossmon.tui.panes.run_list import scroll_top
from lossmon.tui.panes.text_pages import ScrollableText, help_page, notes_page, timeline_page
from lossmon.tui.settings import Page
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, fit, pad, spread

_KEY_WIDTH = 8
_MAX_TYPED_WIDTH = 30
"""Cells of the title for the text that is typed to find a command."""


class PagePane(Pane):
    """The shown page; a page of text keeps its scroll position until another page is opened."""

    def __init__(self) -> None:
        super().__init__(depends_on=_inputs)
        self._top = 0
        self._page: Page | None = None
        self._max_top = 0
        self._matches: tuple[int, ...] = ()
        """Rows of the output in which the searched text was found."""
        self._match = 0
        """Which of them was shown last."""
        self._search = ""
        self._rows = 0
        """Rows of text that are visible."""

    def draw(self, state: State, rect: PaneRect) -> Lines:
        """Return the lines of the shown page."""
        page, box = state.view.page, rect.box
        is_new = page is not self._page
        if is_new:
            self._top, self._page = 0, page
        width, rows = box.inner(rect.width, rect.height)
        if page is Page.METRICS:
            return metrics_page(state, rect.width, rect.height, box)
        if page is Page.COMMANDS:
            return _commands_page(state, rect.width, rect.height, box)
        if page is Page.COLUMNS:
            return columns_page(state, rect.width, rect.height, box)
        if page is Page.OUTPUT:
            output = output_page(state, width)
            text = output.text
            self._follow_output(state.view.output_search, output, rows, is_new=is_new)
        else:
            text = _text_of_page(state, width)
        self._max_top = max(0, len(text.body) - rows)
        self._top = min(self._top, self._max_top)
        return box.around(text.title, text.visible(self._top, rows), rect.width, rect.height)

    def scroll(self, step: int) -> None:
        """Scroll the text *step* lines down (negative: up) the next time it is shown."""
        self._top = min(max(0, self._top + step), self._max_top)
        self.state = None

    def find(self, step: int) -> None:
        """Scroll to another place in the output that has the searched text, *step* places down (negative: up)."""
        if self._page is Page.OUTPUT and self._matches:
            self._match = (self._match + step) % len(self._matches)
            self._show_match()

    def _follow_output(self, search: str, output: OutputPage, rows: int, *, is_new: bool) -> None:
        """Stay at the end of the output if it is shown; go to the last match of a new search."""
        if is_new or self._top >= self._max_top:
            self._top = len(output.text.body)
        is_first = search != self._search or not self._matches
        self._matches, self._rows, self._search = output.matches, rows, search
        if is_first and output.matches:
            self._match = len(output.matches) - 1
            self._show_match()

    def _show_match(self) -> None:
        """Place the row of the match in the middle."""
        self._top = max(0, self._matches[self._match] - self._rows // 2)
        self.state = None


def _inputs(state: State) -> object:
    return snapshot_and_settings(state), state.changes.unseen


def _text_of_page(state: State, width: int) -> ScrollableText:
    if state.view.page is Page.HELP:
        return help_page(width)
    if state.view.page is Page.CHANGES:
        return changes_page(state, width)
    return timeline_page(state, width) if state.view.page is Page.TIMELINE else notes_page(state, width)


def _commands_page(state: State, width: int, height: int, box: Box) -> Lines:
    """Return the commands that match the typed text, scrolled so that the selected one is visible."""
    commands, selected = matching_commands(state.view.palette_filter), state.view.palette_index
    inner_width, rows = box.inner(width, height)
    top = scroll_top(0, selected, len(commands), rows)
    visible = enumerate(commands[top : top + rows], top)
    body = [_command_line(command, index == selected, inner_width) for index, command in visible]
    title: Line = (("commands", "title"), (f" :{truncate(state.view.palette_filter, _MAX_TYPED_WIDTH)}", "warn"))
    no_match = fit(((" no command matches", "muted"),), inner_width)
    return box.around(title, tuple(body) or (no_match,), width, height)


def _command_line(command: Command, is_selected: bool, width: int) -> Line:
    text: Line = (("▸ " if is_selected else "  ", "selected"), (command.text, "selected" if is_selected else ""))
    return spread(text, pad(((command.key, "key"),), _KEY_WIDTH), width)
