"""Sort the runs of the run list, by default the most urgent first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from lossmon.core.snapshot import ENDED, RunSnapshot, RunStatus
from lossmon.presentation.run_filter import parse_filter
from lossmon.presentation.run_text import last_loss


class Sort(Enum):
    """What the run list is sorted by."""

    TROUBLE = "trouble"
    NAME = "name"
    NEWEST = "newest"
    BEST = "best"
    GAP = "gap"

    @property
    def following(self) -> Sort:
        """The next member; after the last comes the first."""
        members = list(Sort)
        return members[(members.index(self) + 1) % len(members)]


def has_ended(run: RunSnapshot) -> bool:
    """Return whether no more points are expected of a run."""
    return run.status in ENDED


def is_gone(run: RunSnapshot) -> bool:
    """Return whether the files of a run were deleted."""
    return run.status is RunStatus.GONE


def needs_action(run: RunSnapshot) -> bool:
    """Return whether the verdict of a run needs action."""
    return run.assessment.needs_action


def urgency(run: RunSnapshot) -> tuple[int, int, float]:
    """Return the sort key that puts the most urgent run first.

    That is the urgency of its verdict, then its severity, then how far validation is over its best.
    """
    rise = _relative_rise(run) if run.assessment.severity is not None else 0.0
    return (*run.assessment.urgency, -rise)


def _relative_rise(run: RunSnapshot) -> float:
    """Return by what share of its best the newest loss is worse than that; infinity where that is no number."""
    last, best = last_loss(run), run.assessment.best_value
    if last is None or best is None or not math.isfinite(best):
        return 0.0
    worse = best - last if run.higher_is_better else last - best
    return worse / abs(best) if math.isfinite(worse) and best else math.inf


def _start_time(run: RunSnapshot) -> float | None:
    """Return the time of the first evaluation; if the log has no times, the time of the last write."""
    wall = () if run.history is None else run.history.wall_time
    return next((float(time) for time in wall[:1] if math.isfinite(time)), run.last_write)


def _descending(value: float | None) -> float:
    """Return the sort key by which large values come first, and unknown ones last."""
    return math.inf if value is None or math.isnan(value) else -value


def _ascending(value: float | None) -> float:
    """Return the sort key by which small values come first, and unknown ones last."""
    return math.inf if value is None or math.isnan(value) else value


_KEYS: dict[Sort, Callable[[RunSnapshot], Any]] = {
    Sort.TROUBLE: urgency,
    Sort.NAME: lambda _: 0,  # a snapshot is in the order of names already
    Sort.NEWEST: lambda run: _descending(_start_time(run)),
    Sort.BEST: lambda run: _ascending(run.assessment.best_value),
    Sort.GAP: lambda run: _descending(run.assessment.gap),
}


def filter_and_sort(runs: Iterable[RunSnapshot], sort: Sort, filter_text: str) -> tuple[RunSnapshot, ...]:
    """Return the *runs* that pass the filter, sorted; runs with equal keys keep their order."""
    return tuple(sorted(parse_filter(filter_text).select(runs), key=_KEYS[sort]))
