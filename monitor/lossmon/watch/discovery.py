"""Which files there are below the watched paths, found a little at a time and looked for again at a steady, low cost."""

from __future__ import annotations

import errno
import os
import stat
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from lossmon.tail import TICK, trouble
from lossmon.watch.listing import Link, Listing, ignored, list_directory
from lossmon.watch.pace import Rounds

BUDGET = 2000
"""Calls to the file system in one tick, more or less: some 10 ms on a local disk."""

MOST_DIRECTORIES = 100_000
"""Directories that are followed."""

KEEP_HOT = 300.0
"""Seconds for which a directory that changed is looked at often."""

_PACES = {"root": (1.0, 10.0), "hot": (1.0, 20.0), "inner": (2.5, 20.0), "leaf": (60.0, 40.0)}
"""Period in seconds and most looks a second. New runs appear beside other runs, so directories of directories come
before those of files only; the rates add up to less than 100 a second."""


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file, as it was when it was found."""

    path: str
    root: str
    """The watched path it was found below, or is."""
    size: int
    """Bytes."""
    modified: float
    """Seconds since 1970."""

    @property
    def name(self) -> str:
        """Its path relative to ``root``, parted by ``/``."""
        relative = os.path.basename(self.path) if self.path == self.root else os.path.relpath(self.path, self.root)
        return relative.replace(os.sep, "/")


@dataclass(frozen=True, slots=True)
class Changes:
    """What one tick found to be different; all in stable order."""

    files: tuple[Found, ...] = ()
    """New ones."""
    gone: tuple[str, ...] = ()
    """Paths of files that are no more."""
    directories: tuple[str, ...] = ()
    """Directories that were read, which a waker should watch."""
    left: tuple[str, ...] = ()
    """Directories that are no longer followed."""


@dataclass(slots=True)
class _Directory:
    root: str
    identity: tuple[int, int]
    stamp: tuple[int, int] = (0, 0)
    since: float = 0.0
    settled: bool = False
    changed: float | None = None
    files: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)
