"""Finds the files below the watched paths, a little at a time, and looks again at a steady, low cost."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import chain

from lossmon.discovery.changes import Changes, FileEntry
from lossmon.discovery.schedule import RoundRobin
from lossmon.discovery.tree import Directory, Tree

BUDGET = 1000
"""Calls to the file system in one tick, more or less."""

KEEP_HOT = 300.0
"""Seconds for which a directory that changed is looked at often."""

_PACES = {"root": (1.0, 10.0), "hot": (1.0, 20.0), "inner": (2.5, 20.0), "leaf": (60.0, 30.0)}
"""Seconds of a round and most looks a second. A new run appears beside other runs, so directories that hold
directories come before those that hold only files."""


class Scanner:
    """Keeps the list of regular files below *roots*, each of which may be a directory, a file, or not there yet.

    Links to directories are followed where they lead out of the roots, though never to a directory that holds a
    root; what can be reached twice is listed once, under its own name rather than that of a link.
    """

    def __init__(self, roots: Sequence[str], *, budget: int = BUDGET) -> None:
        self._tree = Tree(roots)
        self._budget = budget
        self._rounds = {tier: RoundRobin[str](*pace) for tier, pace in _PACES.items()}

    @property
    def files(self) -> list[FileEntry]:
        """All files, in the order of their paths."""
        return [self._tree.files[path] for path in sorted(self._tree.files)]

    @property
    def skipped(self) -> list[tuple[str, str]]:
        """Path and reason of everything that could not be read, in the order of the paths."""
        return sorted(chain.from_iterable(directory.refused for directory in self._tree.directories.values()))

    @property
    def missing(self) -> list[str]:
        """Watched paths that do not exist; they are waited for."""
        return [root for root in self._tree.roots if self._tree.directories[root].missing]

    @property
    def complete(self) -> bool:
        """False as long as the first scan, or a large change, is still being read."""
        return not self._tree.pending

    def tick(self, now: float) -> Changes:
        """Look at what is due at *now*, in seconds of a monotonic clock, and no longer than the budget allows."""
        for rounds in self._rounds.values():
            for path in rounds.due(now):
                self._recall(path, rounds)
        cost = 0
        while self._tree.pending and cost < self._budget:
            path, _ = self._tree.pending.popitem(last=False)
            cost += self._tree.visit(path, now)
            self._pace(path, now)
        self._tree.scanned = self._tree.scanned or self.complete
        return self._tree.take()

    def hint(self, path: str) -> None:
        """Look at the directory *path*, or at the nearest one above it that is followed, in the next tick."""
        while path not in self._tree.directories:
            above = os.path.dirname(path)
            if above == path:
                return
            path = above
        self._tree.pending[path] = None
        self._tree.pending.move_to_end(path, last=False)

    def _recall(self, path: str, rounds: RoundRobin[str]) -> None:
        if path in self._tree.directories:
            self._tree.pending.setdefault(path)
        else:
            rounds.discard(path)

    def _pace(self, path: str, now: float) -> None:
        directory = self._tree.directories.get(path)
        tier = None if directory is None else _tier(path, directory, now)
        for name, rounds in self._rounds.items():
            if name == tier:
                rounds.add(path)
            else:
                rounds.discard(path)


class KnownFiles:
    """Files that were found before, as a discovery that has nothing more to do."""

    complete = True
    skipped: Sequence[tuple[str, str]] = ()

    def __init__(self, files: Sequence[FileEntry]) -> None:
        self._files = tuple(files)

    def tick(self, now: float) -> Changes:
        """Return the files the first time, whatever the time is *now*, and nothing after it."""
        del now
        files, self._files = self._files, ()
        return Changes(files)

    def hint(self, path: str) -> None:
        """Look nowhere else."""


def _tier(path: str, directory: Directory, now: float) -> str:
    if path == directory.root:
        return "root"
    if directory.changed is not None and now - directory.changed < KEEP_HOT:
        return "hot"
    return "inner" if directory.children else "leaf"
