"""The one loop that ties it together: files are found, followed, decoded and judged; out comes a snapshot."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from lossmon.adapter import Adapter
from lossmon.catalog import Catalog
from lossmon.log import Log
from lossmon.mirror import mirrors
from lossmon.run import Override
from lossmon.snapshot import RunView, Skipped, Snapshot
from lossmon.text import Name
from lossmon.watch import Discovery, Found, Pacer, Waker

_SLICE = 4 << 20
"""Bytes read of one log at a time: the decoders are fastest with about so many."""
_ROUND_SECONDS = 0.05
"""How long one round of reading may take before the screen is told what was found."""
_STATUS_SECONDS = 2.0
"""How often it is asked whether a run that does not write has fallen silent."""
_HANGS_SECONDS = 0.3
_REPEAT_SECONDS = 5.0
_NOTEWORTHY = 1 << 20
"""Bytes still to be read that are worth a word; less is read before the word could be."""
_PACE = 0.25
"""Seconds between two questions which files are due; what is due, and how often, the pacer knows."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to watch."""

    override: Override = field(default_factory=Override)
    poll: float | None = None
    """Seconds between looks, without inotify; None leaves both to lossmon."""


class Feed:
    """Watches the logs below some paths; ``next`` returns what is known of them whenever that has changed."""

    def __init__(
        self,
        roots: Sequence[str],
        adapters: Sequence[Adapter],
        settings: Settings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings or Settings()
        self._clock, self._wall_clock = clock, wall_clock
        self._discovery = Discovery(roots)
        self._waker = Waker(polling=self._settings.poll is not None)
        self._pacer: Pacer[str] = Pacer(hot=self._settings.poll or 1.0)
        self._catalog = Catalog(adapters, self._settings.override, clock, several_roots=len(roots) > 1)
        self._precedence = {adapter.name: rank for rank, adapter in enumerate(adapters)}
        self._backlog: dict[str, None] = {}
        self._woken: set[str] = set()
        self._preferred = ""
        self._last: Snapshot | None = None
        self._look_again = 0.0
        self._repeats: dict[Name, str] = {}
        self._searched = ((0, False), 0.0)
        self._busy = threading.Lock()
        self._closing = False
        self._pace = min(_PACE, self._settings.poll or _PACE)

    def close(self) -> None:
        """Let go of the watches, from any thread; a ``next`` that waits returns None."""
        self._closing = True
        self._waker.wake()
        # A reader that hangs on a dead file system never comes back; what it holds goes when the program ends.
        if self._busy.acquire(timeout=_HANGS_SECONDS):
            self._waker.close()

    def wake(self) -> None:
        """End a ``next`` that waits, from any thread."""
        self._waker.wake()

    def prefer(self, name: Name) -> None:
        """Read the run called *name* before the others."""
        self._preferred = name.text

    @property
    def missing(self) -> list[str]:
        """The paths that do not exist."""
        return self._discovery.missing

    @property
    def complete(self) -> bool:
        """Whether everything that is on disk was read."""
        return self._discovery.complete and not self._backlog

    def next(self, timeout: float) -> Snapshot | None:
        """Return a new snapshot as soon as anything has changed, None after *timeout* seconds in which nothing did."""
        with self._busy:
            return self._next(self._clock() + timeout)

    def _next(self, until: float) -> Snapshot | None:
        while not self._closing:
            changed = self._step(preview=True)
            if changed or self._clock() >= self._look_again:
                self._look_again = self._clock() + _STATUS_SECONDS
                snapshot = self._snapshot()
                if snapshot != self._last:
                    self._last = snapshot
                    return snapshot
            left = until - self._clock()
            if left <= 0:
                return None
            self._woken |= self._waker.wait(0.0 if self._backlog else min(left, self._pace))
        return None

    def read_all(self, progress: Callable[[float], None] | None = None) -> Snapshot:
        """Read everything there is once, and return what is known then; *progress* is told the share, 0 to 1."""
        while True:
            self._step(preview=False)
            if self.complete:
                return self._snapshot()
            if progress:
                progress(self._share_read() or 0.0)

    def _step(self, *, preview: bool) -> bool:
        """Do a bounded amount of work, and say whether anything changed; a *preview* of large files comes first."""
        now = self._clock()
        changes = self._discovery.tick(now)
        for directory in changes.directories:
            self._waker.watch(directory)
        for directory in changes.left:
            self._waker.forget(directory)
        for found in changes.files:
            self._admit(found, now)
        changed = self._read(self._due(now), now, preview=preview)
        if changed or changes.files:
            self._catalog.regroup()
            self._catalog.share_out()
        return bool(changed or changes.files or changes.gone)

    def _admit(self, found: Found, now: float) -> None:
        if self._catalog.admit(found):
            self._backlog[found.path] = None
        self._pacer.add(found.path, now, max(0.0, self._wall_clock() - found.modified))

    def _due(self, now: float) -> list[str]:
        """Return the files to look at now: the preferred run's first, what was not seen yet, then the newest."""
        for path in self._woken:
            self._discovery.hint(path)
        due = {**self._backlog, **dict.fromkeys(self._woken), **dict.fromkeys(self._pacer.due(now))}
        self._woken.clear()
        first = self._catalog.paths_of(self._preferred)

        def rank(path: str) -> tuple[bool, bool, float]:
            log = self._catalog.logs.get(path)
            # The rest of a large log must not keep a live one, or one that is still blank, waiting.
            return path in first, not (log and log.version and log.more), self._catalog.modified(path)

        return sorted(due, key=rank, reverse=True)

    def _read(self, paths: Iterable[str], now: float, *, preview: bool) -> bool:
        changed = False
        for path in paths:
            if self._clock() - now > _ROUND_SECONDS:
                self._backlog.setdefault(path)
                continue
            self._backlog.pop(path, None)
            log = self._catalog.logs.get(path) or self._catalog.ask_again(path)
            changed |= log is not None and self._read_one(log, now, preview=preview)
        return changed

    def _read_one(self, log: Log, now: float, *, preview: bool) -> bool:
        before = log.version
        if preview and not log.version and log.sample(self._catalog.size(log.path)):
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
        views = [run.view(now) for run in self._catalog.runs.values()]
        kept, repeated = self._without_mirrors(sorted(views, key=lambda view: view.name.text))
        unread = [Skipped(Name.of(path), reason) for path, reason in self._discovery.skipped]
        skipped = sorted([*self._catalog.skipped, *unread, *repeated], key=lambda one: one.path.text)
        return Snapshot(tuple(kept), tuple(skipped), self._share_read(), self._waker.how, taken=now)

    def _without_mirrors(self, views: Sequence[RunView]) -> tuple[list[RunView], list[Skipped]]:
        self._find_repeats(views)
        paths = {run.name: [log.path for log in run.logs] for run in self._catalog.runs.values()}
        repeated = [
            Skipped(Name.of(path), reason) for name, reason in self._repeats.items() for path in paths.get(name, ())
        ]
        return [view for view in views if view.name not in self._repeats], repeated

    def _find_repeats(self, views: Sequence[RunView]) -> None:
        """Look for runs logged twice, not at every snapshot: it takes long to tell and hardly ever changes."""
        now = self._clock()
        extent = (len(views), self.complete)
        if extent != self._searched[0] or now - self._searched[1] > _REPEAT_SECONDS:
            self._searched = extent, now
            self._repeats = {
                view.name: f"the same training as {original.name} ({original.format})"
                for view, original in mirrors(views, self._precedence).items()
            }

    def _share_read(self) -> float | None:
        logs = self._catalog.logs.values()
        total = sum(log.size or self._catalog.size(log.path) for log in logs)
        left = total - sum(log.offset for log in logs)
        return 1 - left / total if left > _NOTEWORTHY else None
