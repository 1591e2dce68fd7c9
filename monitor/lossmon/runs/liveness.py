"""Whether a run is still written to, by the usual time between its evaluations."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import EvaluationHistory, RunStatus


@dataclass(frozen=True, slots=True)
class LivenessThresholds:
    """After how much silence a run is quiet, and then stalled: the larger of a time and some write intervals."""

    live_seconds: float = 150.0
    """Silence that means nothing: many writers flush every two minutes."""
    live_intervals: float = 3.0
    """Write intervals of silence that mean nothing: evaluations may be missing or take longer."""
    quiet_seconds: float = 600.0
    """Silence after which even a writer that buffers has stopped."""
    quiet_intervals: float = 10.0
    """Write intervals of silence after which a run has probably stopped."""


DEFAULT_THRESHOLDS = LivenessThresholds()

_CLOCK_STEP = 150.0
"""Seconds by which a time is wrong if the clock was set; a write may be noticed up to a minute late."""
_RECENT_EVALUATIONS = 20
"""Newest evaluations from which the write interval is taken, and whose times of arrival are kept."""


def run_status(
    silence: float,
    interval: float,
    *,
    has_grown: bool,
    has_ended: bool,
    thresholds: LivenessThresholds = DEFAULT_THRESHOLDS,
) -> RunStatus:
    """Return the status of a run after *silence*; usually it is written to every *interval* seconds.

    *has_grown* is whether it was seen to grow: a silent run that never did had ended before. *has_ended* is whether it
    reached its planned end. Clocks of several machines differ a little, so a write that is a little in the future is
    recent. One that is far in it says nothing of now: the clock was set, or the time of the file was.

    >>> run_status(100.0, 60.0, has_grown=True, has_ended=False)
    <RunStatus.RUNNING: 'running'>
    """
    if abs(silence) <= max(thresholds.live_seconds, thresholds.live_intervals * interval):
        return RunStatus.RUNNING
    if has_ended or (silence < 0 and not has_grown):
        return RunStatus.ENDED
    if silence <= max(thresholds.quiet_seconds, thresholds.quiet_intervals * interval):
        return RunStatus.QUIET
    return RunStatus.STALLED if has_grown else RunStatus.ENDED


def write_interval(history: EvaluationHistory | None) -> float:
    """Return the median seconds between the newest evaluations; 0 if the log has no times."""
    if history is None:
        return 0.0
    intervals = np.diff(history.wall_time[-_RECENT_EVALUATIONS:])
    known = np.sort(intervals[np.isfinite(intervals)])
    return float(known[len(known) // 2]) if len(known) else 0.0


def latest(walls: Floats) -> float | None:
    """Return the latest of some wall times; None if none is known.

    >>> latest(np.array([2.0, np.nan, 1.0]))
    2.0
    """
    known = walls[np.isfinite(walls)]
    return float(known.max()) if len(known) else None


class Silence:
    """How long a run has not been written to, by a clock that nobody sets.

    The clock of the machine counts only once, when the run is first seen: afterwards it may be set forward or back.
    """

    def __init__(self) -> None:
        self._last_write: float | None = None
        self._is_known = False
        self._written_at = 0.0
        """When the last write was, in seconds of the monotonic clock."""

    def seconds(self, last_write: float | None, *, has_grown: bool, now: float, ticks: float) -> float:
        """Return the seconds since *last_write*; negative for one in the future.

        *last_write* and *now* are in seconds since 1970, *ticks* is now in seconds of the monotonic clock. A write to a
        run that *has_grown* was seen to happen, whatever time it bears.
        """
        if not self._is_known or last_write != self._last_write:
            is_seen = self._is_known and has_grown
            self._written_at = ticks - (0.0 if is_seen else now - (last_write or 0.0))
            self._last_write, self._is_known = last_write, True
        return ticks - self._written_at


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
