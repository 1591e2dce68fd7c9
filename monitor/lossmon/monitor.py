"""The one loop that ties it together: files are found, followed, decoded and judged; out comes a snapshot."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lossmon.core.snapshot import RunSnapshot, SkippedFile, Snapshot
from lossmon.core.text import Name
from lossmon.discovery import ChangeNotifier, Debounce, FileEntry, KnownFiles, PollSchedule, Scanner
from lossmon.runs.catalog import Catalog
from lossmon.runs.deduplication import Deduplicator
from lossmon.runs.log_file import LogFile
from lossmon.runs.run import Run, TagOverride
from lossmon.sources.protocol import Adapter

_SLICE = 4 << 20
"""Bytes read of one log at a time: the decoders are fastest with about so many."""
_ROUND_SECONDS = 0.05
"""How long one round of reading, and one of judging, may take before the screen is told what was found."""
_ROUND_PER_RUN = 1e-4
"""So many seconds longer for each run: to tell of many takes long itself."""
_STATUS_SECONDS = 15.0
"""How often it is asked whether a run that does not write has fallen silent."""
_HANGS_SECONDS = 0.3
_UNDECIDED_RATE = 10.0
"""Looks a second at files that may become logs: there can be thousands, and logs must not wait for them."""
_PACE = 0.25
"""Seconds between two questions which files are due; what is due, and how often, the pacer knows."""


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """How to watch."""

    override: TagOverride = field(default_factory=TagOverride)
    poll: float | None = None
    """Seconds between looks, without inotify; None leaves both to lossmon."""
    once: bool = False
    """Whether one look is all that is wanted, so that nothing need be watched for changes."""
    found: Sequence[FileEntry] | None = None
    """The files below the paths that are to be looked at, if not all."""


class Monitor:
    """Watches the logs below some paths and returns a new snapshot whenever anything has changed."""

    def __init__(
        self,
        roots: Sequence[str],
        adapters: Sequence[Adapter],
        settings: MonitorSettings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings or MonitorSettings()
        self._clock, self._wall_clock = clock, wall_clock
        found = self._settings.found
        self._discovery = Scanner(roots) if found is None else KnownFiles(found)
        polling = self._settings.once or self._settings.poll is not None
        self._waker = ChangeNotifier(polling=polling, gather=Debounce.least)
        self._gathering = Debounce()
        self._pacer: PollSchedule[str] = PollSchedule(hot=self._settings.poll or 1.0)
        self._undecided: PollSchedule[str] = PollSchedule(hot=self._settings.poll or 1.0, rate=_UNDECIDED_RATE)
        self._catalog = Catalog(adapters, self._settings.override, clock, several_roots=len(roots) > 1)
        self._duplicates = Deduplicator([adapter.name for adapter in adapters], clock)
        self._originals: dict[Name, RunSnapshot] = {}
        """For each run that is left out, the one it is a duplicate of."""
        self._backlog: dict[str, None] = {}
        self._woken: set[str] = set()
        self._preferred: Name | None = None
        self._last: Snapshot | None = None
        self._look_again = 0.0
        self._unjudged = False
        self._busy = threading.Lock()
        self._closing = False
        self._pace = min(_PACE, self._settings.poll or _PACE)

    def close(self) -> None:
        """Let go of the watches, from any thread; a ``wait_for_snapshot`` that waits returns None."""
        if self._closing:
            return
        self._closing = True
        self._waker.wake()
        # A reader that hangs on a dead file system never comes back; what it holds goes when the program ends.
        if self._busy.acquire(timeout=_HANGS_SECONDS):
            self._waker.close()
            self._busy.release()

    def prefer(self, name: Name) -> None:
        """Read the run called *name* before the others."""
        self._preferred = name

    def logs_of(self, name: Name) -> list[str]:
        """Return the paths of the logs of a run of the last snapshot, and of its duplicates."""
        same = {name, *(other for other, original in self._originals.items() if original.name == name)}
        return sorted(path for one in same for path in self._catalog.paths_of(one))

    @property
    def complete(self) -> bool:
        """Whether everything that is on disk was read and judged."""
        return self._discovery.complete and not self._backlog and not self._unjudged

    def wait_for_snapshot(self, timeout: float) -> Snapshot | None:
        """Return a new snapshot as soon as anything has changed, None after *timeout* seconds in which nothing did."""
        with self._busy:
            return self._next(self._clock() + timeout)

    def _next(self, until: float) -> Snapshot | None:
        while not self._closing:
            began = self._clock()
            changed = self._step(live=True)
            if changed or self._unjudged or self._clock() >= self._look_again:
                self._look_again = self._clock() + _STATUS_SECONDS
                self._judge(_round(self._catalog))
                snapshot = self._snapshot()
                self._waker.gather = self._gathering.after(self._clock() - began)
                if snapshot != self._last:
                    self._last = snapshot
                    return snapshot
            left = until - self._clock()
            if left <= 0:
                return None
            busy = self._backlog or self._unjudged
            self._woken |= self._waker.wait(0.0 if busy else min(left, self._pace))
        return None

    def read_all(self, progress: Callable[[float], None] | None = None) -> Snapshot:
        """Read everything there is once, and return what is known then; *progress* is told the share, 0 to 1."""
        while True:
            self._step(live=False)
            if self._discovery.complete and not self._backlog:
                self._judge(float("inf"))
                return self._snapshot()
            if progress:
                progress(self._catalog.share_read or 0.0)

    def _step(self, *, live: bool) -> bool:
        """Do a bounded amount of work, and say whether anything changed.

        Where somebody watches *live*, a preview of each large file comes first.
        """
        now = self._clock()
        changes = self._discovery.tick(now)
        for directory in changes.directories:
            self._waker.watch(directory)
        for directory in changes.left:
            self._waker.forget(directory)
        for path in changes.gone:
            self._catalog.forget(path)
            self._undecided.discard(path)
        for found in changes.files:
            self._admit(found, now)
        changed = self._read(self._due(now), now, live=live)
        if changed or changes.files:
            self._catalog.regroup()
            self._catalog.share_out()
        return bool(changed or changes.files or changes.gone)

    def _admit(self, found: FileEntry, now: float) -> None:
        age = max(0.0, self._wall_clock() - found.modified)
        if self._catalog.admit(found):
            self._backlog[found.path] = None
            self._pacer.add(found.path, now, age)
        elif self._catalog.is_undecided(found.path):
            self._undecided.add(found.path, now, age)

    def _log(self, path: str) -> LogFile | None:
        """Return the log at *path*, which may have become one only now."""
        log = self._catalog.logs.get(path)
        if log is None and (log := self._catalog.ask_again(path)):
            self._undecided.discard(path)
        return log

    def _due(self, now: float) -> list[str]:
        """Return the files to look at now: the preferred run's first, what was not seen yet, then the newest."""
        # A write to a log that is followed says nothing of its directory; one that goes says so when it is read.
        for path in self._woken - self._catalog.logs.keys():
            self._discovery.hint(path)
        paced = [*self._pacer.due(now), *self._undecided.due(now)]
        due = {**self._backlog, **dict.fromkeys(self._woken), **dict.fromkeys(paced)}
        self._woken.clear()
        first = self._catalog.paths_of(self._preferred)
        return sorted(due, key=lambda path: (path in first, *_rank(path, self._catalog)), reverse=True)

    def _read(self, paths: Iterable[str], now: float, *, live: bool) -> bool:
        changed, began = False, self._clock()
        turns = deque(paths)
        while turns:
            path = turns.popleft()
            if self._clock() - began > _round(self._catalog):
                self._backlog.setdefault(path)
                continue
            self._backlog.pop(path, None)
            log = self._log(path)
            if log is None:
                continue
            changed |= self._read_one(log, now, live=live)
            if log.more and log.offset:
                turns.append(path)
        return changed

    def _read_one(self, log: LogFile, now: float, *, live: bool) -> bool:
        before = log.version
        if live and not log.version and log.sample(self._catalog.size(log.path)):
            self._backlog[log.path] = None
            return True
        done = log.read(_SLICE)
        if log.more:
            self._backlog[log.path] = None
        if not done and log.version == before:
            return False
        self._pacer.touch(log.path, now)
        if log.gone:
            self._discovery.hint(log.path)
        return True

    def _snapshot(self) -> Snapshot:
        now = self._wall_clock()
        views = [view for run in self._catalog.runs.values() if (view := run.view(now)) is not None]
        self._originals = self._duplicates.among(views, certain=self.complete)
        for run in self._catalog.runs.values():
            run.plan(self._duplicates.planned.get(run.name))
        kept = sorted((view for view in views if view.name not in self._originals), key=lambda view: view.name.text)
        skipped = tuple(_skipped(self._discovery.skipped, self._catalog, self._originals))
        return Snapshot(tuple(kept), skipped, self._catalog.share_read, self._waker.how, taken=now)

    def _judge(self, patience: float) -> None:
        """Look anew at the runs that changed, for at most about *patience* seconds; the others must wait."""
        until = self._clock() + patience
        self._unjudged = False
        for run in _stale(self._catalog.runs.values(), self._preferred):
            if self._clock() > until:
                self._unjudged = True
                break
            run.look()


def _rank(path: str, catalog: Catalog) -> tuple[bool, float]:
    """Return how soon a file is to be read, the highest first: blank and live ones, then the newest."""
    log = catalog.logs.get(path)
    # The rest of a large log must not keep a live one, or one that is still blank, waiting.
    return not (log and log.version and log.more), catalog.modified(path)


def _stale(runs: Iterable[Run], first: Name | None) -> list[Run]:
    """Return the runs whose logs have changed, the one called *first* and the newest first."""
    changed = [run for run in runs if run.stale]
    return sorted(changed, key=lambda run: (run.name == first, max(log.modified for log in run.logs)), reverse=True)


def _skipped(
    unfit: Iterable[tuple[str, str]], catalog: Catalog, originals: Mapping[Name, RunSnapshot]
) -> list[SkippedFile]:
    """Return all files that are not read: those *unfit*, with reasons, what is no log, and logs of duplicates."""
    duplicates = [
        SkippedFile(Name.of(log.path), f"the same training as {original.name} ({original.format})")
        for run in (catalog.runs.values() if originals else ())
        if (original := originals.get(run.name))
        for log in run.logs
    ]
    unread = [SkippedFile(Name.of(path), reason) for path, reason in unfit]
    return sorted([*catalog.skipped, *unread, *duplicates], key=lambda one: one.path.text)


def _round(catalog: Catalog) -> float:
    """Return how long a round may take, in seconds."""
    return _ROUND_SECONDS + _ROUND_PER_RUN * len(catalog.runs)
