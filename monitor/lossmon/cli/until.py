"""``lossmon tail --until``: whether a run is in a condition that ends it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lossmon.core.snapshot import RunSnapshot, Snapshot
    from lossmon.core.text import Name


class Until:
    """Looks for a run that is in one of *conditions*; runs that had ended before only count with *counts_ended*."""

    def __init__(self, conditions: Collection[str], *, counts_ended: bool) -> None:
        self._conditions, self._counts_ended = frozenset(conditions), counts_ended
        self._ended_before: set[Name] = set()
        self._has_read_all = False

    def reached(self, snapshot: Snapshot, *, is_complete: bool) -> str:
        """Return the sentence that says which run it is; empty while there is none.

        Nothing is said until everything that is there has been read once, which *is_complete* tells: half a run can
        have another verdict.
        """
        from lossmon.alerts.alert import run_alert
        from lossmon.alerts.changes import Seen, status_condition

        if not self._has_read_all:
            self._ended_before |= {run.name for run in snapshot.runs if status_condition(run)}
            self._has_read_all = is_complete
        for run in self._counted(snapshot):
            seen = Seen.of(run)
            for condition in (seen.verdict, seen.status):
                if condition in self._conditions:
                    return run_alert(condition, run).message
        return ""

    def ends_with(self, condition: str) -> bool:
        """Return whether *condition* is one of them."""
        return condition in self._conditions

    def _counted(self, snapshot: Snapshot) -> list[RunSnapshot]:
        if not self._has_read_all:
            return []
        left_out = set() if self._counts_ended else self._ended_before
        return [run for run in snapshot.runs if run.share_read is None and run.name not in left_out]
