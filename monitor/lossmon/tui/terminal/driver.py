"""Textual's way to the terminal: keys in, the newest picture out, and neither ever waits for the other.

Only this file and ``keyboard`` use what Textual does not document; a test fails where a new Textual has changed it,
and ``driver_class`` falls back to Textual's own driver where it is missing.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from rich.console import COLOR_SYSTEMS
from rich.segment import Segment
from textual import events
from textual.driver import Driver
from textual.geometry import Size

from lossmon.core.errors import LossmonError
from lossmon.tui.terminal import modes
from lossmon.tui.terminal.frame_diff import FrameDiff
from lossmon.tui.terminal.keyboard import Keyboard
from lossmon.tui.terminal.outlet import NonBlockingWriter

if TYPE_CHECKING:
    from textual.app import App

_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
_USUAL, _LARGEST = (80, 24), (1000, 300)


class Pictured(Protocol):
    """An application that this driver can draw."""

    def picture(self) -> Sequence[Iterable[Segment]]:
        """Return what the terminal is to show, row by row."""


class TerminalDriver(Driver):
    """Draws what the screen shows, as cells that differ from what the terminal shows, when the terminal can take it.

    There are no threads: keys, resizes, signals and the terminal's readiness are events of the one loop.
    """

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        try:
            self._fd = modes.opened(1)
        except OSError as error:
            raise LossmonError(f"the terminal cannot be opened: {error.strerror}; try --stock-driver") from None
        self._before = modes.attributes(self._fd)
        self._outlet = NonBlockingWriter(self._fd, self._loop, self._catch_up)
        self._keyboard = Keyboard(self._loop, self._fd, self.process_message, self._gone)
        self._painter = FrameDiff(0, 0, None)
        self._late = False
        self._entered = False

    @property
    def can_suspend(self) -> bool:
        """Say that ctrl+z works."""
        return True

    def write(self, data: str) -> None:
        """Write nothing: whatever Textual would send, bells and clipboards included, only ``flush`` draws."""

    def flush(self) -> None:
        """Draw the newest picture, after Textual has laid it out anew."""
        self.draw()

    def draw(self) -> None:
        """Draw the newest picture, now or as soon as the terminal has taken the one before."""
        self._late = not self._outlet.free
        if self._late or not self._entered:
            return
        if frame := self._painter.frame(cast(Pictured, self._app).picture()):
            self._outlet.send(frame)

    def start_application_mode(self) -> None:
        """Take the terminal."""
        for number in _ENDING:
            self._loop.add_signal_handler(number, self._end, 128 + number)
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self._loop.add_signal_handler(signal.SIGCONT, self._take)
        self._loop.add_signal_handler(signal.SIGWINCH, self._measure)
        self._take()

    def disable_input(self) -> None:
        """Read no more keys."""
        self._keyboard.stop()

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        self._keyboard.stop()
        self._outlet.drop()
        self._entered = False
        modes.give_back(self._fd, self._before)

    def close(self) -> None:
        """Let go of the terminal."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _take(self) -> None:
        """Take the terminal, which may show anything and have any settings, and draw everything."""
        if self._before is not None:
            modes.configure(self._fd, modes.raw(self._before))
        self._entered = True
        self._outlet.drop()
        self._outlet.send(modes.ENTER)
        self._keyboard.start()
        self._measure()

    def _measure(self) -> None:
        """Learn the size of the terminal, of which nothing is taken for granted, and have all of it drawn."""
        console = self._app.console
        colors = COLOR_SYSTEMS[console.color_system] if console.color_system else None
        before, self._size = self._size, _size(self._fd)
        self._painter = FrameDiff(*self._size, colors)
        if before == self._size:
            self.draw()
        else:
            self.send_message(events.Resize(Size(*self._size), Size(*self._size)))

    def _catch_up(self) -> None:
        if self._late:
            self.draw()

    def _gone(self) -> None:
        """End the program, since nobody can see or end it any more."""
        self._end(128 + signal.SIGHUP)

    def _end(self, code: int) -> None:
        self._app.exit(return_code=code)

    def _suspend(self) -> None:
        """Stop as any program does on ctrl+z, with the terminal given back, and go on when continued."""
        self.stop_application_mode()
        self._loop.remove_signal_handler(signal.SIGCONT)
        self._loop.remove_signal_handler(signal.SIGTSTP)
        os.kill(os.getpid(), signal.SIGTSTP)
        self.start_application_mode()


def _size(fd: int) -> tuple[int, int]:
    try:
        size = os.get_terminal_size(fd)
    except OSError:
        return _USUAL
    return min(size.columns or _USUAL[0], _LARGEST[0]), min(size.lines or _USUAL[1], _LARGEST[1])
