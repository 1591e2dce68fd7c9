"""The actions of the application: what keys, clicks and commands of the palette do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from textual import on
from textual.app import App
from textual.events import Key
from textual.reactive import reactive

from lossmon.core.text import sanitize
from lossmon.tui import clipboard, reducers
from lossmon.tui.canvas import Canvas
from lossmon.tui.column_choice import width_class
from lossmon.tui.export import export
from lossmon.tui.keymap import ALLOWED_ACTIONS, ALLOWED_WHILE_TYPING, BINDINGS
from lossmon.tui.panes.chart_pane import ChartPane
from lossmon.tui.panes.footer import Footer
from lossmon.tui.panes.run_list import RunList
from lossmon.tui.settings import Page
from lossmon.tui.state import State

_TO_THE_END = 10_000_000
"""Lines to scroll by to reach the end of any page."""
_TEXT_PAGES = (Page.TIMELINE, Page.NOTES, Page.CHANGES, Page.OUTPUT, Page.HELP)


class Actions(App[None], inherit_bindings=False):
    """The part of the application that handles input; each action replaces the state by a new one."""

    BINDINGS = BINDINGS

    state: reactive[State] = reactive(State(""), init=False, repaint=False)
    """Everything that is shown."""

    _canvas: Canvas

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Return whether *action* may run: only those in the key table, and fewer while a filter is typed."""
        del parameters
        return action in (ALLOWED_WHILE_TYPING if self.state.view.typing else ALLOWED_ACTIONS)

    async def on_key(self, event: Key) -> None:
        """Type into the filter, and run the command that was chosen in the palette."""
        if not self.state.view.typing:
            return
        event.prevent_default()
        command = reducers.chosen_command(self.state, event.key)
        self.state = reducers.type_key(self.state, event.key, event.character)
        if command is not None:
            await self.run_action(command.action)

    @on(Canvas.Scrolled)
    def _on_wheel(self, message: Canvas.Scrolled) -> None:
        self.action_move(message.step)

    @on(RunList.Chosen)
    def _on_run_clicked(self, message: RunList.Chosen) -> None:
        self.state = reducers.select_run(self.state, message.index)

    @on(ChartPane.Pointed)
    def _on_chart_clicked(self, message: ChartPane.Pointed) -> None:
        self.state = self.state.with_view(cursor=message.x)

    @on(Footer.Pressed)
    async def _on_hint_clicked(self, message: Footer.Pressed) -> None:
        await self.run_action(message.action)

    def action_move(self, rows: int) -> None:
        """Go *rows* down the list, the grid or the page of text."""
        if self.state.view.page in _TEXT_PAGES:
            self._canvas.scroll(rows)
        else:
            self.state = reducers.move(self.state, rows, self._canvas.grid_columns)

    def action_end(self, direction: int) -> None:
        """Go to the beginning (-1) or the end (1)."""
        if self.state.view.page in _TEXT_PAGES:
            self.action_move(direction * _TO_THE_END)
        else:
            self.state = reducers.move_to_end(self.state, direction)

    def action_groups(self) -> None:
        """Show runs that repeat one training as one; go to the end of what is not the list of runs."""
        if self.state.view.page in (Page.RUN, Page.COMPARE):
            self.state = reducers.toggle_groups(self.state)
        else:
            self.action_end(1)

    def action_sideways(self, columns: int) -> None:
        """Choose the metric beside, or move the value cursor along the curve."""
        if self.state.view.page is Page.METRICS:
            self.state = reducers.move_metric(self.state, columns)
        elif self.state.view.page not in _TEXT_PAGES:
            cursor = self._canvas.chart.moved_cursor(self.state.view.cursor, columns)
            self.state = self.state.with_view(cursor=cursor)

    def action_right_or_log(self) -> None:
        """Go right on the page of metrics and while the value cursor is shown; else change the y axis."""
        if self.state.view.page is Page.METRICS or self.state.view.cursor is not None:
            self.action_sideways(1)
        else:
            self.action_log()

    def action_log(self) -> None:
        """Change the y axis between linear and logarithmic."""
        is_log = self._canvas.chart.drawn.logarithmic
        if self.state.view.page is Page.METRICS:
            is_log = self.state.view.log is True
        self.state = reducers.toggle_log(self.state, is_log)

    def action_zoom(self, factor: float) -> None:
        """Show a part of the x axis that is *factor* times as long."""
        x_range = self._canvas.chart.zoomed_range(self.state.view.cursor, factor)
        self.state = self.state.with_view(x_range=x_range)

    def action_pan(self, share: float) -> None:
        """Move the shown part of the x axis by *share* of its length."""
        self.state = self.state.with_view(x_range=self._canvas.chart.panned_range(share))

    def action_page(self, page: str) -> None:
        """Open a page, or close it if it is open."""
        self.state = reducers.toggle_page(self.state, Page(page))

    def action_columns(self) -> None:
        """Choose the columns of the list of runs for terminals of this width, or end that."""
        self.state = reducers.open_columns(self.state, width_class(self.size.width))

    def action_find(self, step: int) -> None:
        """Show another place in the output that has the searched text, *step* places down (negative: up)."""
        self._canvas.find(step)

    def action_dispatch(self, name: str) -> None:
        """Apply the reducer with this name in ``REDUCERS``."""
        self.state = reducers.REDUCERS[name](self.state)

    async def action_export(self) -> None:
        """Save the screen and the points of the shown run in the current directory."""
        notice = await asyncio.to_thread(export, self.state.shown_run, self.export_screenshot(), _current_directory())
        self.state = replace(self.state, notice=sanitize(notice))

    async def action_copy(self) -> None:
        """Copy the values at the cursor, or the next piece of advice, to the clipboard of the terminal."""
        readout = self._canvas.chart.drawn.readout if self.state.view.cursor is not None else ""
        text = clipboard.text_to_copy(self.state, readout)
        if not text:
            self.state = replace(self.state, notice="nothing to copy here")
        elif await clipboard.copy(self, text):
            following = self.state.with_view(next_advice=self.state.view.next_advice + (not readout))
            self.state = replace(following, notice=f"sent to the clipboard: {text}")
        else:
            self.state = replace(self.state, notice="not copied: the terminal takes nothing at the moment")

    def action_suspend_process(self) -> None:
        """Stop as programs do on ctrl+z; quit instead if that would also stop the program that is watched."""
        if self.state.view.options.has_program:
            self.exit()
        else:
            super().action_suspend_process()

    def action_interrupt(self) -> None:
        """Interrupt the program that was started with the screen; without one quit, even while a filter is typed."""
        interrupt = self.state.view.options.interrupt
        if interrupt is not None and interrupt():
            self.state = replace(self.state, notice="ctrl+c was passed on to the program; q leaves the screen")
        else:
            self.exit()


def _current_directory() -> Path:
    """Return the current directory; as a relative path if it was deleted."""
    try:
        return Path.cwd()
    except OSError:
        return Path()
