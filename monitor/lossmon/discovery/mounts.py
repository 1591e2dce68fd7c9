"""Find the type of the file system of a path, and whether it reports writes of other machines."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

MOUNT_TABLE = "/proc/mounts"
"""See proc(5)."""
_LOCAL_TYPES = frozenset(
    ["bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "overlay", "ramfs", "tmpfs", "vfat", "xfs", "zfs"]
)
"""Types that only this machine writes to. All others count as remote, as in GNU ``tail``."""
_OCTAL_ESCAPE = re.compile(r"\\([0-7]{3})")


def file_system_type(path: str, mounts: Iterable[str]) -> str:
    """Return the type of the file system that holds *path*, "" if unknown. *path* must be free of links.

    *mounts* are the lines of a mount table: device, mount point, type and more, separated by spaces.

    >>> file_system_type("/home/me", ["/dev/vda / ext4 rw 0 0", "server:/home /home nfs4 rw 0 0"])
    'nfs4'
    """
    longest, found = 0, ""
    for fields in (line.split(" ") for line in mounts):
        if len(fields) < 3:
            continue
        mount_point = _OCTAL_ESCAPE.sub(lambda code: chr(int(code[1], 8)), fields[1])
        is_below = path == mount_point or path.startswith(mount_point.rstrip("/") + "/")
        if is_below and len(mount_point) >= longest:
            longest, found = len(mount_point), fields[2]
    return found


class FileSystems:
    """Looks up the type of the file system of any path, once for each device."""

    def __init__(self, mount_table: str = MOUNT_TABLE) -> None:
        self._mount_table = mount_table
        self._types: dict[int, str] = {}

    def type_of(self, path: str) -> str:
        """Return the type, for example ``ext4``; "" if the path or the mount table cannot be read."""
        try:
            device = os.stat(path).st_dev
            if device not in self._types:
                with open(self._mount_table, encoding="utf-8", errors="surrogateescape") as mounts:
                    self._types[device] = file_system_type(os.path.realpath(path), mounts)
            return self._types[device]
        except OSError:
            return ""

    def remote(self, path: str) -> bool:
        """Return whether other machines may write at *path* without an event on this one."""
        return self.type_of(path) not in _LOCAL_TYPES
