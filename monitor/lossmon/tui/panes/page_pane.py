"""The pane for the pages that replace the chart: scalars, commands, and pages of text, which scroll."""

from __future__ import annotations

from lossmon.tui.panes.base import Pane, PaneRect, snapshot_and_settings
from lossmon.tui.panes.metrics_grid import metrics_page
from lossmon.tui.panes.palette_page import commands_page
from lossmon.tui.panes.text_pages import ScrollableText, help_page, notes_page, timeline_page
from lossmon.tui.state import Page, State
from lossmon.tui.styled_text import Lines


class PagePane(Pane):
    """The shown page; a page of text keeps its scroll position until another page is opened."""

    def __init__(self) -> None:
        super().__init__(depends_on=snapshot_and_settings)
        self._top = 0
        self._page: Page | None = None
        self._max_top = 0

    def draw(self, state: State, rect: PaneRect) -> Lines:
        """Return the lines of the shown page."""
        page, box = state.choices.page, rect.box
        if page is not self._page:
            self._top, self._page = 0, page
        width, rows = box.inner(rect.width, rect.height)
        if page is Page.METRICS:
            return metrics_page(state, rect.width, rect.height, box)
        if page is Page.COMMANDS:
            return commands_page(state, rect.width, rect.height, box)
        text = _text_of_page(state, width)
        self._max_top = max(0, len(text.body) - rows)
        self._top = min(self._top, self._max_top)
        return box.around(text.title, text.visible(self._top, rows), rect.width, rect.height)

    def scroll(self, step: int) -> None:
        """Scroll the text *step* lines down (negative: up) the next time it is shown."""
        self._top = min(max(0, self._top + step), self._max_top)
        self.state = None


def _text_of_page(state: State, width: int) -> ScrollableText:
    if state.choices.page is Page.HELP:
        return help_page(width)
    return timeline_page(state, width) if state.choices.page is Page.TIMELINE else notes_page(state, width)
