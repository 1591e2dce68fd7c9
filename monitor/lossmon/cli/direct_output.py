"""Write to the terminal at once; a terminal that is slow is waited for, one that is gone is no error.

The process that stays while the screen is shown imports this module, so it imports little itself.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Sequence

TAIL_BYTES = 1 << 17
"""Bytes of the newest output that are enough for the lines that are printed after the screen."""
_DEFAULT_LINES = 24


def say(message: str) -> None:
    """Print a line for the user on standard error."""
    write_all(2, f"lossmon: {message}\n".encode(sys.stderr.encoding, "replace"))


def say_command(command: str) -> None:
    """Print a command for the user on a line of its own, so that it can be copied as a whole."""
    write_all(2, f"  {command}\n".encode(sys.stderr.encoding, "replace"))


def print_newest(lines: Sequence[bytes]) -> None:
    """Print as many of the newest *lines* of a program as the terminal has.

    They are printed without escape sequences, which could be cut off or move the cursor.
    """
    from lossmon.core.program_text import shown_line

    for line in lines[-terminal_lines() :]:
        write_all(1, f"{shown_line(line)}\n".encode(sys.stdout.encoding, "replace"))


def write_all(descriptor: int, data: bytes | bytearray) -> bool:
    """Write *data*, and wait for a terminal that is slow; return False if there is nobody to write to any more."""
    left = memoryview(data)
    try:
        while left:
            select.select([], [descriptor], [])
            left = left[os.write(descriptor, left) :]
    except BlockingIOError:
        return write_all(descriptor, bytes(left))
    except OSError:
        return False
    return True


def understands_sequences(descriptor: int) -> bool:
    """Return whether *descriptor* leads to a terminal that does not show escape sequences as text."""
    return (os.environ.get("TERM") or "dumb") != "dumb" and os.isatty(descriptor)


def terminal_lines() -> int:
    """Return how many of the newest lines are printed: as many as the terminal has."""
    try:
        return max(1, os.get_terminal_size(1).lines - 2)
    except OSError:
        return _DEFAULT_LINES
