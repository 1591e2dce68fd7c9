"""What keys and clicks do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from textual import on
from textual.app import App
from textual.events import Key
from textual.reactive import reactive

from lossmon.core.text import sanitize
from lossmon.tui import reducers as steps
from lossmon.tui.canvas import Canvas
from lossmon.tui.export import export
from lossmon.tui.keymap import ALLOWED, ALWAYS, BINDINGS
from lossmon.tui.panes.chart_pane import ChartPane
from lossmon.tui.panes.footer import Footer
from lossmon.tui.panes.run_list import RunList
from lossmon.tui.state import Page, State

_FAR = 10_000_000
_TEXT_PAGES = (Page.TIMELINE, Page.NOTES, Page.HELP)


class Actions(App[None], inherit_bindings=False):
    """The actions that keys and clicks are bound to; each makes a new state from the one there is."""

    BINDINGS = BINDINGS

    state: reactive[State] = reactive(State(""), init=False, repaint=False)
    """All that is shown."""

    _deck: Canvas

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Allow what a key is bound to; while a filter is typed, only what must work always."""
        del parameters
        return action in (ALWAYS if self.state.choices.typing else ALLOWED)

    async def on_key(self, event: Key) -> None:
        """Take the filter while it is typed, and run the command that was chosen."""
        if not self.state.choices.typing:
            return
        event.prevent_default()
        command = steps.wanted(self.state, event.key)
        self.state = steps.typed(self.state, event.key, event.character)
        if command is not None:
            await self.run_action(command.action)

    @on(Canvas.Scrolled)
    def _wheel(self, message: Canvas.Scrolled) -> None:
        self.action_move(message.step)

    @on(RunList.Chosen)
    def _clicked_run(self, message: RunList.Chosen) -> None:
        self.state = steps.chosen(self.state, message.index)

    @on(ChartPane.Pointed)
    def _clicked_chart(self, message: ChartPane.Pointed) -> None:
        self.state = self.state.chose(cursor=message.x)

    @on(Footer.Pressed)
    async def _clicked_hint(self, message: Footer.Pressed) -> None:
        await self.run_action(message.action)

    def action_move(self, step: int) -> None:
        """Go *step* rows down the list or the page."""
        if self.state.choices.page in _TEXT_PAGES:
            self._deck.scroll(step)
        else:
            self.state = steps.moved(self.state, step, self._deck.grid_columns)

    def action_end(self, direction: int) -> None:
        """Go to the beginning (-1) or the end (1)."""
        if self.state.choices.page in _TEXT_PAGES:
            self.action_move(direction * _FAR)
        else:
            self.state = steps.ended(self.state, direction)

    def action_sideways(self, columns: int) -> None:
        """Choose the scalar beside, or move the cursor along the curve."""
        if self.state.choices.page is Page.METRICS:
            self.state = steps.metric_moved(self.state, columns)
        elif self.state.choices.page not in _TEXT_PAGES:
            beside = self._deck.chart.beside(self.state.choices.cursor, columns)
            self.state = self.state.chose(cursor=beside)

    def action_right_or_log(self) -> None:
        """Go right where something is being moved, as in vim; else change the y axis."""
        if self.state.choices.page is Page.METRICS or self.state.choices.cursor is not None:
            self.action_sideways(1)
        else:
            self.action_log()

    def action_log(self) -> None:
        """Change the y axis between linear and logarithmic."""
        logarithmic = self._deck.chart.picture.logarithmic
        if self.state.choices.page is Page.METRICS:
            logarithmic = self.state.choices.log is True
        self.state = steps.scaled(self.state, logarithmic)

    def action_zoom(self, factor: float) -> None:
        """Show a part of the x axis *factor* times as long."""
        window = self._deck.chart.zoomed(self.state.choices.cursor, factor)
        self.state = self.state.chose(x_range=window)

    def action_pan(self, share: float) -> None:
        """Move the shown part of the x axis by *share* of its length."""
        self.state = self.state.chose(x_range=self._deck.chart.panned(share))

    def action_page(self, page: str) -> None:
        """Open or close a page."""
        self.state = steps.paged(self.state, Page(page))

    def action_step(self, name: str) -> None:
        """Take one of ``steps.STEPS``."""
        self.state = steps.STEPS[name](self.state)

    async def action_export(self) -> None:
        """Save the screen and the points of the shown run in the current directory."""
        said = await asyncio.to_thread(export, self.state.current, self.export_screenshot(), Path.cwd())
        self.state = replace(self.state, notice=sanitize(said))

    def action_leave(self) -> None:
        """Quit, unless a filter is typed."""
        self.exit()
