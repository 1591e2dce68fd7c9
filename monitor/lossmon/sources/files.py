"""Read parts of files that another process may be writing, and describe what goes wrong."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from itertools import islice

from lossmon.core.errors import CANNOT_BE_READ

OPEN_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
"""Opens a file without blocking on it and without making it the controlling terminal."""
_PARTS_BETWEEN = 8
"""Places between start and end of a file that are searched: a program may print much before its first loss."""
_MIN_HOLE = 16
"""NUL bytes at the start of a file that are no part of its format."""
TIMESTAMP_RESOLUTION = 2.0
"""Seconds between two timestamps of the coarsest common file system (FAT). A file or directory that is changed twice
within this time may keep the same timestamps, so until then they do not prove that it is unchanged."""
MAX_ENTRIES = 20_000
"""Entries of one directory that are looked at, so that a folder of images does not delay the logs."""
NOT_REGULAR = "not a regular file"
"""Shown for a directory, FIFO, socket or device that stands where a log should be."""


class NotRegularError(OSError):
    """The path leads to a directory, FIFO, socket or device."""


def describe_os_error(error: OSError) -> str:
    """Return the reason why something could not be read, in words.

    >>> describe_os_error(OSError(errno.EIO, ""))
    'cannot be read: Input/output error (EIO)'
    """
    if isinstance(error, NotRegularError):
        return NOT_REGULAR
    code = error.errno or 0
    return f"{CANNOT_BE_READ}: {os.strerror(code)} ({errno.errorcode.get(code, code)})"


def read_head(path: str, count: int) -> bytes:
    """Return the first *count* bytes of a regular file, fewer if it is shorter, or those behind a hole. Raises OSError.

    A file that was emptied while its writer had it open begins with a hole, which reads as NUL bytes.
    """
    (head,) = read_ranges(path, [range(count)])
    if head and not head.strip(b"\0"):
        start = _end_of_hole(path)
        (head,) = read_ranges(path, [range(start, start + count)])
    return head.lstrip(b"\0") if head.startswith(bytes(_MIN_HOLE)) else head


def _end_of_hole(path: str) -> int:
    """Return where the first bytes of a file are that were written; 0 if it has none."""
    descriptor = os.open(path, OPEN_FLAGS)
    try:
        size = os.fstat(descriptor).st_size
        start = next_data(descriptor, 0, size)
        return start if start < size else 0
    finally:
        os.close(descriptor)


def read_ends(path: str, count: int) -> bytes:
    """Return parts of a regular file, separated by newlines: *count* bytes at its start, its end, and from between.

    A file of at most three times *count* bytes is returned whole. Raises OSError.
    """
    size = file_size(path) or 0
    if size <= 3 * count:
        return read_head(path, 3 * count)
    between = [
        range(start, start + count // _PARTS_BETWEEN)
        for start in range(count, size - count, max(1, (size - 2 * count) // _PARTS_BETWEEN))
    ]
    first, *middle, last = read_ranges(path, [range(count), *between[:_PARTS_BETWEEN], range(size - count, size)])
    return b"\n".join([first, *map(_whole_lines, middle), last])


def _whole_lines(part: bytes) -> bytes:
    """Return *part* without the incomplete lines at its start and its end."""
    return part[part.find(b"\n") + 1 : part.rfind(b"\n") + 1]


def names_in_directory(path: str) -> list[str]:
    """Return the names in a directory, sorted; of a very large one only some. Raises OSError."""
    with os.scandir(path) as entries:
        return sorted(entry.name for entry in islice(entries, MAX_ENTRIES))


def file_size(path: str) -> int | None:
    """Return the size of a file in bytes, None if it cannot be determined."""
    try:
        return os.stat(path).st_size
    except OSError:
        return None


def read_ranges(path: str, windows: Iterable[range]) -> list[bytes]:
    """Return the bytes of a regular file in each of *windows* (byte ranges), fewer at its end. Raises OSError."""
    require_regular(os.stat(path))
    descriptor = os.open(path, OPEN_FLAGS)
    try:
        require_regular(os.fstat(descriptor))
        return [read_at(descriptor, len(window), window.start) for window in windows]
    finally:
        os.close(descriptor)


def require_regular(status: os.stat_result) -> None:
    """Raise NotRegularError unless *status* is that of a regular file.

    Called before opening too, because opening a device can have effects.
    """
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularError


def next_data(descriptor: int, position: int, size: int) -> int:
    """Return where the next bytes from *position* on are that were written; *size*, the end, if there are none.

    File systems that do not know it, and other systems than Linux, return *position*.
    """
    try:
        return os.lseek(descriptor, position, os.SEEK_DATA)
    except OSError as error:
        return max(position, size) if error.errno == errno.ENXIO else position
    except AttributeError:
        return position


def read_at(descriptor: int, count: int, position: int) -> bytes:
    """Read *count* bytes from *position*, fewer only at the end of the file. Raises OSError.

    Some file systems return fewer bytes than asked for although there are more; reading is then repeated.
    """
    data = os.pread(descriptor, count, position) if count else b""
    if not data or len(data) == count:
        return data
    joined = bytearray(data)
    while len(joined) < count and (data := os.pread(descriptor, count - len(joined), position + len(joined))):
        joined += data
    return bytes(joined)
