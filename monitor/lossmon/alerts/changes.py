"""What has changed from one snapshot to the next, as far as somebody wants to be told, and each change once."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from lossmon.alerts.alert import Alert, program_alert, run_alert
from lossmon.core.conditions import MAYBE, STATUS_CONDITIONS, verdict_condition
from lossmon.core.snapshot import ProgramOutput, RunSnapshot, RunStatus, Snapshot
from lossmon.core.text import Name

_FORGOTTEN_AFTER = 5
"""Evaluations with another verdict after which a verdict is told again: one that comes and goes is told once."""
_CLOCK_DIFFERENCE = 60.0
"""Seconds by which the clocks of two machines may differ."""


class Seen(NamedTuple):
    """What a run was like in a snapshot, as far as alerts depend on it."""

    evaluations: int = 0
    last: tuple[float, float] | None = None
    """x and loss of the last evaluation."""
    verdict: str = ""
    """The condition that its verdict is; empty without one."""
    status: str = ""
    """The condition that its status is; empty while it runs."""

    @classmethod
    def of(cls, run: RunSnapshot) -> Seen:
        """Return what *run* is like."""
        history, assessment = run.history, run.assessment
        if history is None:
            return cls(status=status_condition(run))
        verdict = verdict_condition(assessment.verdict, is_weak=assessment.is_weak)
        last = float(history.x[-1]), float(history.judged[-1])
        return cls(len(history.x), last, verdict, status_condition(run))

    def is_new_since(self, before: Seen) -> bool:
        """Return whether there was an evaluation since *before*; a NaN is equal to another."""
        return (self.evaluations, repr(self.last)) != (before.evaluations, repr(before.last))


def status_condition(run: RunSnapshot) -> str:
    """Return what has become of a run: ``ended``, ``failed``, ``stalled`` or ``gone``; empty while it goes on."""
    return run.status.value if run.status.value in STATUS_CONDITIONS else ""


def changed_conditions(before: Seen, now: Seen) -> list[str]:
    """Return the conditions that hold *now* but did not *before*: none, or that of the verdict, the status, or both."""
    verdict = now.verdict if now.verdict != before.verdict else ""
    status = now.status if now.status != before.status else ""
    return [condition for condition in (verdict, status) if condition]


class ChangeLog:
    """Compares each snapshot with the one before, and returns an alert for each change that is wanted."""

    def __init__(self, conditions: Collection[str], began: float, *, all_is_new: bool = False) -> None:
        """Look for *conditions* from now on, which is *began*, in seconds since 1970.

        *all_is_new* says that also what is there now is news, as in a pipe.
        """
        self._conditions = frozenset(conditions)
        self._began = began
        self._runs: dict[Name, _RunMemory] = {}
        self._has_read_all = all_is_new
        self._program_ended_at: float | None = None

    def new_alerts(self, snapshot: Snapshot | None, *, is_complete: bool) -> list[Alert]:
        """Return what is new in *snapshot*, None if there is nothing new to read.

        What was there when lossmon began is not new; that *is_complete* when everything has been read once.
        """
        alerts = self._alerts(snapshot) if snapshot is not None else []
        self._has_read_all |= is_complete
        return alerts

    def _alerts(self, snapshot: Snapshot) -> list[Alert]:
        output = snapshot.output
        alerts = [program_alert(output)] if output is not None and self._has_ended_now(output) else []
        self._take_new_runs(snapshot)
        news = [(condition, run) for run in snapshot.runs for condition in self._new_conditions(run)]
        # The report on a run, which an alert holds, is not made for nothing.
        alerts += [run_alert(condition, run) for condition, run in news if condition in self._conditions]
        return [alert for alert in alerts if alert.condition in self._conditions]

    def _new_conditions(self, run: RunSnapshot) -> list[str]:
        if not _is_judged(run):
            return []
        new = self._runs[run.name].news(Seen.of(run))
        if not self._has_read_all:
            return []
        return [one for one in new if one not in STATUS_CONDITIONS or not self._ended_with_program(run)]

    def _take_new_runs(self, snapshot: Snapshot) -> None:
        """Begin to remember the runs that are seen, and judged, for the first time; one may only have a new name."""
        new = [run for run in snapshot.runs if run.name not in self._runs and _is_judged(run)]
        if not new:
            return
        missing = self._runs.keys() - {run.name for run in snapshot.runs}
        renamed = {self._runs[name].path: name for name in missing}
        for run in new:
            old_name = renamed.pop(run.path, None)
            memory = _RunMemory(run.path) if old_name is None else self._runs.pop(old_name)
            if old_name is None and self._is_old(run):
                memory.note(Seen.of(run))
            self._runs[run.name] = memory

    def _is_old(self, run: RunSnapshot) -> bool:
        """Return whether a run that is seen for the first time was written before lossmon began."""
        written_before = run.last_write is not None and run.last_write < self._began - _CLOCK_DIFFERENCE
        return written_before or not self._has_read_all

    def _has_ended_now(self, output: ProgramOutput) -> bool:
        """Return whether the program has ended since the last snapshot, not before lossmon began."""
        if output.ended_at is None or self._program_ended_at is not None:
            return False
        self._program_ended_at = output.ended_at
        return output.ended_at >= self._began - 1.0

    def _ended_with_program(self, run: RunSnapshot) -> bool:
        """Return whether a run was not written after the program, the end of which was told, had ended."""
        ended_at = self._program_ended_at
        return ended_at is not None and (run.last_write or 0.0) <= ended_at + _CLOCK_DIFFERENCE


def _is_judged(run: RunSnapshot) -> bool:
    """Return whether the verdict of *run* is about all of its log."""
    return run.share_read is None and run.status is not RunStatus.UNREADABLE


class _RunMemory:
    """What was seen of one run, and told."""

    def __init__(self, path: Name) -> None:
        self.path = path
        self._seen = Seen()
        self._evaluations = 0
        """Evaluations that were seen to arrive; a history can become shorter."""
        self._held: dict[str, int] = {}
        """For each verdict that was told, the evaluation at which it held last."""
        self._told_status = ""

    def note(self, now: Seen) -> None:
        """Take what is old, as if it had been told."""
        self._seen, self._told_status = now, now.status
        self._hold(now)

    def news(self, now: Seen) -> list[str]:
        """Return the conditions that are new and were not told of late."""
        before, self._seen = self._seen, now
        if now.is_new_since(before):
            self._evaluations += max(1, now.evaluations - before.evaluations)
        new = [one for one in changed_conditions(before, now) if self._is_untold(one)]
        self._hold(now)
        if not now.status:
            self._told_status = ""
        return new

    def _is_untold(self, condition: str) -> bool:
        if condition in STATUS_CONDITIONS:
            is_untold, self._told_status = condition != self._told_status, condition
            return is_untold
        held = self._held.get(condition)
        return held is None or self._evaluations - held > _FORGOTTEN_AFTER

    def _hold(self, now: Seen) -> None:
        """Remember that the verdict holds; a maybe of a verdict that was told keeps it from being told again."""
        for verdict in (now.verdict, now.verdict.removeprefix(MAYBE)):
            if verdict == now.verdict or verdict in self._held:
                self._held[verdict] = self._evaluations
