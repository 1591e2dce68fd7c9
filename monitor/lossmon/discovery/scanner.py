"""Find the files below the watched paths, in bounded steps, and look for changes at a constant low cost."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from lossmon.discovery.directory import Changes, FileEntry
from lossmon.discovery.followed import Directory
from lossmon.discovery.schedule import COLD_PERIOD, HOT_PERIOD, HOT_SECONDS, RoundRobin
from lossmon.discovery.tree import MAX_DIRECTORIES, Tree
from lossmon.sources.files import MAX_ENTRIES, names_in_directory


@dataclass(frozen=True, slots=True)
class PollRate:
    """How often the directories of one kind are looked at."""

    period: float
    """Seconds between two looks at the same directory."""
    rate: float
    """Looks per second at all directories of the kind; if there are too many for it, the period becomes longer."""


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """What a scan may cost.

    A new run usually appears beside other runs. So directories that hold directories are looked at more often than
    those that hold only files.
    """

    calls_per_tick: int = 1000
    """System calls in one tick, approximately."""
    max_directories: int = MAX_DIRECTORIES
    max_entries: int = MAX_ENTRIES
    hot_seconds: float = HOT_SECONDS
    """How long a directory counts as hot after a change."""
    roots: PollRate = PollRate(HOT_PERIOD, 10.0)
    """For the watched paths."""
    hot: PollRate = PollRate(HOT_PERIOD, 20.0)
    """For directories that changed lately."""
    inner: PollRate = PollRate(2.5, 20.0)
    """For other directories that hold directories."""
    leaves: PollRate = PollRate(COLD_PERIOD, 30.0)
    """For other directories that hold only files."""


DEFAULT_LIMITS = ScanLimits()


class Scanner:
    """Keeps the list of regular files below *roots*: directories, files, or paths that do not exist yet.

    A file that can be reached in two ways is listed once, under its own name and not that of a link. With *follow*,
    links that lead out of the roots are followed, except to a directory that holds a root and into ``/proc``, ``/sys``
    and ``/dev``.
    """

    def __init__(self, roots: Sequence[str], *, follow: bool = False, limits: ScanLimits = DEFAULT_LIMITS) -> None:
        self._tree = Tree(roots, follow=follow, max_directories=limits.max_directories, max_entries=limits.max_entries)
        self._limits = limits
        self._roots = _rounds(limits.roots)
        self._hot = _rounds(limits.hot)
        self._inner = _rounds(limits.inner)
        self._leaves = _rounds(limits.leaves)
        self._rounds = (self._roots, self._hot, self._inner, self._leaves)
        self._now = 0.0
        """When the last tick was."""

    @property
    def files(self) -> list[FileEntry]:
        """All files, sorted by path."""
        return [self._tree.files[path] for path in sorted(self._tree.files)]

    @property
    def skipped(self) -> list[tuple[str, str]]:
        """Path and reason of everything that could not be read, sorted by path."""
        return sorted(chain.from_iterable(directory.refused for directory in self._tree.directories.values()))

    @property
    def missing(self) -> list[str]:
        """Watched paths that do not exist; they are found when they appear."""
        return [root for root in self._tree.roots if self._tree.directories[root].missing]

    @property
    def complete(self) -> bool:
        """False while the first scan, or a large change, is still being read."""
        return not self._tree.pending

    def root_of(self, directory: str) -> str | None:
        """Return the watched path that a followed *directory* is in; None if it is not followed."""
        followed = self._tree.directories.get(directory)
        return followed.root if followed else None

    def names_in(self, directory: str) -> list[str]:
        """Return the names in *directory*, sorted, as they were last seen; without those that are never read."""
        followed = self._tree.directories.get(directory)
        if followed is None or followed.identity is None:
            return names_in_directory(directory)
        return sorted(os.path.basename(path) for path in (*followed.files, *followed.children))

    def tick(self, now: float) -> Changes:
        """Look at the directories that are due at *now* (monotonic seconds), within the limits; return what changed."""
        self._now = now
        for rounds in self._rounds:
            for path in rounds.due(now):
                self._queue(path, rounds)
        cost = 0
        while self._tree.pending and cost < self._limits.calls_per_tick:
            path = self._tree.pending.pop()
            cost += self._tree.visit(path, now)
            self._reschedule(path, now)
        self._tree.scanned = self._tree.scanned or self.complete
        return self._tree.take_changes()

    def hint(self, path: str) -> None:
        """Look in the next tick at the directory *path*, or where *path* should be, with a listing if it is unknown."""
        self._tree.expect(path, self._now)

    def _queue(self, path: str, rounds: RoundRobin[str]) -> None:
        if path in self._tree.directories:
            self._tree.pending.add(path)
        else:
            rounds.discard(path)

    def _reschedule(self, path: str, now: float) -> None:
        directory = self._tree.directories.get(path)
        chosen = None if directory is None else self._rounds_for(path, directory, now)
        for rounds in self._rounds:
            if rounds is chosen:
                rounds.add(path)
            else:
                rounds.discard(path)

    def _rounds_for(self, path: str, directory: Directory, now: float) -> RoundRobin[str]:
        if path == directory.root:
            return self._roots
        if directory.changed is not None and now - directory.changed < self._limits.hot_seconds:
            return self._hot
        return self._inner if directory.children else self._leaves


class KnownFiles:
    """Files that were found before, with the methods of a ``Scanner`` that finds nothing more."""

    complete = True
    skipped: Sequence[tuple[str, str]] = ()

    def __init__(self, files: Sequence[FileEntry]) -> None:
        self._files = tuple(files)
        self._names: dict[str, set[str]] = {}
        self._roots: dict[str, str] = {}
        for file in files:
            self._add_directories(file)

    def root_of(self, directory: str) -> str | None:
        """Return the watched path that *directory* is in; None if it holds none of the files."""
        return self._roots.get(directory)

    def names_in(self, directory: str) -> list[str]:
        """Return the names in *directory* that lead to one of the files, sorted."""
        return sorted(self._names.get(directory, ()))

    def tick(self, now: float) -> Changes:
        """Return the files and their directories the first time, and no changes afterwards."""
        del now
        files, self._files = self._files, ()
        return Changes(files, directories=tuple(sorted(self._roots)) if files else ())

    def _add_directories(self, file: FileEntry) -> None:
        """Record the directories of *file*, up to its root."""
        path = file.path
        while path != file.root and (parent := os.path.dirname(path) or os.curdir) != path:
            self._names.setdefault(parent, set()).add(os.path.basename(path))
            self._roots[parent] = file.root
            path = parent

    def hint(self, path: str) -> None:
        """Do nothing."""


def _rounds(rate: PollRate) -> RoundRobin[str]:
    return RoundRobin(rate.period, rate.rate)
