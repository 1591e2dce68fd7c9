"""A directory that is followed: what it holds, and when it is listed again."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeAlias

from lossmon.sources.files import TIMESTAMP_RESOLUTION

LISTING_SECONDS = 600.0
"""Longest time until a directory is listed again that has not changed: file systems over a network may show a new file
long after the new time of its directory."""
_HINT_SECONDS = 1.0
"""Shortest time between two listings of a directory because it seems to hold something that they do not show."""

Identity: TypeAlias = "tuple[int, int]"
"""Device and inode."""


@dataclass(slots=True)
class Directory:
    """A followed path: a directory, or a root of any kind."""

    root: str
    changed: float | None
    """When it was last seen to change, to be new or to begin to fail; None if not since the first scan."""
    identity: Identity | None = None
    timestamps: tuple[int, int] | None = None
    """Times of the last change of its content and of its inode, in nanoseconds."""
    unsteady_since: float = 0.0
    """When these timestamps were first seen, or when it last seemed that a listing had not shown everything."""
    list_next: float = -math.inf
    """When to list it again, though it has the same timestamps."""
    files: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)
    """Directories in it."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Path and reason of each entry that is not read."""
    missing: bool = False

    def clear(self) -> None:
        """Forget its content and its identity."""
        self.identity = self.timestamps = None
        self.list_next = -math.inf
        self.files.clear()
        self.children.clear()
        self.refused = []

    def notice(self, timestamps: tuple[int, int], now: float) -> bool:
        """Take its present *timestamps*; return whether they are new."""
        if timestamps == self.timestamps:
            return False
        self.changed = self.changed if self.timestamps is None else now
        self.timestamps, self.unsteady_since = timestamps, now
        return True

    def note_listing(self, now: float, *, is_unsteady: bool, has_failed: bool) -> None:
        """Decide when to list it again: the later, the longer it has been steady; at its next visit if that failed."""
        if is_unsteady:
            self.changed = self.unsteady_since = now
        age = now - self.unsteady_since
        if has_failed or age < TIMESTAMP_RESOLUTION:
            # Until its timestamps are old enough, a change may give it the same ones.
            self.list_next = now
        else:
            self.list_next = now + (LISTING_SECONDS if self.changed is None else min(age, LISTING_SECONDS))

    def list_soon(self, now: float) -> None:
        """List it soon, and then at longer and longer intervals, though it has not changed: it may not show all."""
        self.changed, self.unsteady_since = now, now - TIMESTAMP_RESOLUTION
        self.list_next = min(self.list_next, now + _HINT_SECONDS)
