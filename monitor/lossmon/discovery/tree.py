"""The followed directories and the files in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence

from lossmon.core.errors import CANNOT_BE_READ
from lossmon.discovery.directory import (
    ChangeBuilder,
    Changes,
    DirectoryListing,
    FileEntry,
    LinkTarget,
    classify_link,
    list_directory,
)
from lossmon.discovery.fair_queue import FairQueue
from lossmon.discovery.followed import Directory, Identity
from lossmon.sources.files import MAX_ENTRIES, NOT_REGULAR, describe_os_error

MAX_DIRECTORIES = 200_000
"""Directories that are followed."""

TOO_MANY_DIRECTORIES = "some of its directories are ignored because there are too many in all; watch a narrower path"

LINK_OUT = "links to a place outside of the watched paths; give --follow to read it"
_REFUSED_TARGETS = {
    LinkTarget.ABOVE: "links to a directory that contains the watched one",
    LinkTarget.VIRTUAL: "links into /proc, /sys or /dev",
}
"""Why some links are never followed."""


class Tree:
    """Directories by path. A visit reads a directory if it changed, and adds those in it to ``pending``."""

    def __init__(
        self,
        roots: Sequence[str],
        *,
        follow: bool = False,
        max_directories: int = MAX_DIRECTORIES,
        max_entries: int = MAX_ENTRIES,
    ) -> None:
        """Make the tree of *roots*; with *follow* links that lead out of them are followed."""
        self.roots = tuple(dict.fromkeys(root.rstrip(os.sep) or root[:1] or os.curdir for root in roots))
        self.directories = {root: Directory(root, None) for root in self.roots}
        self.pending = FairQueue()
        """Paths to visit next."""
        for root in self.roots:
            self.pending.add(root)
        self.files: dict[str, FileEntry] = {}
        self.scanned = False
        """Set by the owner after the first scan: a directory that is found later counts as changed."""
        self._follow = follow
        self._max_directories = max_directories
        self._max_entries = max_entries
        self._paths: dict[Identity, str] = {}
        """The one path under which each directory is followed."""
        self._changes = ChangeBuilder()

    def take_changes(self) -> Changes:
        """Return what changed since the last call."""
        changes, self._changes = self._changes, ChangeBuilder()
        return changes.build()

    def visit(self, path: str, now: float) -> int:
        """Look at one followed path at *now*; return the cost in system calls, approximately."""
        directory = self.directories[path]
        refused = directory.refused
        cost = self._visit(path, directory, now)
        if directory.refused != refused:
            self._changes.note_refused()
        return cost

    def _visit(self, path: str, directory: Directory, now: float) -> int:
        try:
            status = os.stat(path)
            directory.missing = False
            if stat.S_ISDIR(status.st_mode):
                return 1 + self._visit_directory(path, directory, status, now)
            self._visit_root_file(path, directory, status)
        except (FileNotFoundError, NotADirectoryError):
            self._remove_directory(path)
            directory.missing = True
            # A file system may say for a moment that something is missing.
            if parent := self.directories.get(os.path.dirname(path)):
                parent.list_soon(now)
        except OSError as error:
            directory.timestamps = None
            failure = [(path, describe_os_error(error))]
            # Most errors pass soon, so a new one counts as a change: it is looked at often for a while.
            directory.changed = now if directory.refused != failure else directory.changed
            directory.refused = failure
        return 1

    def _visit_directory(self, path: str, directory: Directory, status: os.stat_result, now: float) -> int:
        identity, timestamps = (status.st_dev, status.st_ino), (status.st_mtime_ns, status.st_ctime_ns)
        if self._is_followed_elsewhere(path, identity):
            self._remove_directory(path)
            return 1
        if directory.identity != identity:
            self._remove_content(path, directory)
            directory.identity = identity
            self._paths[identity] = path
        is_new = directory.notice(timestamps, now)
        if not is_new and now < directory.list_next:
            return 0
        listing = list_directory(path, directory.files, self._max_entries)
        is_left_out = listing.environment and path != directory.root
        before, refused = (directory.files, directory.children), directory.refused
        self._update(directory, DirectoryListing() if is_left_out else listing, now)
        hid_something = not is_new and (directory.files, directory.children) != before
        fails_newly = listing.has_failed and directory.refused != refused
        is_unsteady = hid_something or fails_newly or listing.has_vanished
        directory.note_listing(now, is_unsteady=is_unsteady, has_failed=listing.has_failed)
        self._changes.add_directory(path)
        return listing.cost

    def expect(self, path: str, now: float) -> None:
        """Visit the directory *path* next, or the nearest one above it that is followed.

        If *path* is not known at all, list that directory again, and at longer and longer intervals afterwards.
        """
        is_known = path in self.files or path in self.directories
        while path not in self.directories:
            parent = os.path.dirname(path)
            if parent == path:
                return
            path = parent
        if not is_known:
            self.directories[path].list_soon(now)
        self.pending.add_first(path)

    def _is_followed_elsewhere(self, path: str, identity: Identity) -> bool:
        """Return whether the same directory is followed under another path and still exists there."""
        other = self._paths.get(identity, path)
        if other == path:
            return False
        if _identity(other) == identity:
            return True
        self._remove_directory(other)
        return False

    def _update(self, directory: Directory, listing: DirectoryListing, now: float) -> None:
        directory.refused = listing.refused
        self._resolve_links(listing)
        for child in directory.children - listing.directories.keys():
            self._remove_directory(child)
        directory.children = set(listing.directories)
        for child, inode in listing.directories.items():
            self._add_directory(child, inode, directory, now)
        self._update_files(directory, listing.files)

    def _resolve_links(self, listing: DirectoryListing) -> None:
        """Add the links of *listing* that are followed to its directories and files."""
        roots = [os.path.realpath(root) for root in self.roots] if listing.links else []
        for link in listing.links:
            target = classify_link(link.real, roots)
            if reason := self._reason_to_refuse(target, link.status):
                listing.refused.append((link.path, reason))
            elif target is not LinkTarget.BELOW and stat.S_ISDIR(link.status.st_mode):
                listing.directories[link.path] = link.status.st_ino
            elif target is not LinkTarget.BELOW:
                listing.files[link.path] = link.status

    def _reason_to_refuse(self, target: LinkTarget, status: os.stat_result) -> str:
        """Return why a link to *target*, of this *status*, is left out; "" if it is followed or read anyway."""
        if target is LinkTarget.OUTSIDE and not self._follow:
            return LINK_OUT
        reason = _REFUSED_TARGETS.get(target, "")
        # What is called a log here may have been meant to be one; a directory of devices was not.
        is_unread_file = target is LinkTarget.VIRTUAL and stat.S_ISREG(status.st_mode)
        return f"{CANNOT_BE_READ}: {reason}" if is_unread_file else reason

    def _add_directory(self, path: str, inode: int, parent: Directory, now: float) -> None:
        """Follow *path*, and visit it soon if it is new or has another inode."""
        known = self.directories.get(path)
        if known is not None:
            if known.identity is None or known.identity[1] != inode:
                self.pending.add(path)
        elif len(self.directories) < self._max_directories:
            self.directories[path] = Directory(parent.root, now if self.scanned else None)
            self.pending.add(path)
        elif (refused := (os.path.dirname(path), TOO_MANY_DIRECTORIES)) not in parent.refused:
            parent.refused.append(refused)

    def _visit_root_file(self, path: str, directory: Directory, status: os.stat_result) -> None:
        """Look at a followed path that is not a directory: a root that is a file, or one that was a directory."""
        if path != directory.root:
            self._remove_directory(path)
            return
        if directory.identity is not None:
            self._remove_content(path, directory)
        is_regular = stat.S_ISREG(status.st_mode)
        directory.refused = [] if is_regular else [(path, f"{NOT_REGULAR} or directory")]
        if is_regular and path not in directory.files:
            self._changes.add_directory(os.path.dirname(path) or os.curdir)
        self._update_files(directory, {path: status} if is_regular else {})

    def _update_files(self, directory: Directory, files: Mapping[str, os.stat_result | None]) -> None:
        for path in directory.files - files.keys():
            self._remove_file(path)
        for path, status in files.items():
            if status is not None and path not in directory.files:
                self.files[path] = FileEntry(path, directory.root, status.st_size, status.st_mtime, status.st_ino)
                self._changes.add_file(self.files[path])
        directory.files = set(files)

    def _remove_file(self, path: str) -> None:
        if self.files.pop(path, None) is not None:
            self._changes.remove_file(path)

    def _remove_content(self, path: str, directory: Directory) -> None:
        """Forget everything in and below a followed path, which is now another directory or none."""
        below = list(directory.children)
        self._clear(path, directory)
        while below:
            child = below.pop()
            inner = self.directories.get(child)
            if inner is not None and child not in self.roots:
                below.extend(inner.children)
                self._clear(child, inner)
                self._forget(child)

    def _remove_directory(self, path: str) -> None:
        """Forget a followed path with everything below it; a root stays followed, without content."""
        directory = self.directories.get(path)
        if directory is None:
            return
        self._remove_content(path, directory)
        if path not in self.roots:
            self._forget(path)

    def _clear(self, path: str, directory: Directory) -> None:
        for file in directory.files:
            self._remove_file(file)
        if directory.identity is not None and self._paths.get(directory.identity) == path:
            del self._paths[directory.identity]
        if directory.refused:
            self._changes.note_refused()
        directory.clear()

    def _forget(self, path: str) -> None:
        del self.directories[path]
        self.pending.discard(path)
        self._changes.remove_directory(path)


def _identity(path: str) -> Identity | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
