"""The directories below the watched paths and the files in them, as far as they were visited."""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from lossmon.tail import TICK, trouble
from lossmon.watch.changes import Changes, Draft, Found
from lossmon.watch.listing import Link, Listing, ignored, list_directory

MOST_DIRECTORIES = 100_000
"""Directories that are followed."""

_Refused = tuple[str, str]


@dataclass(slots=True)
class Directory:
    """A followed path: a directory, or a root of whatever kind."""

    root: str
    changed: float | None
    """When it was last seen to change, or to be new; None if it was there from the beginning and still is the same."""
    identity: tuple[int, int] | None = None
    stamp: tuple[int, int] | None = None
    since: float = 0.0
    """When it was first seen with this stamp."""
    settled: bool = False
    """It was read when its stamp was old enough for any later change to show in it."""
    files: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)
    refused: list[_Refused] = field(default_factory=list)
    missing: bool = False


class Tree:
    """Directories by path; to visit one reads it if it changed, and puts those it leads to among the pending."""

    def __init__(self, roots: Sequence[str]) -> None:
        self.roots = tuple(dict.fromkeys(root.rstrip(os.sep) or root[:1] or os.curdir for root in roots))
        self.directories = {root: Directory(root, None) for root in self.roots}
        self.pending: OrderedDict[str, None] = OrderedDict.fromkeys(self.roots)
        self.files: dict[str, Found] = {}
        self.scanned = False
        """Set by the owner once the first scan is complete: from then on what is new is a change."""
        self._owners: dict[tuple[int, int], str] = {}
        self._draft = Draft()

    def take(self) -> Changes:
        """Return what changed since the last call."""
        draft, self._draft = self._draft, Draft()
        return draft.changes()

    def visit(self, path: str, now: float) -> int:
        """Look at one followed path at *now* and return what that cost, in calls to the file system."""
        directory = self.directories[path]
        try:
            status = os.stat(path)
            if stat.S_ISDIR(status.st_mode):
                return 1 + self._enter(path, directory, status, now)
            self._no_directory(path, directory, status)
        except (FileNotFoundError, NotADirectoryError):
            self._leave(path)
            directory.missing = True
        except OSError as error:
            directory.stamp = None
            directory.refused = [(path, trouble(error))]
        return 1

    def _enter(self, path: str, directory: Directory, status: os.stat_result, now: float) -> int:
        identity, stamp = (status.st_dev, status.st_ino), (status.st_mtime_ns, status.st_ctime_ns)
        if self._is_elsewhere(path, identity):
            self._leave(path)
            return 1
        if directory.identity != identity:
            self._empty(path, directory)
            directory.identity = identity
            self._owners[identity] = path
        if directory.settled and stamp == directory.stamp:
            return 0
        if stamp != directory.stamp:
            if directory.stamp is not None:
                directory.changed = now
            directory.stamp, directory.since = stamp, now
        listing = list_directory(path, directory.files)
        directory.settled = now - directory.since >= TICK
        directory.missing = False
        self._merge(path, directory, listing, now)
        self._draft.read(path)
        return listing.cost

    def _merge(self, path: str, directory: Directory, listing: Listing, now: float) -> None:
        if listing.environment and path != directory.root:
            listing = Listing()
        directory.refused = listing.refused
        for link in listing.links:
            self._judge(link, listing)
        for child in directory.children - listing.directories.keys():
            self._leave(child)
        for child, inode in listing.directories.items():
            self._follow(child, inode, directory, now)
        directory.children = set(listing.directories)
        self._take_files(directory, listing.files)

    def _judge(self, link: Link, listing: Listing) -> None:
        """Put what a link leads to among the files or directories, unless it is found under its own name anyway."""
        if self._holds_a_root(link.real):
            listing.refused.append((link.path, "leads to a directory that holds the watched one"))
        elif self._is_found_below_a_root(link.real):
            return
        elif stat.S_ISDIR(link.status.st_mode):
            listing.directories[link.path] = link.status.st_ino
        else:
            listing.files[link.path] = link.status

    def _holds_a_root(self, real: str) -> bool:
        inside = real.rstrip(os.sep) + os.sep
        return any(os.path.realpath(root).startswith(inside) for root in self.roots)

    def _is_found_below_a_root(self, real: str) -> bool:
        for root in map(os.path.realpath, self.roots):
            if real == root:
                return True
            if real.startswith(root.rstrip(os.sep) + os.sep):
                return not _is_left_out(real, root)
        return False

    def _follow(self, path: str, inode: int, parent: Directory, now: float) -> None:
        known = self.directories.get(path)
        if known is not None:
            if known.identity is None or known.identity[1] != inode:
                self.pending[path] = None
        elif len(self.directories) >= MOST_DIRECTORIES:
            parent.refused.append((path, f"more than {MOST_DIRECTORIES} directories; watch a narrower path"))
        else:
            self.directories[path] = Directory(parent.root, now if self.scanned else None)
            self.pending[path] = None

    def _no_directory(self, path: str, directory: Directory, status: os.stat_result) -> None:
        """Take a root that is a file as the only file below itself."""
        self._empty(path, directory, keep=path)
        directory.missing = False
        if path != directory.root:
            self._leave(path)
        elif stat.S_ISREG(status.st_mode):
            directory.refused = []
            self._take_files(directory, {path: status})
            self._draft.read(os.path.dirname(path) or os.curdir)
        else:
            self._take_files(directory, {})
            directory.refused = [(path, "not a regular file or directory")]

    def _take_files(self, directory: Directory, files: dict[str, os.stat_result | None]) -> None:
        ...
