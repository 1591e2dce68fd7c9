"""Write small files either whole or not at all, never over a file that must be kept, and readable by the user only."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_CREATE_ONLY = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_FILE_MODE, _DIRECTORY_MODE, _SHARED_MODE = 0o600, 0o700, 0o666


def replace_file(path: Path, text: str, *, private: bool = True) -> None:
    """Write *text* to *path* in one step: a reader sees the old text or the new text, nothing in between.

    Missing directories are made. A file that is not *private* has the permissions that the umask gives new files.
    Raises OSError if the file cannot be written.
    """
    make_private_directory(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.unlink(missing_ok=True)
        write_new(temporary, (text,), private=private)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def write_new(path: Path, text: Iterable[str], *, private: bool = True) -> None:
    """Write *text* to a new file at *path*. Raises FileExistsError if there is anything, even a broken link.

    If the text cannot be written completely, for example on a full disk, the file is removed and OSError is raised.
    """
    descriptor = open_private(path, _CREATE_ONLY) if private else os.open(path, _CREATE_ONLY, _SHARED_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        try:
            file.writelines(text)
            file.flush()
        except OSError:
            path.unlink()
            raise


def open_private(path: Path, flags: int) -> int:
    """Open a file with *flags* and return its descriptor; if that makes it, only its owner may read and write it.

    The umask does not matter. A file that exists keeps its permissions. Raises OSError.
    """
    existed = path.exists()
    descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0), _FILE_MODE)
    if not existed:
        os.fchmod(descriptor, _FILE_MODE)
    return descriptor


def make_private_directory(path: Path) -> None:
    """Make a directory and those above it that are missing; only their owner may use them, whatever the umask is."""
    missing = [directory for directory in (path, *path.parents) if not directory.exists()]
    for directory in reversed(missing):
        directory.mkdir(_DIRECTORY_MODE, exist_ok=True)
        directory.chmod(_DIRECTORY_MODE)
