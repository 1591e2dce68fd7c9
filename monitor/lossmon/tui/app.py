"""The application: snapshots and keys in, a new state out, panes that paint it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from textual import on
from textual.app import ComposeResult
from textual.filter import LineFilter
from textual.screen import Screen
from textual.strip import Strip, StripRenderable

from lossmon.core.text import sanitize
from lossmon.tui.actions import Actions
from lossmon.tui.canvas import Canvas
from lossmon.tui.memory import recalled, remember
from lossmon.tui.messages import GpuSampled, ReaderFailed, SnapshotArrived
from lossmon.tui.output_filter import OutputFilter
from lossmon.tui.reader import ReaderThread
from lossmon.tui.settings import DisplayOptions
from lossmon.tui.snapshot_source import GpuSource, SnapshotSource
from lossmon.tui.state import State, ViewSettings, XAxis
from lossmon.tui.terminal.choice import driver_class
from lossmon.tui.theme import usual_theme

_OVERDUE = 15.0
_LISTEN_EVERY = 5.0


def run(
    source: SnapshotSource,
    gpu_source: GpuSource | None,
    title: str,
    options: DisplayOptions | None = None,
    memory: Path | None = None,
) -> int:
    """Show what *source* reads until the person quits, and return the exit code.

    *title* says what is watched, *memory* where the looks are kept from one start to the next. Both sources are
    closed. What went wrong in a thread or on the screen is raised here, once the terminal is as it was.
    """
    usual = ViewSettings(theme=usual_theme(os.environ))
    remembered, notice = recalled(memory, usual) if memory else (usual, "")
    app = MonitorApp(source, gpu_source, title, options or DisplayOptions(), remembered, notice)
    try:
        app.run()
        if memory is not None:
            remember(memory, app.state.choices)
    finally:
        source.close()
        if gpu_source is not None:
            gpu_source.close()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


class Quiet(Screen[None], inherit_bindings=False):
    """A screen without actions of its own: keys and clicks reach only those of the application."""

    ALLOW_SELECT = False
    AUTO_FOCUS = ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Refuse every action."""
        del action, parameters
        return False


class MonitorApp(Actions):
    """Holds the newest state, and nothing else that is not the terminal's."""

    TITLE = "lossmon"
    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { overflow: hidden; } Deck { width: 100%; height: 100%; }"

    def __init__(
        self,
        source: SnapshotSource,
        gpu_source: GpuSource | None,
        title: str,
        options: DisplayOptions,
        remembered: ViewSettings | None = None,
        notice: str = "",
    ) -> None:
        super().__init__(ansi_color=True, driver_class=driver_class(stock=options.stock_driver))
        self._source = source
        options = replace(options, no_color=options.no_color or self.no_color)
        colored = not options.no_color
        self._filters_used = (OutputFilter(colored=colored, ascii_only=options.ascii),)
        axis = {"time": XAxis.ELAPSED, "epoch": XAxis.EPOCH}.get(options.x or "", XAxis.COUNT)
        known = remembered or ViewSettings()
        choices = replace(known, options=options, x_axis=axis, theme=options.theme or known.theme)
        first = State(sanitize(title), choices=choices, notice=sanitize(notice))
        self.theme = "ansi-light" if choices.theme == "light" else "ansi-dark"
        self._deck = Canvas(first)
        self.set_reactive(MonitorApp.state, first)
        self._reader = ReaderThread(
            "reader", source.wait_for_snapshot, lambda got: self.post_message(SnapshotArrived(got)), self._tell
        )
        self._sampler = (
            None
            if gpu_source is None
            else ReaderThread(
                "gpu", gpu_source.wait_for_snapshot, lambda got: self.post_message(GpuSampled(got)), self._tell
            )
        )

    @property
    def failure(self) -> Exception | None:
        """What ended the application, if it was not the person."""
        return self._exception

    def get_default_screen(self) -> Screen[None]:
        """Return a screen without actions."""
        return Quiet(id="_default")

    def picture(self) -> Sequence[Strip]:
        """Return what the terminal is to show, row by row."""
        return self._deck.picture()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the one filter every line passes before it is written."""
        return self._filters_used

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """Return the screen as SVG, on a light ground with the colours made for one."""
        if self.state.choices.theme != "light":
            return super().export_screenshot(title=title, simplify=simplify)
        console = Console(width=self.size.width, file=StringIO(), force_terminal=True, color_system="256", record=True)
        console.print(StripRenderable([*self.picture()]))
        return console.export_svg(title=title or self.title, theme=DEFAULT_TERMINAL_THEME)

    def compose(self) -> ComposeResult:
        """Yield the deck of panes."""
        yield self._deck

    def on_mount(self) -> None:
        """Begin to read."""
        self._reader.start()
        if self._sampler is not None:
            self._sampler.start()
        self.set_interval(_LISTEN_EVERY, self._listen)

    def on_unmount(self) -> None:
        """Read no more."""
        self._reader.stop()
        if self._sampler is not None:
            self._sampler.stop()

    def _tell(self, error: Exception) -> None:
        self.post_message(ReaderFailed(error))

    def _fatal_error(self) -> None:
        """End without Textual's traceback, which would show the values of all variables; ``run`` raises the error."""
        self._close_messages_no_wait()

    def _listen(self) -> None:
        """Say so when the reader has not come back for long; nothing is painted while it does."""
        silence = time.monotonic() - self._reader.heard
        if silence > _OVERDUE and self.state.silent_since is None:
            self.state = replace(self.state, silent_since=time.time() - silence)

    @on(SnapshotArrived)
    def _read(self, message: SnapshotArrived) -> None:
        self.state = self.state.read(message.snapshot)

    @on(GpuSampled)
    def _sampled(self, message: GpuSampled) -> None:
        self.state = replace(self.state, gpus=message.gpus)

    @on(ReaderFailed)
    def _died(self, message: ReaderFailed) -> None:
        raise message.error

    def watch_state(self, old: State, new: State) -> None:
        """Paint the new state, and have the shown run read first."""
        if new.current is not None and (old.current is None or old.current.name != new.current.name):
            self._source.prefer(new.current.name)
        self._deck.show(new)
