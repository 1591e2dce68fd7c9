"""The modes and line settings of a terminal: how the screen changes them, and how it restores them."""

from __future__ import annotations

import os
import select
import termios
from typing import Any

ENTER = b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h"
"""Alternate screen, no cursor, no wrapping at the last column, bracketed paste."""
MOUSE = b"\x1b[?1000h\x1b[?1006h"
"""Mouse buttons with SGR coordinates: they reach the program, and no longer select text for the terminal."""
LEAVE = b"\x1b[?2026l\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[?7h\x1b[m\x1b[?1049l\x1b[?25h"
"""Undoes both and ends a half-sent synchronised update; harmless if neither was sent."""

_LEAVE_SECONDS = 0.2
"""How long to wait for a terminal that does not take the bytes of ``LEAVE``."""

LineSettings = list[Any]
"""What ``termios.tcgetattr`` returns."""
_INPUT_FLAGS, _LOCAL_FLAGS, _CONTROL_CHARACTERS = 0, 3, 6
"""Positions in ``LineSettings``."""


def open_terminal(fd: int) -> int:
    """Return a new non-blocking file descriptor of the terminal behind *fd*; raises OSError if there is none.

    O_NONBLOCK on *fd* itself would also change it for the shell, which shares the open file with us.
    """
    flags = os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        return os.open(os.ttyname(fd), flags)
    except OSError:
        # After su or sudo the device belongs to another user, but a process may always open its own terminal.
        return os.open("/dev/tty", flags)


def read_line_settings(fd: int) -> LineSettings | None:
    """Return the line settings of a terminal; None if it is gone."""
    try:
        return termios.tcgetattr(fd)
    except termios.error:
        return None


def raw_settings(settings: LineSettings) -> LineSettings:
    """Return *settings* changed so that every key reaches the program at once, without echo or signals."""
    raw = [*settings]
    raw[_INPUT_FLAGS] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    raw[_LOCAL_FLAGS] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    raw[_CONTROL_CHARACTERS] = [*settings[_CONTROL_CHARACTERS]]
    raw[_CONTROL_CHARACTERS][termios.VMIN], raw[_CONTROL_CHARACTERS][termios.VTIME] = 1, 0
    return raw


def write_line_settings(fd: int, settings: LineSettings | None) -> None:
    """Give a terminal these line settings, if it still exists; do nothing for None."""
    if settings is not None:
        try:
            termios.tcsetattr(fd, termios.TCSANOW, settings)
        except termios.error:
            return


def restore_terminal(fd: int, settings: LineSettings | None) -> None:
    """Restore the modes and line *settings*, within 0.2 seconds even if nobody reads from the terminal.

    A process in the background does nothing: the terminal was restored before it got there, and others use it now.
    """
    if not is_in_foreground(fd):
        return
    try:
        # Output that has not been shown is not needed any more, and would delay the end on a slow link.
        termios.tcflush(fd, termios.TCIOFLUSH)
    except termios.error:
        return
    write_line_settings(fd, settings)
    _write_soon(fd, LEAVE)


def is_in_foreground(fd: int) -> bool:
    """Return whether this process is in the foreground of the terminal, or cannot tell."""
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        # This is not our controlling terminal, or it is gone.
        return True


def _write_soon(fd: int, data: bytes) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    try:
        while data and poll.poll(_LEAVE_SECONDS * 1000):
            data = data[os.write(fd, data) :]
    except OSError:
        return
