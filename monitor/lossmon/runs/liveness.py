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

_RECENT_EVALUATIONS = 20
"""Newest evaluations from which the write interval is taken, and whose times of arrival are kept."""


def run_status(
    last_write: float | None,
    interval: float,
    *,
    has_grown: bool,
    has_ended: bool,
    now: float,
    thresholds: LivenessThresholds = DEFAULT_THRESHOLDS,
) -> RunStatus:
    """Return the status of a run that was last written to at *last_write* and is usually every *interval* seconds.

    *has_grown* is whether it was seen to grow: a silent run that never did had ended before. *has_ended* is whether it
    reached its planned end. Clocks of several machines differ a little, so a write that is a little later than *now*
    is recent. One that is much later says nothing of now: the clock was set, or the time of the file was.

    >>> run_status(1000.0, 60.0, has_grown=True, has_ended=False, now=1100.0)
    <RunStatus.LIVE: 'live'>
    """
    silence = now - (last_write or 0.0)
    if abs(silence) <= max(thresholds.live_seconds, thresholds.live_intervals * interval):
        return RunStatus.LIVE
    if has_ended or (silence < 0 and not has_grown):
        return RunStatus.FINISHED
    if silence <= max(thresholds.quiet_seconds, thresholds.quiet_intervals * interval):
        return RunStatus.QUIET
    return RunStatus.STALLED if has_grown else RunStatus.FINISHED


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


class ArrivalTimes:
    """When evaluations were seen to be written, for logs without times."""

    def __init__(self) -> None:
        self._times: dict[float, float] = {}
        """Time of arrival in seconds since 1970, by x."""
        self._newest_x: float | None = None

    def add_times(self, history: EvaluationHistory, modified: float, *, is_new: bool) -> EvaluationHistory:
        """Return *history* with the times, in seconds since 1970, of the evaluations that arrived one by one.

        *modified* is when the log was last written. The last evaluation has this time if it *is_new*: it was not there
        at the start, and all of the log has been read. A history with times of its own is returned as it is.
        """
        if np.isfinite(history.wall_time[-1]):
            return history
        x = float(history.x[-1])
        if x != self._newest_x:
            earlier = [(other, time) for other, time in self._times.items() if other < x]
            self._times = dict([*earlier[-_RECENT_EVALUATIONS:], (x, modified)] if is_new else earlier)
            self._newest_x = x
        return replace(history, wall_time=self._fill_in(history)) if self._times else history

    def _fill_in(self, history: EvaluationHistory) -> Floats:
        wall = history.wall_time.copy()
        x, times = np.array(list(self._times.items())).T
        index = np.minimum(np.searchsorted(history.x, x), len(wall) - 1)
        is_logged = history.x[index] == x
        wall[index[is_logged]] = times[is_logged]
        return wall
