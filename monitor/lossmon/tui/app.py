"""The application: it receives snapshots and keys, and shows the state that follows from them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
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
from lossmon.presentation.axes import X_AXES, XAxis
from lossmon.tui.actions import Actions
from lossmon.tui.announcements import Announced
from lossmon.tui.canvas import Canvas
from lossmon.tui.output_filter import OutputFilter
from lossmon.tui.reader import GpuSampled, GpuSource, ReaderFailed, ReaderThread, SnapshotArrived, SnapshotSource
from lossmon.tui.settings import DisplayOptions, ViewSettings, load_settings, save_settings
from lossmon.tui.state import State
from lossmon.tui.terminal import driver_class, write_sequence
from lossmon.tui.theme import detect_theme


def run(
    source: SnapshotSource,
    gpu_source: GpuSource | None,
    title: str,
    options: DisplayOptions | None = None,
    settings_path: Path | None = None,
) -> int:
    """Show what *source* reads until the user quits, and return the exit code.

    *title* says what is watched. The view settings are kept in *settings_path* from one start to the next. Both
    sources are closed. An error of a thread or of the screen is raised here, after the terminal has been restored.
    """
    defaults = ViewSettings(theme=detect_theme(os.environ))
    settings, notice = load_settings(settings_path, defaults) if settings_path else (defaults, "")
    app = MonitorApp(source, gpu_source, title, options or DisplayOptions(), settings, notice)
    try:
        app.run(mouse=not app.state.view.options.no_mouse)
        if settings_path is not None:
            save_settings(settings_path, app.state.view)
    finally:
        source.close()
        if gpu_source is not None:
            gpu_source.close()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


class BareScreen(Screen[None], inherit_bindings=False):
    """A screen without actions of its own: only those of the application can run."""

    ALLOW_SELECT = False
    AUTO_FOCUS = ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Refuse every action."""
        del action, parameters
        return False


class MonitorApp(Actions):
    """Keeps the newest state, reads in the background, and shows the state on the canvas.

    The header says so if the reader has not returned for *max_silence* seconds, checked every *check_interval* seconds.
    """

    TITLE = "lossmon"
    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { overflow: hidden; } Canvas { width: 100%; height: 100%; }"

    def __init__(
        self,
        source: SnapshotSource,
        gpu_source: GpuSource | None,
        title: str,
        options: DisplayOptions,
        settings: ViewSettings | None = None,
        notice: str = "",
        *,
        max_silence: float = 15.0,
        check_interval: float = 5.0,
    ) -> None:
        super().__init__(ansi_color=True, driver_class=driver_class(stock=options.stock_driver))
        self._source = source
        self._max_silence, self._check_interval = max_silence, check_interval
        options = replace(options, no_color=options.no_color or self.no_color)
        self._line_filters = (
            OutputFilter(colored=not options.no_color, ascii_only=options.ascii, blocks_only=options.blocks),
        )
        view = _initial_view(settings or ViewSettings(), options)
        state = State(sanitize(title), view=view, notice=sanitize(notice))
        self.theme = "ansi-light" if view.theme == "light" else "ansi-dark"
        self._canvas = Canvas(state)
        self.set_reactive(MonitorApp.state, state)
        self._reader = ReaderThread(
            "reader",
            source.wait_for_snapshot,
            lambda snapshot: self.post_message(SnapshotArrived(snapshot)),
            self._post_error,
        )
        self._gpu_reader = (
            None
            if gpu_source is None
            else ReaderThread(
                "gpu", gpu_source.wait_for_snapshot, lambda gpus: self.post_message(GpuSampled(gpus)), self._post_error
            )
        )

    @property
    def failure(self) -> Exception | None:
        """The error that ended the application, if one did."""
        return self._exception

    def get_default_screen(self) -> Screen[None]:
        """Return a screen without actions."""
        return BareScreen(id="_default")

    def strips(self) -> Sequence[Strip]:
        """Return the rows of the terminal that show the newest state."""
        return self._canvas.strips()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filter that every line passes before it is written."""
        return self._line_filters

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """Return the screen as SVG; a light theme is drawn on a light background."""
        if self.state.view.theme != "light":
            return super().export_screenshot(title=title, simplify=simplify)
        console = Console(width=self.size.width, file=StringIO(), force_terminal=True, color_system="256", record=True)
        console.print(StripRenderable([*self.strips()]))
        return console.export_svg(title=title or self.title, theme=DEFAULT_TERMINAL_THEME)

    def compose(self) -> ComposeResult:
        """Yield the only widget."""
        yield self._canvas

    def on_mount(self) -> None:
        """Start to read."""
        self._connect_announcements(self.post_message)
        self._reader.start()
        if self._gpu_reader is not None:
            self._gpu_reader.start()
        self.set_interval(self._check_interval, self._check_reader)

    def on_unmount(self) -> None:
        """Stop reading."""
        self._connect_announcements(None)
        self._reader.stop()
        if self._gpu_reader is not None:
            self._gpu_reader.stop()

    def _connect_announcements(self, post: Callable[[Announced], object] | None) -> None:
        if self.state.view.options.announcements is not None:
            self.state.view.options.announcements.connect(post)

    @on(Announced)
    def _on_announced(self, message: Announced) -> None:
        if message.notice:
            self.state = replace(self.state, notice=message.notice)
        if message.sequence:
            write_sequence(self, message.sequence)

    def _post_error(self, error: Exception) -> None:
        self.post_message(ReaderFailed(error))

    def _fatal_error(self) -> None:
        """End without Textual's traceback, which would show the values of all variables; ``run`` raises the error."""
        self._close_messages_no_wait()

    def _check_reader(self) -> None:
        """Show in the header that the reader has not returned for long; nothing is painted while it does return."""
        silence = time.monotonic() - self._reader.last_return
        if silence > self._max_silence and self.state.reader_silent_since is None:
            self.state = replace(self.state, reader_silent_since=time.time() - silence)

    @on(SnapshotArrived)
    def _on_snapshot_read(self, message: SnapshotArrived) -> None:
        self.state = self.state.with_snapshot(message.snapshot)

    @on(GpuSampled)
    def _on_gpus_read(self, message: GpuSampled) -> None:
        self.state = replace(self.state, gpus=message.gpus)

    @on(ReaderFailed)
    def _on_reader_error(self, message: ReaderFailed) -> None:
        raise message.error

    def watch_state(self, old: State, new: State) -> None:
        """Show the new state, and read the shown run before the others; Textual calls this."""
        if new.shown_run is not None and (old.shown_run is None or old.shown_run.name != new.shown_run.name):
            self._source.prefer(new.shown_run.name)
        self._canvas.show(new)


def _initial_view(settings: ViewSettings, options: DisplayOptions) -> ViewSettings:
    """Return the stored *settings* with what the command line asks for."""
    x_axis = X_AXES[options.x] if options.x else XAxis.COUNT
    return replace(settings, options=options, x_axis=x_axis, theme=options.theme or settings.theme)
