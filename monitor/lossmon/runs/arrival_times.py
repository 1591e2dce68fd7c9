"""When evaluations arrived, for logs that do not say it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import EvaluationHistory

_CLOCK_STEP = 150.0
"""Seconds by which a time is wrong if the clock was set; a write may be noticed up to a minute late."""
_RECENT_EVALUATIONS = 20
"""Newest evaluations whose times of arrival are kept."""


class ArrivalTimes:
    """When evaluations were seen to be written, for logs without times."""

    def __init__(self) -> None:
        self._newest: tuple[float, float] | None = None
        """When the log was last seen to be written, in seconds since 1970 and of the monotonic clock."""
        self._set_back = 0.0
        """By how many seconds the clock of the machine was set back since the first arrival; negative for forward."""
        self._times: dict[float, float] = {}
        """Time of arrival in seconds since 1970, by x."""
        self._newest_x: float | None = None

    def add_times(
        self, history: EvaluationHistory, modified: float, ticks: float, *, is_new: bool
    ) -> EvaluationHistory:
        """Return *history* with the times, in seconds since 1970, of the evaluations that arrived one by one.

        *modified* is when the log was last written, *ticks* is now in seconds of the monotonic clock. The last
        evaluation has this time if it *is_new*: it was not there at the start, and all of the log has been read. A
        history with times of its own is returned as it is.
        """
        if np.isfinite(history.wall_time[-1]):
            return history
        x = float(history.x[-1])
        if x != self._newest_x:
            earlier = [(other, time) for other, time in self._times.items() if other < x]
            time = self._as_at_first(modified, ticks)
            self._times = dict([*earlier[-_RECENT_EVALUATIONS:], (x, time)] if is_new else earlier)
            self._newest_x = x
        return replace(history, wall_time=self._fill_in(history)) if self._times else history

    def _as_at_first(self, modified: float, ticks: float) -> float:
        """Return the time of a write by the clock as it was set when the first one arrived."""
        if self._newest is not None:
            expected = self._newest[0] + ticks - self._newest[1]
            self._set_back += expected - modified if abs(modified - expected) > _CLOCK_STEP else 0.0
        self._newest = modified, ticks
        return modified + self._set_back

    def _fill_in(self, history: EvaluationHistory) -> Floats:
        wall = history.wall_time.copy()
        x, times = np.array(list(self._times.items())).T
        index = np.minimum(np.searchsorted(history.x, x), len(wall) - 1)
        is_logged = history.x[index] == x
        wall[index[is_logged]] = times[is_logged]
        return wall
