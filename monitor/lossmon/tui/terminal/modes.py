"""What the screen changes about a terminal, and how all of it is undone."""

from __future__ import annotations

import os
import select
import termios
from typing import Any

ENTER = b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?1000h\x1b[?1006h\x1b[?2004h"
"""Other screen; no cursor; no wrapping at the last column; mouse buttons, with SGR coordinates; marked pastes."""
LEAVE = b"\x1b[?2026l\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[?7h\x1b[m\x1b[?1049l\x1b[?25h"
"""Undoes ``ENTER`` and ends a half-sent synchronised frame; harmless where nothing was entered."""

_GOODBYE_SECONDS = 0.2

Attributes = list[Any]
"""What ``termios.tcgetattr`` returns."""


def opened(fd: int) -> int:
    """Return a descriptor of the terminal behind *fd* that never blocks; raises OSError where there is none.

    It is opened anew, since O_NONBLOCK set on *fd* itself would also hold for the shell that lent it to us.
    """
    flags = os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        return os.open(os.ttyname(fd), flags)
    except OSError:
        # After su or sudo the device belongs to somebody else, but a process may always open its own terminal.
        return os.open("/dev/tty", flags)


def attributes(fd: int) -> Attributes | None:
    """Return the line settings of a terminal; None where it has gone."""
    try:
        return termios.tcgetattr(fd)
    except termios.error:
        return None


def raw(before: Attributes) -> Attributes:
    """Return the line settings under which every key reaches the program, derived from those *before*."""
    after = [*before]
    after[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    after[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    after[6] = [*before[6]]
    after[6][termios.VMIN], after[6][termios.VTIME] = 1, 0
    return after


def configure(fd: int, wanted: Attributes | None) -> None:
    """Give a terminal the line settings *wanted*, if it is still there."""
    if wanted is not None:
        try:
            termios.tcsetattr(fd, termios.TCSANOW, wanted)
        except termios.error:
            return


def give_back(fd: int, before: Attributes | None) -> None:
    """Leave a terminal as it was *before*, within a fifth of a second even if nobody reads from it.

    In the background it is somebody else's, and was given back before we went there.
    """
    if not _in_foreground(fd):
        return
    try:
        # What it has not shown yet is of no use any more, and would make the person wait on a slow link.
        termios.tcflush(fd, termios.TCIOFLUSH)
    except termios.error:
        return
    configure(fd, before)
    _write_soon(fd, LEAVE)


def _in_foreground(fd: int) -> bool:
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        # Not the terminal that decides on it, or none any more.
        return True


def _write_soon(fd: int, data: bytes) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    try:
        while data and poll.poll(_GOODBYE_SECONDS * 1000):
            data = data[os.write(fd, data) :]
    except OSError:
        return
