"""What one directory holds, read once, with everything left out in which no log is looked for."""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice

from lossmon.sources.files import describe_os_error

MOST_ENTRIES = 20_000
"""Entries of one directory that are looked at; a folder of images must not hold up the logs."""

_NO_LOGS = frozenset({"__pycache__", "node_modules", "site-packages", "lost+found"})
_NOT_ON_DISK = frozenset({"/proc", "/sys", "/dev", "/run"})
_ENVIRONMENT = frozenset({"pyvenv.cfg", "conda-meta"})


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link, resolved."""

    path: str
    real: str
    status: os.stat_result
    """Of what it leads to: a directory or a regular file."""


class LinkTarget(Enum):
    """Where a link leads, seen from the watched paths."""

    BELOW = "below a watched path, where it is found under its own name"
    ABOVE = "to a directory that holds a watched path"
    OUTSIDE = "outside"


@dataclass(slots=True)
class DirectoryListing:
    """What one reading of a directory found."""

    files: dict[str, os.stat_result | None] = field(default_factory=dict)
    """Regular files by path; None for those that were known, whose state their readers know better."""
    directories: dict[str, int] = field(default_factory=dict)
    """Inode by path, as far as the directory says."""
    links: list[Link] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Path and reason of what is here but cannot be read."""
    environment: bool = False
    """This is a Python environment: whatever it holds, no run wrote it."""
    cost: int = 1
    """Calls to the file system that it took."""


def ignored(path: str) -> bool:
    """Say whether no log is looked for in the directory *path*: hidden ones, caches, what W&B keeps beside one."""
    parent, name = os.path.split(path)
    if name.startswith(".") or name in _NO_LOGS or path in _NOT_ON_DISK:
        return True
    return name in {"files", "logs", "tmp"} and fnmatch.fnmatch(parent, "*wandb/*run-*")


def follow_link(real: str, roots: Sequence[str]) -> LinkTarget:
    """Say where a link to the path *real* leads; *roots* are real paths too, all without links in them."""
    for root in roots:
        if real == root:
            return LinkTarget.BELOW
        if _is_below(root, real):
            return LinkTarget.ABOVE
    inside = [root for root in roots if _is_below(real, root)]
    return LinkTarget.BELOW if any(not _is_left_out(real, root) for root in inside) else LinkTarget.OUTSIDE


def _is_below(path: str, directory: str) -> bool:
    return path.startswith(directory.rstrip(os.sep) + os.sep)


def _is_left_out(path: str, root: str) -> bool:
    while len(path) > len(root):
        if ignored(path):
            return True
        path = os.path.dirname(path)
    return False


def list_directory(path: str, known: Collection[str] = ()) -> DirectoryListing:
    """Read the directory *path*, stating no file that is *known*; raise OSError where it cannot be read."""
    with os.scandir(path) as scan:
        entries = sorted(islice(scan, MOST_ENTRIES + 1), key=lambda entry: entry.name)
    listing = DirectoryListing(environment=any(entry.name in _ENVIRONMENT for entry in entries))
    if len(entries) > MOST_ENTRIES:
        listing.refused.append((path, f"holds more than {MOST_ENTRIES} entries; only so many are looked at"))
    for entry in entries[:MOST_ENTRIES]:
        _take(entry, listing, known)
    return listing


def _take(entry: os.DirEntry[str], listing: DirectoryListing, known: Collection[str]) -> None:
    """Sort one entry in; one that vanished since the directory was read, or leads nowhere, is nothing."""
    try:
        _classify(entry, listing, known)
    except FileNotFoundError:
        pass
    except OSError as error:
        listing.refused.append((entry.path, describe_os_error(error)))


def _classify(entry: os.DirEntry[str], listing: DirectoryListing, known: Collection[str]) -> None:
    if entry.is_symlink():
        _resolve(entry.path, listing)
    elif entry.is_dir(follow_symlinks=False):
        if not ignored(entry.path):
            listing.directories[entry.path] = entry.inode()
    elif not entry.is_file(follow_symlinks=False):
        listing.refused.append((entry.path, "not a regular file"))
    elif entry.path in known:
        listing.files[entry.path] = None
    else:
        listing.cost += 1
        listing.files[entry.path] = entry.stat(follow_symlinks=False)


def _resolve(path: str, listing: DirectoryListing) -> None:
    listing.cost += 8
    status = os.stat(path)
    if stat.S_ISDIR(status.st_mode) and ignored(path):
        return
    if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode):
        listing.links.append(Link(path, os.path.realpath(path), status))
    else:
        listing.refused.append((path, "not a regular file"))
