"""Rounds of reading: find files and read their logs for a limited time, so that what was read is shown meanwhile."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable

from lossmon.core.text import Name
from lossmon.discovery import ChangeNotifier, FileEntry, KnownFiles, PollSchedule, Scanner
from lossmon.monitor_settings import MonitorSettings
from lossmon.runs import Catalog, Log
from lossmon.runs.order import reading_order
from lossmon.sources import STDIN

_RETRIES_PER_SECOND = 10.0
"""Looks at files that may become logs: there can be thousands, and logs must not wait for them."""


class ReadingRounds:
    """Reads the logs of *catalog* and finds new ones, in the order in which a user needs them."""

    def __init__(
        self,
        scanner: Scanner | KnownFiles,
        notifier: ChangeNotifier,
        catalog: Catalog,
        settings: MonitorSettings,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self._scanner = scanner
        self._notifier = notifier
        self._catalog = catalog
        self._settings = settings
        self._clock, self._wall_clock = clock, wall_clock
        self._log_schedule: PollSchedule[str] = PollSchedule(hot=settings.poll_seconds)
        self._retry_schedule: PollSchedule[str] = PollSchedule(hot=settings.poll_seconds, rate=_RETRIES_PER_SECOND)
        self._backlog: dict[str, None] = {}
        """Paths of the logs that have more to read."""
        self.changed_paths: set[str] = set()
        """Paths that the notifier reported."""
        self.preferred: Name | None = None
        """The run whose logs are read before the others."""

    @property
    def has_backlog(self) -> bool:
        """Whether a known log has more to read."""
        return bool(self._backlog)

    @property
    def complete(self) -> bool:
        """Whether everything on disk was found and read."""
        return self._scanner.complete and not self._backlog

    @property
    def seconds(self) -> float:
        """The time that a round may take."""
        limits = self._settings.limits
        return limits.round_seconds + limits.round_seconds_per_run * len(self._catalog.runs)

    def read(self, *, with_previews: bool) -> bool:
        """Look for files and read logs for a limited time; return whether anything has changed.

        A large log that was not read before is sampled first if it may be shown *with_previews*.
        """
        now = self._clock()
        changes = self._scanner.tick(now)
        for directory in changes.directories:
            self._notifier.watch(directory)
            self._add_directory(directory, now)
        for directory in changes.left:
            self._notifier.forget(directory)
        for path in changes.gone:
            self._catalog.forget(path)
            self._retry_schedule.discard(path)
        for entry in changes.files:
            self._add_file(entry, now)
        self._catalog.has_listed |= self._scanner.complete
        if self._settings.pipe and self._catalog.update_pipe(self._settings.pipe):
            self._backlog[STDIN] = None
        was_read = self._read_logs(self._due_paths(now), now, with_previews=with_previews)
        if was_read or changes.files:
            self._catalog.limit_memory()
        return self._catalog.take_news() or bool(was_read or changes.files or changes.gone or changes.refused)

    def _add_file(self, entry: FileEntry, now: float) -> None:
        if self._settings.without and os.path.realpath(entry.path) == self._settings.without:
            return
        log = self._catalog.add_file(entry)
        age = self._catalog.age_of_interest(entry, self._wall_clock())
        if log:
            self._backlog[entry.path] = None
            self._log_schedule.add(entry.path, now, age)
        elif self._catalog.may_become_log(entry.path):
            self._retry_schedule.add(entry.path, now, age)

    def _add_directory(self, path: str, now: float) -> None:
        root = self._scanner.root_of(path)
        if root is not None and path not in self._log_schedule and self._catalog.add_directory(path, root):
            self._backlog[path] = None
            self._log_schedule.add(path, now)

    def _find_log(self, path: str) -> Log | None:
        """Return the log at *path*, which may only now have become one."""
        log = self._catalog.logs.get(path)
        if log is None and (log := self._catalog.retry(path)):
            self._retry_schedule.discard(path)
        return log

    def _due_paths(self, now: float) -> list[str]:
        """Return the files to look at now: those of the preferred run first, then new ones, then by time."""
        # A write to a known log does not change its directory; a log that is deleted is noticed when it is read.
        for path in self.changed_paths - self._catalog.logs.keys():
            self._scanner.hint(path)
        scheduled = [*self._log_schedule.due(now), *self._retry_schedule.due(now)]
        changed = map(self._catalog.log_path, self.changed_paths)
        due = {**self._backlog, **dict.fromkeys(changed), **dict.fromkeys(scheduled)}
        self.changed_paths.clear()
        preferred = self._catalog.paths_of(self.preferred)
        return sorted(due, key=lambda path: (path in preferred, *reading_order(path, self._catalog)), reverse=True)

    def _read_logs(self, paths: Iterable[str], now: float, *, with_previews: bool) -> bool:
        """Read some logs in turn until the time of a round is over; return whether any has changed."""
        has_changed, started = False, self._clock()
        # Runs are grouped later when everything is read once; until then no time is set aside for them.
        must_read, queue = not with_previews, deque(paths)
        while queue:
            path = queue.popleft()
            if not must_read and self._clock() - started > self.seconds:
                self._backlog.setdefault(path)
                continue
            self._backlog.pop(path, None)
            if (log := self._find_log(path)) is None:
                continue
            has_changed |= self._read_log(log, now, with_preview=with_previews)
            must_read = False
            if log.has_more and log.was_polled:
                queue.append(path)
        return has_changed

    def _read_log(self, log: Log, now: float, *, with_preview: bool) -> bool:
        """Read some bytes of a log, or its preview; return whether it has changed."""
        if with_preview and not log.version and log.load_preview():
            self._backlog[log.path] = None
            return True
        has_changed = log.poll()
        if log.has_more:
            self._backlog[log.path] = None
        if not has_changed:
            return False
        self._log_schedule.touch(log.path, now)
        if log.is_gone:
            self._scanner.hint(log.path)
        return True
