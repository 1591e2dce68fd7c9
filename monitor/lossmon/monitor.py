"""The main loop: find files, read and decode them, evaluate the runs, and return snapshots."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from lossmon.core.memory import release_freed_memory
from lossmon.core.snapshot import RunSnapshot, RunStatus, Snapshot
from lossmon.core.text import Name
from lossmon.discovery import ChangeNotifier, Debounce, FileEntry, KnownFiles, PollSchedule, Scanner
from lossmon.monitor_settings import MonitorSettings
from lossmon.runs import Catalog, Deduplicator, Log
from lossmon.runs.hyperparameters import hyperparameters_of_duplicates
from lossmon.runs.order import reading_order, update_stale
from lossmon.runs.parallel import update_all
from lossmon.runs.skipped import empty_runs, skipped_files, was_written_since
from lossmon.sources import STDIN
from lossmon.sources.registry import AnyFormat

__all__ = ["Monitor", "MonitorSettings"]

_POLL_SECONDS = 1.0
"""Seconds between two looks at a file that is written to, unless the user chose another time."""
_TICK_SECONDS = 0.25
"""Longest wait before the schedules are checked for files that are due."""
_STATUS_SECONDS = 15.0
"""Time after which a snapshot is made although nothing was read: a run may have become quiet or stalled."""
_RELEASE_SECONDS = 5.0
"""Seconds after which freed memory is given back to the system: growing curves leave holes behind."""
_SILENT = (RunStatus.QUIET, RunStatus.STALLED, RunStatus.FINISHED)
"""The statuses of runs whose writer has probably ended in the middle of a line."""
_CLOSE_SECONDS = 0.3
"""How long ``close`` waits for a reader that hangs on a dead file system."""
_RETRIES_PER_SECOND = 10.0
"""Looks at files that may become logs: there can be thousands, and logs must not wait for them."""


class Monitor:
    """Follows every log below some paths, and returns a snapshot when something has changed."""

    def __init__(
        self,
        roots: Sequence[str],
        formats: Sequence[AnyFormat],
        settings: MonitorSettings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings = settings or MonitorSettings()
        self._limits = settings.limits
        self._clock, self._wall_clock = clock, wall_clock
        self._scanner = Scanner(roots, follow=settings.follow) if settings.files is None else KnownFiles(settings.files)
        self._notifier = ChangeNotifier(polling=settings.once or settings.poll is not None, gather=Debounce.least)
        self._debounce = Debounce()
        self._poll_seconds = settings.poll or _POLL_SECONDS
        self._log_schedule: PollSchedule[str] = PollSchedule(hot=self._poll_seconds)
        self._retry_schedule: PollSchedule[str] = PollSchedule(hot=self._poll_seconds, rate=_RETRIES_PER_SECOND)
        self._catalog = Catalog(
            formats,
            settings.override,
            clock,
            several_roots=len(roots) + (settings.pipe is not None) > 1,
            names_in=self._scanner.names_in,
            limits=settings.limits,
        )
        self._deduplicator = Deduplicator(self._catalog.registry.formats, clock)
        self._originals: dict[Name, RunSnapshot] = {}
        """The run that each duplicate is a duplicate of, by the name of the duplicate."""
        self._backlog: dict[str, None] = {}
        """Paths of the logs that have more to read."""
        self._changed_paths: set[str] = set()
        """Paths that the notifier reported."""
        self._preferred: Name | None = None
        self._seen_output: tuple[int, bool] | None = None
        self._last: Snapshot | None = None
        self._next_status_check = self._next_round = 0.0
        self._next_release = clock() + _RELEASE_SECONDS
        self._has_stale_runs = self._is_closing = False
        self._lock = threading.Lock()
        self._tick_seconds = min(_TICK_SECONDS, self._poll_seconds)

    def close(self) -> None:
        """Stop watching; may be called from any thread. A waiting ``wait_for_snapshot`` returns None."""
        if self._is_closing:
            return
        self._is_closing = True
        self._notifier.wake()
        # A reader that hangs on a dead file system never returns; its resources are freed when the program ends.
        if self._lock.acquire(timeout=_CLOSE_SECONDS):
            self._notifier.close()
            self._catalog.close()
            self._lock.release()

    def prefer(self, name: Name) -> None:
        """Read the run called *name* before the others."""
        self._preferred = name

    def logs_of(self, name: Name) -> list[str]:
        """Return the paths of the logs of a run in the last snapshot, and of its duplicates."""
        duplicates = (duplicate for duplicate, original in self._originals.items() if original.name == name)
        return sorted(path for run in {name, *duplicates} for path in self._catalog.paths_of(run))

    @property
    def complete(self) -> bool:
        """Whether everything on disk was read and evaluated."""
        return self._scanner.complete and not self._backlog and not self._has_stale_runs

    def wait_for_snapshot(self, timeout: float) -> Snapshot | None:
        """Return a new snapshot as soon as something changes, or None if nothing does for *timeout* seconds."""
        with self._lock:
            return self._next_snapshot(self._clock() + timeout)

    def _next_snapshot(self, deadline: float) -> Snapshot | None:
        while not self._is_closing:
            self._rest(deadline)
            started = self._clock()
            has_changed = self._read_round(with_previews=True)
            if has_changed:
                self._catalog.regroup()
            has_changed |= self._has_new_output()
            if has_changed or self._has_stale_runs or self._clock() >= self._next_status_check:
                self._next_status_check = self._clock() + _STATUS_SECONDS
                self._update_runs()
                snapshot = self._make_snapshot()
                self._has_stale_runs |= self._show_last_lines(snapshot)
                self._notifier.gather = self._debounce.after(self._clock() - started)
                self._next_round = started + min(self._notifier.gather, self._poll_seconds)
                if snapshot != self._last:
                    self._last = snapshot
                    return snapshot
            left = deadline - self._clock()
            if left <= 0:
                return None
            self._changed_paths |= self._notifier.wait(min(left, self._tick_seconds) if self.complete else 0.0)
        return None

    def _rest(self, deadline: float) -> None:
        """After a snapshot with all there was, wait a moment, so that what many runs write is read together."""
        if self._clock() >= self._next_release:
            release_freed_memory()
            self._next_release = self._clock() + _RELEASE_SECONDS
        seconds = min(self._next_round, deadline) - self._clock() if self.complete else 0.0
        self._changed_paths |= self._notifier.pause(seconds)

    def _has_new_output(self) -> bool:
        """Return whether more has come through the pipe, be it a log or not."""
        seen = self._settings.pipe.reader.version if self._settings.pipe else None
        is_new, self._seen_output = seen != self._seen_output, seen
        return is_new

    def read_all(self, progress: Callable[[float], None] | None = None) -> Snapshot:
        """Read everything once, a pipe to its end, and return the snapshot.

        *progress* gets the share that was read, 0 to 1.
        """
        pipe = self._settings.pipe
        while True:
            has_ended = pipe is None or pipe.reader.has_ended
            has_changed = self._read_round(with_previews=False)
            if has_ended and self._scanner.complete and not self._backlog:
                for log in self._catalog.logs.values():
                    log.finish()
                self._catalog.regroup()
                update_all([*self._catalog.runs.values()])
                return self._make_snapshot()
            if progress:
                progress(self._catalog.share_read or 0.0)
            if not has_changed and not self._backlog and self._scanner.complete:
                self._notifier.wait(self._tick_seconds)

    @property
    def _round_seconds(self) -> float:
        return self._limits.round_seconds + self._limits.round_seconds_per_run * len(self._catalog.runs)

    def _read_round(self, *, with_previews: bool) -> bool:
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
        for path in self._changed_paths - self._catalog.logs.keys():
            self._scanner.hint(path)
        scheduled = [*self._log_schedule.due(now), *self._retry_schedule.due(now)]
        changed = map(self._catalog.log_path, self._changed_paths)
        due = {**self._backlog, **dict.fromkeys(changed), **dict.fromkeys(scheduled)}
        self._changed_paths.clear()
        preferred = self._catalog.paths_of(self._preferred)
        return sorted(due, key=lambda path: (path in preferred, *reading_order(path, self._catalog)), reverse=True)

    def _read_logs(self, paths: Iterable[str], now: float, *, with_previews: bool) -> bool:
        """Read some logs in turn until the time of a round is over; return whether any has changed."""
        has_changed, started = False, self._clock()
        # Runs are grouped later when everything is read once; until then no time is set aside for them.
        must_read, queue = not with_previews, deque(paths)
        while queue:
            path = queue.popleft()
            if not must_read and self._clock() - started > self._round_seconds:
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

    def _make_snapshot(self) -> Snapshot:
        now = self._wall_clock()
        snapshots = ((run, run.snapshot(now)) for run in self._catalog.runs.values())
        since = self._settings.since
        runs = [shown for run, shown in snapshots if shown and (since is None or was_written_since(run, shown, since))]
        names = {run.name for run in runs}
        self._originals = self._deduplicator.find(runs, complete=self.complete)
        stated = hyperparameters_of_duplicates(runs, self._originals)
        for run in self._catalog.runs.values():
            run.set_planned_end(self._deduplicator.planned_end.get(run.name))
            run.inherit(stated.get(run.name, ()))
        runs = [shown for run in self._catalog.runs.values() if run.name in names and (shown := run.snapshot(now))]
        empty = empty_runs(runs)
        kept = sorted((run for run in runs if run.name not in self._originals | empty), key=lambda run: run.name.text)
        plugins = [(f"plug-in {name}", reason) for name, reason in self._settings.broken_plugins.items()]
        skipped = tuple(skipped_files([*self._scanner.skipped, *plugins], self._catalog, self._originals, empty))
        output = self._settings.pipe.reader.output() if self._settings.pipe else None
        return Snapshot(tuple(kept), skipped, self._catalog.share_read, self._notifier.how, now, output)

    def _show_last_lines(self, snapshot: Snapshot) -> bool:
        """Take last lines without newline of runs that are not written to; return whether there is more to do."""
        silent = {run.name for run in snapshot.runs if run.status in _SILENT and run.share_read is None}
        runs = [run for run in self._catalog.runs.values() if run.name in silent]
        left = {one.log for run in runs for one in run.logs if one.log.may_have_last_line}
        deadline, has_changed = self._clock() + self._round_seconds, False
        while left:
            has_changed |= left.pop().show_last_line()
            if self._clock() > deadline:
                break
        return has_changed or bool(left)

    def _update_runs(self) -> None:
        """Evaluate the runs that changed for some time; for longer if all is read, since each snapshot costs, too."""
        end = self._clock() + max(self._round_seconds, 0.0 if self._backlog else self._notifier.gather)
        self._has_stale_runs = update_stale(self._catalog.runs.values(), self._preferred, lambda: self._clock() > end)
