"""The main loop: find files, read and decode them, evaluate the runs, and return snapshots."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from lossmon.core.memory import release_freed_memory
from lossmon.core.snapshot import RunSnapshot, RunStatus, Snapshot
from lossmon.core.text import Name
from lossmon.discovery import ChangeNotifier, Debounce, KnownFiles, Scanner
from lossmon.monitor_rounds import ReadingRounds
from lossmon.monitor_settings import MonitorSettings
from lossmon.runs import Catalog, Deduplicator
from lossmon.runs.activity import stated_end
from lossmon.runs.hyperparameters import hyperparameters_of_duplicates
from lossmon.runs.order import update_stale
from lossmon.runs.parallel import update_all
from lossmon.runs.skipped import empty_runs, settings_files, skipped_files, was_written_since
from lossmon.sources.registry import AnyFormat

__all__ = ["Monitor", "MonitorSettings"]

_TICK_SECONDS = 0.25
"""Longest wait before the schedules are checked for files that are due."""
_STATUS_SECONDS = 15.0
"""Time after which a snapshot is made although nothing was read: a run may have become quiet or stalled."""
_RELEASE_SECONDS = 5.0
"""Seconds after which freed memory is given back to the system: growing curves leave holes behind."""
_SILENT = (RunStatus.QUIET, RunStatus.STALLED, RunStatus.ENDED, RunStatus.FAILED)
"""The statuses of runs whose writer has probably ended in the middle of a line."""
_CLOSE_SECONDS = 0.3
"""How long ``close`` waits for a reader that hangs on a dead file system."""


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
        self._clock, self._wall_clock = clock, wall_clock
        self._scanner = Scanner(roots, follow=settings.follow) if settings.files is None else KnownFiles(settings.files)
        self._notifier = ChangeNotifier(polling=settings.once or settings.poll is not None, gather=Debounce.least)
        self._debounce = Debounce()
        self._catalog = Catalog(
            formats,
            settings.override,
            clock,
            several_roots=len(roots) + (settings.pipe is not None) > 1,
            names_in=self._scanner.names_in,
            limits=settings.limits,
        )
        self._rounds = ReadingRounds(self._scanner, self._notifier, self._catalog, settings, clock, wall_clock)
        self._deduplicator = Deduplicator(self._catalog.registry.formats, clock)
        self._originals: dict[Name, RunSnapshot] = {}
        """The run that each duplicate is a duplicate of, by the name of the duplicate."""
        self._seen_output: tuple[int, bool] | None = None
        self._last: Snapshot | None = None
        self._next_status_check = self._next_round = 0.0
        self._next_release = clock() + _RELEASE_SECONDS
        self._has_stale_runs = self._is_closing = False
        self._lock = threading.Lock()
        self._tick_seconds = min(_TICK_SECONDS, settings.poll_seconds)

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
        self._rounds.preferred = name

    def logs_of(self, name: Name) -> list[str]:
        """Return the paths of the logs of a run in the last snapshot, and of its duplicates."""
        duplicates = (duplicate for duplicate, original in self._originals.items() if original.name == name)
        return sorted(path for run in {name, *duplicates} for path in self._catalog.paths_of(run))

    @property
    def complete(self) -> bool:
        """Whether everything on disk was read and evaluated."""
        return self._rounds.complete and not self._has_stale_runs

    def wait_for_snapshot(self, timeout: float) -> Snapshot | None:
        """Return a new snapshot as soon as something changes, or None if nothing does for *timeout* seconds."""
        with self._lock:
            return self._next_snapshot(self._clock() + timeout)

    def _next_snapshot(self, deadline: float) -> Snapshot | None:
        while not self._is_closing:
            self._rest(deadline)
            started = self._clock()
            has_changed = self._rounds.read(with_previews=True)
            if has_changed:
                self._catalog.regroup()
            has_changed |= self._has_new_output()
            if has_changed or self._has_stale_runs or self._clock() >= self._next_status_check:
                self._next_status_check = self._clock() + _STATUS_SECONDS
                self._update_runs()
                snapshot = self._make_snapshot()
                self._has_stale_runs |= self._show_last_lines(snapshot)
                self._notifier.gather = self._debounce.after(self._clock() - started)
                self._next_round = started + min(self._notifier.gather, self._settings.poll_seconds)
                if snapshot != self._last:
                    self._last = snapshot
                    return snapshot
            left = deadline - self._clock()
            if left <= 0:
                return None
            self._rounds.changed_paths |= self._notifier.wait(min(left, self._tick_seconds) if self.complete else 0.0)
        return None

    def _rest(self, deadline: float) -> None:
        """After a snapshot with all there was, wait a moment, so that what many runs write is read together."""
        if self._clock() >= self._next_release:
            release_freed_memory()
            self._next_release = self._clock() + _RELEASE_SECONDS
        seconds = min(self._next_round, deadline) - self._clock() if self.complete else 0.0
        self._rounds.changed_paths |= self._notifier.pause(seconds)

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
            has_changed = self._rounds.read(with_previews=False)
            if has_ended and self._rounds.complete:
                for log in self._catalog.logs.values():
                    log.finish()
                self._catalog.regroup()
                update_all([*self._catalog.runs.values()])
                return self._make_snapshot()
            if progress:
                progress(self._catalog.share_read or 0.0)
            if not has_changed and self._rounds.complete:
                self._notifier.wait(self._tick_seconds)

    def _make_snapshot(self) -> Snapshot:
        now = self._wall_clock()
        since = self._settings.since
        taken = ((run, run.snapshot(now, self._catalog.open_files)) for run in self._catalog.runs.values())
        runs = [shown for run, shown in taken if shown and (since is None or was_written_since(run, shown, since))]
        self._originals = self._deduplicator.find(runs, complete=self.complete)
        runs = self._with_what_duplicates_state(runs, now)
        empty = empty_runs(runs)
        kept = sorted((run for run in runs if run.name not in self._originals | empty), key=lambda run: run.name.text)
        plugins = [(f"plug-in {name}", reason) for name, reason in self._settings.broken_plugins.items()]
        settings, unfit = settings_files(self._catalog), [*self._scanner.skipped, *plugins]
        skipped = tuple(skipped_files(unfit, self._catalog, self._originals, empty, settings))
        named = tuple(sorted(settings, key=lambda name: name.text))
        output = self._settings.pipe.reader.output() if self._settings.pipe else None
        complete = self._catalog.with_checkpoints(kept, self._originals)
        return Snapshot(complete, skipped, self._catalog.share_read, self._notifier.how, now, output, named)

    def _ends_by_duplicates(self) -> dict[Name, RunStatus]:
        """Return how runs have ended, as only a duplicate of theirs says."""
        ends = {run.name: stated_end(run.logs) for run in self._catalog.runs.values() if run.name in self._originals}
        return {self._originals[name].name: end for name, end in ends.items() if end}

    def _with_what_duplicates_state(self, runs: Sequence[RunSnapshot], now: float) -> list[RunSnapshot]:
        """Return *runs* with the hyperparameters that only a duplicate of each states; its end counts from now on."""
        ends = self._ends_by_duplicates() if self._originals else {}
        stated = hyperparameters_of_duplicates(runs, self._originals)
        for run in self._catalog.runs.values():
            run.set_planned_end(self._deduplicator.planned_end.get(run.name))
            run.activity.end_by_duplicate = ends.get(run.name)
            run.inherit(stated.get(run.name, ()))
        heirs = [run for run in self._catalog.runs.values() if run.name in stated] if stated else []
        renewed = {run.name: run.snapshot(now, self._catalog.open_files) for run in heirs}
        return [renewed.get(run.name) or run for run in runs]

    def _show_last_lines(self, snapshot: Snapshot) -> bool:
        """Take last lines without newline of runs that are not written to; return whether there is more to do."""
        silent = {run.name for run in snapshot.runs if run.status in _SILENT and run.share_read is None}
        runs = [run for run in self._catalog.runs.values() if run.name in silent]
        left = {one.log for run in runs for one in run.logs if one.log.may_have_last_line}
        deadline, has_changed = self._clock() + self._rounds.seconds, False
        while left:
            has_changed |= left.pop().show_last_line()
            if self._clock() > deadline:
                break
        return has_changed or bool(left)

    def _update_runs(self) -> None:
        """Evaluate the runs that changed for some time; for longer if all is read, since each snapshot costs, too."""
        end = self._clock() + max(self._rounds.seconds, 0.0 if self._rounds.has_backlog else self._notifier.gather)
        self._has_stale_runs = update_stale(
            self._catalog.runs.values(), self._rounds.preferred, lambda: self._clock() > end
        )
