"""The directories below the watched paths and the files in them, as far as they were visited."""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lossmon.discovery.changes import ChangeBuilder, Changes, FileEntry
from lossmon.discovery.directory import DirectoryListing, LinkTarget, follow_link, list_directory
from lossmon.sources.files import TIMESTAMP_RESOLUTION, describe_os_error

MOST_DIRECTORIES = 100_000
"""Directories that are followed."""

_TOO_MANY = "some directories in it are left out, there are too many in all; watch a narrower path"

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

    def clear(self) -> None:
        """Hold nothing, and be nothing that was seen before."""
        self.identity = self.stamp = None
        self.settled = False
        self.files.clear()
        self.children.clear()
        self.refused = []


class Tree:
    """Directories by path; to visit one reads it if it changed, and puts those it leads to among the pending."""

    def __init__(self, roots: Sequence[str]) -> None:
        self.roots = tuple(dict.fromkeys(root.rstrip(os.sep) or root[:1] or os.curdir for root in roots))
        self.directories = {root: Directory(root, None) for root in self.roots}
        self.pending: OrderedDict[str, None] = OrderedDict.fromkeys(self.roots)
        self.files: dict[str, FileEntry] = {}
        self.scanned = False
        """Set by the owner once the first scan is complete: from then on what is new is a change."""
        self._owners: dict[tuple[int, int], str] = {}
        self._draft = ChangeBuilder()

    def take(self) -> Changes:
        """Return what changed since the last call."""
        draft, self._draft = self._draft, ChangeBuilder()
        return draft.changes()

    def visit(self, path: str, now: float) -> int:
        """Look at one followed path at *now* and return what that cost, in calls to the file system."""
        directory = self.directories[path]
        try:
            status = os.stat(path)
            directory.missing = False
            if stat.S_ISDIR(status.st_mode):
                return 1 + self._enter(path, directory, status, now)
            self._take_root_file(path, directory, status)
        except (FileNotFoundError, NotADirectoryError):
            self._leave(path)
            directory.missing = True
        except OSError as error:
            directory.stamp = None
            directory.refused = [(path, describe_os_error(error))]
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
            directory.changed = directory.changed if directory.stamp is None else now
            directory.stamp, directory.since = stamp, now
        listing = list_directory(path, directory.files)
        directory.settled = now - directory.since >= TIMESTAMP_RESOLUTION
        self._merge(directory, DirectoryListing() if listing.environment and path != directory.root else listing, now)
        self._draft.read(path)
        return listing.cost

    def _is_elsewhere(self, path: str, identity: tuple[int, int]) -> bool:
        """Say whether the same directory is followed under another path, where it really still is."""
        owner = self._owners.get(identity, path)
        if owner == path:
            return False
        if _identity(owner) == identity:
            return True
        self._leave(owner)
        return False

    def _merge(self, directory: Directory, listing: DirectoryListing, now: float) -> None:
        directory.refused = listing.refused
        self._add_links(listing)
        for child in directory.children - listing.directories.keys():
            self._leave(child)
        directory.children = set(listing.directories)
        for child, inode in listing.directories.items():
            self._follow(child, inode, directory, now)
        self._take_files(directory, listing.files)

    def _add_links(self, listing: DirectoryListing) -> None:
        roots = [os.path.realpath(root) for root in self.roots] if listing.links else []
        for link in listing.links:
            lead = follow_link(link.real, roots)
            if lead is LinkTarget.ABOVE:
                listing.refused.append((link.path, "leads to a directory that holds the watched one"))
            elif lead is LinkTarget.OUTSIDE and stat.S_ISDIR(link.status.st_mode):
                listing.directories[link.path] = link.status.st_ino
            elif lead is LinkTarget.OUTSIDE:
                listing.files[link.path] = link.status

    def _follow(self, path: str, inode: int, parent: Directory, now: float) -> None:
        known = self.directories.get(path)
        if known is not None:
            if known.identity is None or known.identity[1] != inode:
                self.pending[path] = None
        elif len(self.directories) < MOST_DIRECTORIES:
            self.directories[path] = Directory(parent.root, now if self.scanned else None)
            self.pending[path] = None
        elif (refused := (os.path.dirname(path), _TOO_MANY)) not in parent.refused:
            parent.refused.append(refused)

    def _take_root_file(self, path: str, directory: Directory, status: os.stat_result) -> None:
        if path != directory.root:
            self._leave(path)
            return
        if directory.identity is not None:
            self._empty(path, directory)
        regular = stat.S_ISREG(status.st_mode)
        directory.refused = [] if regular else [(path, "not a regular file or directory")]
        if regular and path not in directory.files:
            self._draft.read(os.path.dirname(path) or os.curdir)
        self._take_files(directory, {path: status} if regular else {})

    def _take_files(self, directory: Directory, files: Mapping[str, os.stat_result | None]) -> None:
        for path in directory.files - files.keys():
            self._drop(path)
        for path, status in files.items():
            if status is not None and path not in directory.files:
                self.files[path] = FileEntry(path, directory.root, status.st_size, status.st_mtime, status.st_ino)
                self._draft.appeared(self.files[path])
        directory.files = set(files)

    def _drop(self, path: str) -> None:
        if self.files.pop(path, None) is not None:
            self._draft.vanished(path)

    def _empty(self, path: str, directory: Directory) -> None:
        """Forget everything at and below a followed path: it is another directory now, or none."""
        below = list(directory.children)
        self._clear(path, directory)
        while below:
            child = below.pop()
            inner = self.directories.get(child)
            if inner is not None and child not in self.roots:
                below.extend(inner.children)
                self._clear(child, inner)
                self._remove(child)

    def _leave(self, path: str) -> None:
        directory = self.directories.get(path)
        if directory is None:
            return
        self._empty(path, directory)
        if path not in self.roots:
            self._remove(path)

    def _clear(self, path: str, directory: Directory) -> None:
        for file in directory.files:
            self._drop(file)
        if directory.identity is not None and self._owners.get(directory.identity) == path:
            del self._owners[directory.identity]
        directory.clear()

    def _remove(self, path: str) -> None:
        del self.directories[path]
        self.pending.pop(path, None)
        self._draft.left(path)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
