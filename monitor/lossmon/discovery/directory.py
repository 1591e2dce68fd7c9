"""What discovery finds: one directory's entries, the files in it, and the changes since the last look."""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice

from lossmon.sources.files import MAX_ENTRIES, NOT_REGULAR, describe_os_error

_LINK_COST = 8
"""System calls to resolve a link: one stat, and a readlink for each part of a path of usual depth."""

_NO_LOGS = frozenset({
    "__pycache__", "node_modules", "site-packages", "lost+found",
    ".Trash", ".bzr", ".cache", ".cargo", ".conda", ".config", ".docker", ".dvc", ".git", ".gnupg", ".gradle", ".hg",
    ".hypothesis", ".idea", ".ipynb_checkpoints", ".ipython", ".jupyter", ".keras", ".local", ".m2", ".mozilla",
    ".mypy_cache", ".nox", ".npm", ".nv", ".nvm", ".pyenv", ".pytest_cache", ".ruff_cache", ".rustup", ".snapshot",
    ".ssh",
    ".svn", ".terraform", ".tox", ".triton", ".venv", ".virtualenvs", ".vscode", ".vscode-server", ".zfs",
})  # fmt: skip
"""Directories of caches, tools and settings. Other hidden ones may hold runs, as ``.guild/runs`` does."""
_UNREAD_STORES = {".aim": "an Aim repository, whose format is not read; log to TensorBoard or W&B as well"}
"""Directories of other programs that hold runs, and why these are not read."""
_VIRTUAL_FILE_SYSTEMS = frozenset({"/proc", "/sys", "/dev", "/run"})
_NEVER_FOLLOWED = ("/proc", "/sys", "/dev")
"""Links into these are left out even if the user asks for links to be followed: they lead to every open file."""
_ENVIRONMENT_MARKERS = frozenset({"pyvenv.cfg", "conda-meta"})


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A regular file, as it was when it was found."""

    path: str
    root: str
    """The watched path that the file is in, or the file itself if that is watched."""
    size: int
    """Bytes."""
    modified: float
    """Seconds since 1970."""
    inode: int = 0

    @property
    def name(self) -> str:
        """Its path relative to ``root``, with ``/`` between the parts; the file name if ``root`` is the file.

        >>> FileEntry("/runs/a/log.csv", "/runs", 0, 0.0).name
        'a/log.csv'
        """
        if self.path == self.root:
            return os.path.basename(self.path)
        if self.path.startswith(self.root + os.sep):
            return self.path[len(self.root) + 1 :].replace(os.sep, "/")
        return os.path.relpath(self.path, self.root).replace(os.sep, "/")


@dataclass(frozen=True, slots=True)
class Changes:
    """The differences between two looks, each sorted by path."""

    files: tuple[FileEntry, ...] = ()
    """New files."""
    gone: tuple[str, ...] = ()
    """Paths of files that no longer exist."""
    directories: tuple[str, ...] = ()
    """Directories that were read; the change notifier should watch them."""
    left: tuple[str, ...] = ()
    """Directories that are no longer followed."""
    refused: bool = False
    """Whether what is left out, or why, has changed."""


class ChangeBuilder:
    """Collects changes; a file that disappears and comes back in between is not a change."""

    def __init__(self) -> None:
        self._files: dict[str, FileEntry] = {}
        self._gone: set[str] = set()
        self._directories: set[str] = set()
        self._left: set[str] = set()
        self._refused = False

    def add_file(self, file: FileEntry) -> None:
        """Record a new file."""
        if file.path in self._gone:
            self._gone.remove(file.path)
        else:
            self._files[file.path] = file

    def remove_file(self, path: str) -> None:
        """Record that a file no longer exists."""
        if self._files.pop(path, None) is None:
            self._gone.add(path)

    def add_directory(self, path: str) -> None:
        """Record that a directory was read."""
        self._directories.add(path)
        self._left.discard(path)

    def remove_directory(self, path: str) -> None:
        """Record that a directory is no longer followed."""
        self._directories.discard(path)
        self._left.add(path)

    def note_refused(self) -> None:
        """Record that something else is left out than before, or for another reason."""
        self._refused = True

    def build(self) -> Changes:
        """Return the changes collected so far."""
        return Changes(
            files=tuple(self._files[path] for path in sorted(self._files)),
            gone=tuple(sorted(self._gone)),
            directories=tuple(sorted(self._directories)),
            left=tuple(sorted(self._left)),
            refused=self._refused,
        )


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link and what it leads to."""

    path: str
    real: str
    """The path it leads to, without links."""
    status: os.stat_result
    """Status of its target, a directory or a regular file."""


class LinkTarget(Enum):
    """Where a link leads, relative to the watched paths."""

    BELOW = "inside a watched path"
    ABOVE = "a directory that contains a watched path"
    HIDDEN = "inside a watched path, in a directory where no logs are looked for"
    OUTSIDE = "outside"
    VIRTUAL = "in a file system that holds no files"


@dataclass(slots=True)
class DirectoryListing:
    """The entries of one directory."""

    files: dict[str, os.stat_result | None] = field(default_factory=dict)
    """Regular files by path; None for files that were known already and were not stat'ed again."""
    directories: dict[str, int] = field(default_factory=dict)
    """Inodes by path."""
    links: list[Link] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Path and reason of each entry that cannot be read."""
    has_failed: bool = False
    """Whether an entry could not be looked at, or had vanished: the next listing may show it."""
    has_vanished: bool = False
    """Whether an entry that is no link had vanished: it was removed just now, or the file system errs."""
    environment: bool = False
    """It is a Python environment, which holds no logs of runs."""
    cost: int = 1
    """How many system calls the listing took, approximately."""


def is_ignored(path: str) -> bool:
    """Return whether no logs are looked for in the directory *path*: caches, settings, parts of a W&B run.

    >>> is_ignored("/runs/.git"), is_ignored("/runs/wandb/run-2024_1-abc/files"), is_ignored("/runs/files")
    (True, True, False)
    """
    parent, name = os.path.split(path)
    if name in _NO_LOGS or path in _VIRTUAL_FILE_SYSTEMS:
        return True
    return name in {"files", "logs", "tmp"} and fnmatch.fnmatch(parent, "*wandb/*run-*")


def classify_link(real: str, roots: Sequence[str]) -> LinkTarget:
    """Return where a link to the path *real* leads; *real* and *roots* are absolute paths without links.

    >>> classify_link("/data/runs/v1", ["/data/runs"]).name, classify_link("/data", ["/data/runs"]).name
    ('BELOW', 'ABOVE')
    """
    for root in roots:
        if real == root:
            return LinkTarget.BELOW
        if _is_below(root, real):
            return LinkTarget.ABOVE
    containing = [root for root in roots if _is_below(real, root)]
    if containing:
        return LinkTarget.HIDDEN if all(_is_in_ignored(real, root) for root in containing) else LinkTarget.BELOW
    is_virtual = any(real == path or _is_below(real, path) for path in _NEVER_FOLLOWED)
    return LinkTarget.VIRTUAL if is_virtual else LinkTarget.OUTSIDE


def _is_below(path: str, directory: str) -> bool:
    return path.startswith(directory.rstrip(os.sep) + os.sep)


def _is_in_ignored(path: str, root: str) -> bool:
    """Return whether *path* is in an ignored directory below *root*, or is one."""
    while len(path) > len(root):
        if is_ignored(path):
            return True
        path = os.path.dirname(path)
    return False


def list_directory(path: str, known: Collection[str] = (), max_entries: int = MAX_ENTRIES) -> DirectoryListing:
    """List the directory *path* without a stat of the files in *known*. Raises OSError if it cannot be read."""
    with os.scandir(path) as scan:
        entries = sorted(islice(scan, max_entries + 1), key=lambda entry: entry.name)
    listing = DirectoryListing(environment=any(entry.name in _ENVIRONMENT_MARKERS for entry in entries))
    if len(entries) > max_entries:
        listing.refused.append((path, f"holds more than {max_entries} entries; the others are ignored"))
    for entry in entries[:max_entries]:
        _add_entry(entry, listing, known)
    return listing


def _add_entry(entry: os.DirEntry[str], listing: DirectoryListing, known: Collection[str]) -> None:
    """Add one entry to the listing, unless it has vanished since the directory was read or is a broken link."""
    try:
        _classify_entry(entry, listing, known)
    except FileNotFoundError:
        listing.has_failed = True
        listing.has_vanished |= not entry.is_symlink()
    except OSError as error:
        listing.has_failed = True
        listing.refused.append((entry.path, describe_os_error(error)))


def _classify_entry(entry: os.DirEntry[str], listing: DirectoryListing, known: Collection[str]) -> None:
    if entry.is_symlink():
        _add_link(entry.path, listing)
    elif entry.is_dir(follow_symlinks=False):
        if entry.name in _UNREAD_STORES:
            listing.refused.append((entry.path, _UNREAD_STORES[entry.name]))
        elif not is_ignored(entry.path):
            listing.directories[entry.path] = entry.inode()
    elif not entry.is_file(follow_symlinks=False):
        listing.refused.append((entry.path, NOT_REGULAR))
    elif entry.path in known:
        listing.files[entry.path] = None
    else:
        listing.cost += 1
        listing.files[entry.path] = entry.stat(follow_symlinks=False)


def _add_link(path: str, listing: DirectoryListing) -> None:
    listing.cost += _LINK_COST
    status = os.stat(path)
    is_directory = stat.S_ISDIR(status.st_mode)
    if is_directory and is_ignored(path):
        return
    if is_directory or stat.S_ISREG(status.st_mode):
        listing.links.append(Link(path, os.path.realpath(path), status))
    else:
        listing.refused.append((path, NOT_REGULAR))
