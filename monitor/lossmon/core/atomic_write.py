"""Writing small files so that nothing is lost: whole or not at all, and never over what is there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


def replace_file(path: Path, text: str) -> None:
    """Put *text* at *path*, its directory made where missing; whoever reads it sees the old text or the new one.

    Raises OSError where that cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.unlink(missing_ok=True)
        write_new(fresh, (text,))
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def write_new(path: Path, text: Iterable[str]) -> None:
    """Write *text* to *path*, which must not exist, not even as a link; raises FileExistsError where it does.

    Where it cannot be written whole, as on a full disk, nothing is left of it, and OSError is raised.
    """
    with os.fdopen(os.open(path, _NEW, 0o666), "w", encoding="utf-8", newline="") as file:
        try:
            file.writelines(text)
            file.flush()
        except OSError:
            path.unlink()
            raise
