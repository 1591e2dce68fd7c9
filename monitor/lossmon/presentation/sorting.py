"""The order of the run list: trouble first, unless asked otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from lossmon.core.snapshot import ENDED, RunSnapshot
from lossmon.core.verdict import Severity
from lossmon.presentation.run_filter import parse_filter

_SEVERITY = (Severity.SEVERE, Severity.MODERATE, Severity.MILD, None)


class Sort(Enum):
    """What the run list is sorted by."""

    TROUBLE = "trouble"
    NAME = "name"
    NEWEST = "newest"
    BEST = "best"
    GAP = "gap"

    @property
    def following(self) -> Sort:
        """The next in turn."""
        members = list(Sort)
        return members[(members.index(self) + 1) % len(members)]


def ended(view: RunSnapshot) -> bool:
    """Say whether no more is expected of a run."""
    return view.status in ENDED


def rank(view: RunSnapshot) -> int:
    """Return how urgent the verdict of a run is; 0 is the most urgent."""
    return view.assessment.verdict.urgency


def troubled(view: RunSnapshot) -> bool:
    """Say whether the verdict of a run asks for a look."""
    return view.assessment.verdict.needs_action


def urgency(view: RunSnapshot) -> tuple[int, int]:
    """Return what runs are sorted by that have trouble first: how urgent the verdict is, and how severe."""
    return rank(view), _SEVERITY.index(view.assessment.severity)


def _began(view: RunSnapshot) -> float | None:
    """Return when a run logged first, which never changes; when it wrote last, where its log has no times."""
    wall = () if view.history is None else view.history.wall
    return next((float(when) for when in wall[:1] if math.isfinite(when)), view.last_write)


def _downward(value: float | None) -> float:
    return math.inf if value is None or math.isnan(value) else -value


def _upward(value: float | None) -> float:
    return math.inf if value is None or math.isnan(value) else value


_KEYS: dict[Sort, Callable[[RunSnapshot], Any]] = {
    Sort.TROUBLE: urgency,
    Sort.NAME: lambda _: 0,
    Sort.NEWEST: lambda view: _downward(_began(view)),
    Sort.BEST: lambda view: _upward(view.assessment.best_value),
    Sort.GAP: lambda view: _downward(view.assessment.gap),
}


def listed(runs: Iterable[RunSnapshot], sort: Sort, wanted: str) -> tuple[RunSnapshot, ...]:
    """Return the *runs* that pass the filter *wanted*, sorted; ties keep their order."""
    return tuple(sorted(parse_filter(wanted).among(runs), key=_KEYS[sort]))
