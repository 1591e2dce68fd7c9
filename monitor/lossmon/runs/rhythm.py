"""How often a run is usually written to: what its log says, and what was seen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nlargest

import numpy as np

from lossmon.core.points import Floats

_RECENT = 20
"""Newest intervals of which the median is the usual one."""
_MIN_SEEN = 8
"""Intervals that must be seen before they count: the first steps of a training take longer."""
_MAX_LOGGED = 2000
"""Newest points of a log in which long pauses are looked for."""
_REPEATED = 2
"""A pause counts if there was another as long: a validation in each epoch, not the suspension of a machine."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a run is written to, in seconds."""

    usual: float = 0.0
    """The median interval; 0 if unknown."""
    pause: float = 0.0
    """The longest pause that has come more than once, for instance a validation; 0 if unknown."""
    is_seen: bool = False
    """Whether this is what was seen of the file: a log may name a time for each step and be written in blocks."""


def logged_rhythm(evaluated_at: Floats | None, others: Iterable[Floats] = ()) -> Rhythm:
    """Return the rhythm by the times that a log names: those of its evaluations and of *others*, such as train losses.

    Times are in seconds since 1970, NaN where unknown.

    >>> logged_rhythm(np.array([0.0, 60.0, 120.0, 300.0, 360.0, 540.0]))
    Rhythm(usual=60.0, pause=180.0, is_seen=False)
    """
    if evaluated_at is None:
        return Rhythm()
    intervals = _intervals(evaluated_at[-_RECENT:])
    finest = min((_intervals(walls[-_MAX_LOGGED:]) for walls in (evaluated_at, *others)), key=_density)
    longest = np.partition(finest, -_REPEATED)[-_REPEATED:] if len(finest) >= _REPEATED else finest
    return Rhythm(_median(intervals), _repeated_pause(longest.tolist()))


def _intervals(walls: Floats) -> Floats:
    intervals = np.diff(walls)
    return intervals[np.isfinite(intervals) & (intervals >= 0)]


def _density(intervals: Floats) -> float:
    """Return the sort key by which the curve with the most points in its time comes first."""
    return float(intervals.mean()) if len(intervals) >= _RECENT else np.inf


def _median(intervals: Floats) -> float:
    return float(np.sort(intervals)[len(intervals) // 2]) if len(intervals) else 0.0


def _repeated_pause(intervals: Iterable[float]) -> float:
    longest = nlargest(_REPEATED, intervals)
    return longest[-1] if len(longest) == _REPEATED else 0.0


class SeenWrites:
    """The intervals between the writes that were seen."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._longest: list[float] = []
        self._count = 0

    def add(self, interval: float) -> None:
        """Note a write so many seconds after the one before."""
        self._count += 1
        self._recent.append(interval)
        self._longest = nlargest(_REPEATED, [*self._longest, interval])

    @property
    def rhythm(self) -> Rhythm | None:
        """What was seen; None if that is too little."""
        if self._count < _MIN_SEEN:
            return None
        return Rhythm(sorted(self._recent)[len(self._recent) // 2], _repeated_pause(self._longest), is_seen=True)
