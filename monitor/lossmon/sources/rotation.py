"""Find where a log was moved to by the rotation of logs."""

from __future__ import annotations

import os
from itertools import islice

from lossmon.sources.files import MAX_ENTRIES


def find_renamed(path: str, inode: int) -> str | None:
    """Return the path of a file beside *path* with this *inode*: ``log.1`` if ``log`` was renamed so; None if none is.

    Inodes are reused, so the content must be compared.
    """
    try:
        with os.scandir(os.path.dirname(path) or os.curdir) as entries:
            alike = (entry for entry in islice(entries, MAX_ENTRIES) if entry.inode() == inode and entry.path != path)
            return next((entry.path for entry in alike if entry.is_file(follow_symlinks=False)), None)
    except OSError:
        return None
