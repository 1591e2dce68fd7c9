"""Our terminal driver for Textual: it reads keys and draws the newest frame, and never waits for the terminal.

Only this module, ``keyboard`` and ``draw_directly`` use parts of Textual that are not documented. A test fails if a new
version of Textual changes them, and ``driver_class`` falls back to Textual's own driver if they are missing.
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
from lossmon.tui.terminal.non_blocking_writer import NonBlockingWriter
from lossmon.tui.terminal.supervisor import END_SIGNALS

if TYPE_CHECKING:
    from textual.app import App

_ROUNDS_OF_A_SIGNAL = 3
"""Rounds of the loop until the handler of a signal that has come has run: it is read, queued, and called."""
_DEFAULT_SIZE, _MAX_SIZE = (80, 24), (1000, 300)
"""Columns and lines: of a terminal that does not know its size, and the most that is drawn."""

_MAX_SEQUENCE_BYTES = 4096
"""What is kept for a terminal that takes nothing."""


class HasStrips(Protocol):
    """An application that this driver can draw."""

    def strips(self) -> Sequence[Iterable[Segment]]:
        """Return the rows that the terminal should show."""


class TerminalDriver(Driver):
    """Writes the cells that differ from what the terminal shows, as soon as the terminal can take them.

    It has no threads: keys, resizes, signals and the readiness of the terminal are events of the application's loop.
    """

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        try:
            self._fd = modes.open_terminal(1)
        except OSError as error:
            raise LossmonError(f"the terminal cannot be opened: {error.strerror}; try --stock-driver") from None
        self._line_settings = modes.read_line_settings(self._fd)
        self._writer = NonBlockingWriter(self._fd, self._loop, self._draw_if_outdated)
        self._keyboard = Keyboard(self._loop, self._fd, self.process_message, self._end_after_hangup)
        self._frame_diff = FrameDiff(0, 0, None)
        self._sequences = b""
        self._is_outdated = False
        self._is_active = self._is_suspending = False

    @property
    def can_suspend(self) -> bool:
        """True: ctrl+z works."""
        return True

    def write(self, data: str) -> None:
        """Do nothing: what Textual wants to write, also bells and the clipboard, is ignored. ``flush`` draws."""

    def flush(self) -> None:
        """Draw the newest frame, after Textual has laid it out."""
        self.draw()

    def draw(self) -> None:
        """Draw the newest frame, now or as soon as the terminal has taken the previous one."""
        self._is_outdated = not self._writer.is_free
        if self._is_outdated or not self._is_active:
            return
        if data := self._sequences + self._frame_diff.update(cast(HasStrips, self._app).strips()):
            self._sequences = b""
            self._writer.send(data)

    def write_sequence(self, sequence: str) -> bool:
        """Write *sequence*, which changes nothing that is shown, before the next frame, now or soon.

        Return False, and forget it, if the terminal has taken nothing for so long that too much is waiting.
        """
        has_room = len(self._sequences) < _MAX_SEQUENCE_BYTES
        if has_room:
            self._sequences += sequence.encode()
        self.draw()
        return has_room

    def start_application_mode(self) -> None:
        """Start to use the terminal."""
        for number in END_SIGNALS:
            self._loop.add_signal_handler(number, self._end, 128 + number)
        self._loop.add_signal_handler(signal.SIGTSTP, self._request_suspend)
        self._loop.add_signal_handler(signal.SIGCONT, self._enter)
        self._loop.add_signal_handler(signal.SIGWINCH, self._resize)
        self._enter()

    def disable_input(self) -> None:
        """Stop reading keys."""
        self._keyboard.stop()

    def stop_application_mode(self) -> None:
        """Restore the terminal."""
        self._keyboard.stop()
        self._writer.drop()
        self._is_active = False
        modes.restore_terminal(self._fd, self._line_settings)

    def close(self) -> None:
        """Close the terminal."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _enter(self) -> None:
        """Set up the terminal, whatever its state is, and draw everything."""
        if self._line_settings is not None:
            modes.write_line_settings(self._fd, modes.raw_settings(self._line_settings))
        self._is_active = True
        self._writer.drop()
        self._writer.send(modes.ENTER + (modes.MOUSE if self._mouse else b""))
        self._keyboard.start()
        self._resize()

    def _resize(self) -> None:
        """Measure the terminal, assume nothing about what it shows, and draw everything."""
        console = self._app.console
        colors = COLOR_SYSTEMS[console.color_system] if console.color_system else None
        old, self._size = self._size, _terminal_size(self._fd)
        self._frame_diff = FrameDiff(*self._size, colors)
        if old == self._size:
            self.draw()
        else:
            self.send_message(events.Resize(Size(*self._size), Size(*self._size)))

    def _draw_if_outdated(self) -> None:
        if self._is_outdated:
            self.draw()

    def _end_after_hangup(self) -> None:
        """End the program: the terminal is gone, so nobody can see it or end it."""
        self._end(128 + signal.SIGHUP)

    def _end(self, code: int) -> None:
        self._app.exit(return_code=code)

    def _request_suspend(self) -> None:
        """Suspend once, although the signal may come twice: to the whole group, and passed on by the parent."""
        if not self._is_suspending:
            self._is_suspending = True
            self._loop.call_soon(self._suspend)

    def _suspend(self) -> None:
        """Restore the terminal, stop as programs do on ctrl+z, and set the terminal up again when continued."""
        self.stop_application_mode()
        self._loop.remove_signal_handler(signal.SIGCONT)
        self._loop.remove_signal_handler(signal.SIGTSTP)
        # To ignore a signal discards one that has come already and would stop this process a second time.
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        self.start_application_mode()
        self._end_suspension(_ROUNDS_OF_A_SIGNAL)

    def _end_suspension(self, rounds: int) -> None:
        """Take signals to stop again after some *rounds* of the loop, when the second of two has been handled."""
        if rounds:
            self._loop.call_soon(self._end_suspension, rounds - 1)
        else:
            self._is_suspending = False


def _terminal_size(fd: int) -> tuple[int, int]:
    try:
        size = os.get_terminal_size(fd)
    except OSError:
        return _DEFAULT_SIZE
    return min(size.columns or _DEFAULT_SIZE[0], _MAX_SIZE[0]), min(size.lines or _DEFAULT_SIZE[1], _MAX_SIZE[1])
