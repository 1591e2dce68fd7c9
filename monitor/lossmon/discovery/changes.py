"""What discovery tells: the files it found, and what a tick found to be different."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A regular file, as it was when it was found."""

    path: str
    root: str
    """The watched path it was found below, or is."""
    size: int
    """Bytes."""
    modified: float
    """Seconds since 1970."""
    inode: int = 0

    @property
    def name(self) -> str:
        """Its path relative to ``root``, parted by ``/``; of a root that is a file, its last part."""
        if self.path == self.root:
            return os.path.basename(self.path)
        return os.path.relpath(self.path, self.root).replace(os.sep, "/")


@dataclass(frozen=True, slots=True)
class Changes:
    """What one tick found to be different, each in the order of the paths."""

    files: tuple[FileEntry, ...] = ()
    """New ones."""
    gone: tuple[str, ...] = ()
    """Paths of files that are no more."""
    directories: tuple[str, ...] = ()
    """Directories that were read; a waker should watch them."""
    left: tuple[str, ...] = ()
    """Directories that are no longer followed."""


class ChangeBuilder:
    """Gathers changes; what goes and comes back in between is no change."""

    def __init__(self) -> None:
        self._files: dict[str, FileEntry] = {}
        self._gone: set[str] = set()
        self._directories: set[str] = set()
        self._left: set[str] = set()

    def appeared(self, found: FileEntry) -> None:
        """Take note of a file."""
        if found.path in self._gone:
            self._gone.remove(found.path)
        else:
            self._files[found.path] = found

    def vanished(self, path: str) -> None:
        """Take note that a file is no more."""
        if self._files.pop(path, None) is None:
            self._gone.add(path)

    def read(self, directory: str) -> None:
        """Take note that a directory was read."""
        self._directories.add(directory)
        self._left.discard(directory)

    def left(self, directory: str) -> None:
        """Take note that a directory is no longer followed."""
        self._directories.discard(directory)
        self._left.add(directory)

    def changes(self) -> Changes:
        """Return what was gathered."""
        return Changes(
            files=tuple(self._files[path] for path in sorted(self._files)),
            gone=tuple(sorted(self._gone)),
            directories=tuple(sorted(self._directories)),
            left=tuple(sorted(self._left)),
        )
