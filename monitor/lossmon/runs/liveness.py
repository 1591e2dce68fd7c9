"""Whether a run is alive, told from its own rhythm of writing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import EvaluationHistory, RunStatus

_BUFFERED = 150.0
"""Seconds of silence that mean nothing: many writers flush every two minutes."""
_SILENT = 600.0
"""Seconds of silence after which even a buffering writer is late."""
_RECENT = 20


def status(last_write: float | None, write_interval: float, *, grew: bool, ended: bool, now: float) -> RunStatus:
    """Return the status of a run that wrote *last_write* and usually writes every *rhythm* seconds.

    *grew* says whether it was seen to grow; one that never did and is silent has ended before we looked. *ended* says
    whether it has reached what it set out for. A clock that runs ahead of ours makes a run live, never late.
    """
    silence = max(0.0, now - (last_write or 0.0))
    if silence <= max(_BUFFERED, 3 * write_interval):
        return RunStatus.LIVE
    if ended:
        return RunStatus.FINISHED
    if silence <= max(_SILENT, 10 * write_interval):
        return RunStatus.QUIET
    return RunStatus.STALLED if grew else RunStatus.FINISHED


def write_interval(history: EvaluationHistory | None) -> float:
    """Return the usual seconds between two evaluations; 0 where the log does not say."""
    if history is None:
        return 0.0
    steps = np.diff(history.wall[-_RECENT:])
    known = np.sort(steps[np.isfinite(steps)])
    return float(known[len(known) // 2]) if len(known) else 0.0


def newest(walls: Floats) -> float | None:
    """Return the latest of some wall times; None where none is known."""
    known = walls[np.isfinite(walls)]
    return float(known.max()) if len(known) else None


class ArrivalTimes:
    """When evaluations were seen to be written, for logs that give no times."""

    def __init__(self) -> None:
        self._seen: dict[float, float] = {}
        self._newest: float | None = None

    def timed(self, history: EvaluationHistory, written: float, *, new: bool) -> EvaluationHistory:
        """Return *history* with the times, in seconds since 1970, of the evaluations that came one by one.

        The log was last written at *written*; what is not *new* was there before we looked, or came with others.
        """
        if np.isfinite(history.wall[-1]):
            return history
        x = float(history.x[-1])
        if x != self._newest:
            before = [(at, when) for at, when in self._seen.items() if at < x]
            self._seen = dict([*before[-_RECENT:], (x, written)] if new else before)
            self._newest = x
        return replace(history, wall=self._filled(history)) if self._seen else history

    def _filled(self, history: EvaluationHistory) -> Floats:
        wall = history.wall.copy()
        x, when = np.array(list(self._seen.items())).T
        at = np.minimum(np.searchsorted(history.x, x), len(wall) - 1)
        known = history.x[at] == x
        wall[at[known]] = when[known]
        return wall
