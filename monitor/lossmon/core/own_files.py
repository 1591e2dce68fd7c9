"""Read the files that lossmon keeps for itself: settings, caches, the configuration of the user."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)


class UnusableFileError(Exception):
    """A file that must not be read; the message says why, for instance ``it is not a regular file``."""


def read_own_file(path: Path, max_size: int) -> bytes:
    """Return what is in a file of at most *max_size* bytes, without ever waiting for it.

    Raises OSError if it cannot be read, FileNotFoundError if there is none. Raises UnusableFileError if it is no
    regular file, if it is larger, or if anybody but its user could have written it.
    """
    # Before opening it too, because opening a device can have effects.
    _require_trusted(path.stat(), max_size)
    with os.fdopen(os.open(path, _FLAGS), "rb") as file:
        _require_trusted(os.fstat(file.fileno()), max_size)
        return file.read(max_size)


def _require_trusted(status: os.stat_result, max_size: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnusableFileError("it is not a regular file")
    if status.st_uid != os.geteuid():
        raise UnusableFileError("it belongs to another user")
    if status.st_mode & stat.S_IWOTH:
        raise UnusableFileError("everybody can write to it")
    if status.st_size > max_size:
        raise UnusableFileError(f"it is larger than {max_size >> 10:,} KiB")
