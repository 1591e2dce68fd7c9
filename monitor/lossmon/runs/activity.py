"""What is seen of a run while it is watched: when it is written to, and by which process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lossmon.core.snapshot import RunSnapshot, RunStatus
from lossmon.runs.liveness import DEFAULT_THRESHOLDS, run_status
from lossmon.runs.log_run import LogRun
from lossmon.runs.rhythm import Rhythm, SeenWrites, logged_rhythm
from lossmon.sources.open_files import OpenFiles, Writer

_CLOCK_ERROR = 150.0
"""Seconds by which a time of the log or of the file may differ from that of this machine, and be shown nevertheless."""
_WRITER_SECONDS = 15.0
"""Seconds for which what is known of a process holds."""
_LONGEST_SILENCE = 3 * 86_400.0
"""Seconds after which nobody asks for the process any more: most logs on disk are old."""
_MOST_LOGS = 4
"""Newest logs of a run whose processes are looked for."""


class RunWriter:
    """What is known of the process that writes a run; asked for at most every 15 seconds."""

    def __init__(self) -> None:
        self._next = float("-inf")
        self._known = Writer.UNKNOWN

    def ask(self, logs: Sequence[LogRun], open_files: OpenFiles, *, silence: float, ticks: float) -> Writer:
        """Return what is known now, *ticks* seconds of the monotonic clock, after so many seconds of *silence*.

        Of a log that is written to this must be asked, too: of a process that is gone nothing can be known. A log that
        says itself how its runs fare may be the database of a server that never closes it.
        """
        if ticks >= self._next and silence < _LONGEST_SILENCE:
            self._next = ticks + _WRITER_SECONDS
            is_silent = silence > _WRITER_SECONDS
            asked = [log for log in logs if log.info.state == "unknown" and log.is_newest]
            newest = sorted(asked, key=lambda log: log.modified)[-_MOST_LOGS:]
            versions = {log.path: log.log.version if is_silent else int(log.has_grown) for log in newest}
            known = {open_files.writer(path, version) for path, version in versions.items()}
            self._known = next((one for one in (Writer.RUNS, Writer.ENDED) if one in known), Writer.UNKNOWN)
        return self._known


class WriteTimes:
    """When a run was last written to, by a clock that nobody sets, and its rhythm.

    The clock of the machine and the times in the log count only once, when the run is first seen: afterwards the clock
    may be set, and what is seen to be written was written then, whatever time it bears.
    """

    def __init__(self) -> None:
        self._activity: object = None
        self._is_known = False
        self._has_grown = False
        self._written_at = 0.0
        """When the last write was, in seconds of the monotonic clock."""
        self._seen = SeenWrites()
        self.last_write: float | None = None
        """When that was in seconds since 1970, as far as it can be true; None if unknown."""

    def note(self, activity: object, last_write: float | None, *, has_grown: bool, now: float, ticks: float) -> None:
        """Note what there is: *activity* differs from the one before if the run was written to.

        *last_write* is the time of the newest point or of the file, *now* the present, both in seconds since 1970;
        *ticks* is the present in seconds of the monotonic clock. *has_grown* is whether a write was ever seen.
        """
        if self._is_known and activity == self._activity:
            return
        is_seen = self._is_known and has_grown
        if is_seen and self._has_grown:
            self._seen.add(ticks - self._written_at)
        age = 0.0 if is_seen else now - (last_write or 0.0)
        self._activity, self._is_known, self._has_grown = activity, True, has_grown
        self._written_at = ticks - age
        is_plausible = last_write is not None and abs(now - last_write) <= _CLOCK_ERROR
        self.last_write = now if is_seen and not is_plausible else last_write if age > -_CLOCK_ERROR else None

    def silence(self, ticks: float) -> float:
        """Return the seconds since the last write; negative for one in the future."""
        return ticks - self._written_at

    @property
    def rhythm(self) -> Rhythm | None:
        """The rhythm of the writes that were seen; None if that were too few."""
        return self._seen.rhythm


def stated_end(logs: Sequence[LogRun]) -> RunStatus | None:
    """Return how a run has ended, as all of its logs say; None if they do not."""
    if not all(log.has_ended for log in logs):
        return None
    return RunStatus.FAILED if any(log.has_failed for log in logs) else RunStatus.ENDED


class Activity:
    """The status of a run, from one look to the next."""

    def __init__(self) -> None:
        self._times = WriteTimes()
        self._writer = RunWriter()
        self._last_logged: float | None = None
        self._versions: list[int] = []
        """The versions of the logs when they were last looked at; none to look at them again."""
        self._has_grown = False
        self._logged: Rhythm | None = None
        """The rhythm by the times in the log; None until it is asked for."""
        self.end_by_duplicate: RunStatus | None = None
        """How the run has ended, as another log of the same training says; None if none says so."""

    def take(self, last_logged: float | None) -> None:
        """Take the time of the newest point, in seconds since 1970, after the run was evaluated."""
        self._last_logged, self._logged, self._versions = last_logged, None, []

    @property
    def last_write(self) -> float | None:
        """When the run was last written to, in seconds since 1970, as far as that can be true; None if unknown."""
        return self._times.last_write

    def status(
        self, run: RunSnapshot, logs: Sequence[LogRun], open_files: OpenFiles | None, *, now: float, ticks: float
    ) -> RunStatus:
        """Return the status of *run*, which is read from *logs*.

        *now* is in seconds since 1970, *ticks* in seconds of the monotonic clock.
        """
        self._note_writes(logs, now, ticks)
        if all(log.is_gone for log in logs):
            return RunStatus.GONE
        if all(log.error for log in logs):
            return RunStatus.UNREADABLE
        if end := stated_end(logs):
            return end
        silence = self._times.silence(ticks)
        writer = self._writer.ask(logs, open_files, silence=silence, ticks=ticks) if open_files else Writer.UNKNOWN
        if abs(silence) <= DEFAULT_THRESHOLDS.seen_seconds:
            return RunStatus.RUNNING
        has_ended = all(log.is_followed for log in logs) or run.is_at_planned_end or self.end_by_duplicate is not None
        rhythm, has_grown = self._rhythm(run), self._has_grown
        status = run_status(silence, rhythm, has_grown=has_grown, has_ended=has_ended, writer=writer)
        return self.end_by_duplicate or status if status is RunStatus.ENDED else status

    def _note_writes(self, logs: Sequence[LogRun], now: float, ticks: float) -> None:
        """Note whether the logs were written to; nothing is to be done if they have not changed in any way."""
        versions = [log.version for log in logs]
        if versions == self._versions:
            return
        self._versions, self._has_grown = versions, any(log.has_grown for log in logs)
        sizes = [(log.modified, log.size if log.is_newest else 0) for log in logs]
        activity = self._last_logged, sizes
        self._times.note(activity, self._last_logged, has_grown=self._has_grown, now=now, ticks=ticks)

    def _rhythm(self, run: RunSnapshot) -> Rhythm:
        """Return the rhythm that was seen, with pauses that the log names; if too little was seen, what it names."""
        if self._logged is None:
            others = [curve.wall_time for curve in (run.train, run.val) if curve]
            self._logged = logged_rhythm(run.history.wall_time if run.history else None, others)
        seen = self._times.rhythm
        return replace(seen, pause=max(seen.pause, self._logged.pause)) if seen else self._logged
