"""The kernel's notices of changes in directories, through watchdog's binding; importing this imports watchdog.

watchdog's own observer is not used: it watches whole trees without saying which directories it failed to watch, and
spends a thread on each. Read when we are ready to read, equal notices have become one in the kernel already.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import TYPE_CHECKING

from watchdog.observers.inotify_c import (
    InotifyConstants,
    inotify_add_watch,
    inotify_init,
    inotify_rm_watch,
)

if TYPE_CHECKING:
    from watchdog.observers.inotify_c import WatchDescriptor

MASK = (
    InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_CREATE
    | InotifyConstants.IN_MOVE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_DELETE_SELF
    | InotifyConstants.IN_MOVE_SELF
    | InotifyConstants.IN_ONLYDIR
    | InotifyConstants.IN_EXCL_UNLINK
)
"""Not opening and closing: to append takes three steps, of which one is news."""

_EVENT = struct.Struct("iIII")
_BUFFER = 1 << 18


class Inotify:
    """One inotify instance; raises OSError where none is left."""

    def __init__(self) -> None:
        self._descriptor = inotify_init()
        if self._descriptor < 0:
            raise _error()
        os.set_inheritable(self._descriptor, False)
        os.set_blocking(self._descriptor, False)
        self._paths: dict[int, str] = {}
        self._watches: dict[str, WatchDescriptor] = {}

    def __contains__(self, directory: object) -> bool:
        return directory in self._watches

    @property
    def count(self) -> int:
        """How many directories are watched."""
        return len(self._watches)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when there are notices."""
        return self._descriptor

    def add(self, directory: str) -> None:
        """Watch one directory, not those in it; raise OSError where that cannot be."""
        watch = inotify_add_watch(self._descriptor, os.fsencode(directory), MASK)
        if watch < 0:
            raise _error()
        self._forget(watch)
        self._paths[watch] = directory
        self._watches[directory] = watch

    def discard(self, directory: str) -> None:
        """Watch *directory* no more."""
        watch = self._watches.get(directory)
        if watch is not None:
            self._forget(watch)
            inotify_rm_watch(self._descriptor, watch)

    def read(self) -> set[str]:
        """Return the paths of which there is news; all that is watched if there was too much of it to be kept."""
        try:
            data = os.read(self._descriptor, _BUFFER)
        except BlockingIOError:
            return set()
        changed: set[str] = set()
        start = 0
        while start < len(data):
            watch, mask, _, length = _EVENT.unpack_from(data, start)
            name = data[start + _EVENT.size : start + _EVENT.size + length].rstrip(b"\0")
            start += _EVENT.size + length
            changed |= self._news(watch, mask, os.fsdecode(name))
        return changed

    def close(self) -> None:
        """Give the instance back, with all its watches."""
        os.close(self._descriptor)

    def _news(self, watch: int, mask: int, name: str) -> set[str]:
        if mask & InotifyConstants.IN_Q_OVERFLOW:
            return set(self._watches)
        directory = self._paths.get(watch)
        if directory is None:
            return set()
        if mask & InotifyConstants.IN_IGNORED:
            self._forget(watch)
        elif mask & InotifyConstants.IN_MOVE_SELF:
            self.discard(directory)
        return {os.path.join(directory, name) if name else directory}

    def _forget(self, watch: int) -> None:
        directory = self._paths.pop(watch, None)
        if directory is not None:
            del self._watches[directory]


def _error() -> OSError:
    code = ctypes.get_errno()
    return OSError(code, os.strerror(code))
