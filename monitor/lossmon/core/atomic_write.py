"""Write small files either whole or not at all, and never over a file that must be kept."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_CREATE_ONLY = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


def replace_file(path: Path, text: str) -> None:
    """Write *text* to *path* in one step: a reader sees the old text or the new text, nothing in between.

    Missing directories are made. Raises OSError if the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.unlink(missing_ok=True)
        write_new(temporary, (text,))
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def write_new(path: Path, text: Iterable[str]) -> None:
    """Write *text* to a new file at *path*. Raises FileExistsError if there is anything, even a broken link.

    If the text cannot be written completely, for example on a full disk, the file is removed and OSError is raised.
    """
    with os.fdopen(os.open(path, _CREATE_ONLY, 0o666), "w", encoding="utf-8", newline="") as file:
        try:
            file.writelines(text)
            file.flush()
        except OSError:
            path.unlink()
            raise
