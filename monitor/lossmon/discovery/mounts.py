"""Which paths lie on file systems that do not announce what other machines write."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

_LOCAL = frozenset(
    ["bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "overlay", "ramfs", "tmpfs", "vfat", "xfs", "zfs"]
)
"""Written by this machine only; what is not known is taken for remote, as GNU tail does."""

_ESCAPE = re.compile(r"\\([0-7]{3})")


def holder(path: str, mounts: Iterable[str]) -> str:
    """Return the type of the file system that holds the real path *path*, "" where it is not told.

    *mounts* are lines of proc(5) ``mounts``: device, mount point, type and more, parted by blanks.
    """
    longest, kind = 0, ""
    for fields in (line.split(" ") for line in mounts):
        if len(fields) < 3:
            continue
        point = _ESCAPE.sub(lambda code: chr(int(code[1], 8)), fields[1])
        below = path == point or path.startswith(point.rstrip("/") + "/")
        if below and len(point) >= longest:
            longest, kind = len(point), fields[2]
    return kind


class FileSystems:
    """Knows the type of the file system of any path; looks it up once for each device."""

    def __init__(self, table: str = "/proc/mounts") -> None:
        self._table = table
        self._kinds: dict[int, str] = {}

    def kind(self, path: str) -> str:
        """Return the type, for instance ``ext4``; "" where the path cannot be looked at or the system does not tell."""
        try:
            device = os.stat(path).st_dev
            if device not in self._kinds:
                with open(self._table, encoding="utf-8", errors="surrogateescape") as mounts:
                    self._kinds[device] = holder(os.path.realpath(path), mounts)
            return self._kinds[device]
        except OSError:
            return ""

    def remote(self, path: str) -> bool:
        """Say whether other machines may write at *path* without this one being told."""
        return self.kind(path) not in _LOCAL
