"""Single reads of files that somebody else writes, and what goes wrong with them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable

OPEN_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
"""How a file of somebody else's is opened: without waiting for it, and without becoming its terminal."""


class NotRegularError(OSError):
    """A directory, FIFO, socket or device stands where a log should be."""


def describe_os_error(error: OSError) -> str:
    """Say in plain words why something could not be read."""
    if isinstance(error, NotRegularError):
        return "not a regular file"
    code = error.errno or 0
    return f"cannot be read: {os.strerror(code)} ({errno.errorcode.get(code, code)})"


def read_head(path: str, count: int = 4096) -> bytes:
    """Return the first *count* bytes of a regular file, or as many as it has; raise OSError where it cannot be read."""
    return read_windows(path, [range(count)])[0]


def read_ends(path: str, count: int) -> bytes:
    """Return the first and the last *count* bytes of a regular file as two lines, all of it where it is no longer."""
    size = file_size(path) or 0
    if size <= 2 * count:
        return read_head(path, 2 * count)
    return b"\n".join(read_windows(path, [range(count), range(size - count, size)]))


def file_size(path: str) -> int | None:
    """Return the size of a file in bytes; None where that cannot be told."""
    try:
        return os.stat(path).st_size
    except OSError:
        return None


def read_windows(path: str, windows: Iterable[range]) -> list[bytes]:
    """Return the bytes of a regular file at some *windows*, fewer at its end; raise OSError where it cannot be read."""
    require_regular(os.stat(path))
    descriptor = os.open(path, OPEN_FLAGS)
    try:
        require_regular(os.fstat(descriptor))
        return [read_at(descriptor, len(window), window.start) for window in windows]
    finally:
        os.close(descriptor)


def require_regular(status: os.stat_result) -> None:
    """Refuse what is no file, before it is opened: to open a device may do something."""
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularError


def read_at(descriptor: int, count: int, position: int) -> bytes:
    """Read *count* bytes, fewer only at the end of the file; some file systems give them in small pieces."""
    data = os.pread(descriptor, count, position) if count else b""
    if not data or len(data) == count:
        return data
    joined = bytearray(data)
    while len(joined) < count and (piece := os.pread(descriptor, count - len(joined), position + len(joined))):
        joined += piece
    return bytes(joined)
