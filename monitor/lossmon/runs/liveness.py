"""Whether a run is still written to, by its own rhythm and by what is known of the process that writes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import RunStatus
from lossmon.runs.rhythm import Rhythm
from lossmon.sources.open_files import Writer


@dataclass(frozen=True, slots=True)
class LivenessThresholds:
    """After how much silence a run is quiet, and then stalled: the largest of a time and multiples of its rhythm."""

    seen_seconds: float = 15.0
    """Silence that means nothing where the rhythm was seen: snapshots are made this often."""
    live_seconds: float = 150.0
    """Silence that means nothing where it was not: many writers flush every two minutes."""
    unknown_seconds: float = 60.0
    """Silence that means nothing where neither the log nor what was seen tells a rhythm."""
    live_intervals: float = 3.0
    """Write intervals of silence that mean nothing: evaluations may be missing or take longer."""
    live_pauses: float = 1.5
    """Pauses of silence that mean nothing: the next validation may take longer than those before."""
    quiet_seconds: float = 600.0
    """Silence after which even a writer that buffers has stopped."""
    quiet_intervals: float = 10.0
    """Write intervals of silence after which a run has probably stopped."""
    quiet_pauses: float = 4.0
    """Pauses of silence after which it has."""

    def overdue(self, rhythm: Rhythm) -> float:
        """Return the seconds of silence from which on the next write is overdue."""
        unseen = self.live_seconds if rhythm.usual else self.unknown_seconds
        shortest = self.seen_seconds if rhythm.is_seen else unseen
        return max(shortest, self.live_intervals * rhythm.usual, self.live_pauses * rhythm.pause)

    def stopped(self, rhythm: Rhythm) -> float:
        """Return the seconds of silence after which the training has probably stopped."""
        return max(self.quiet_seconds, self.quiet_intervals * rhythm.usual, self.quiet_pauses * rhythm.pause)


DEFAULT_THRESHOLDS = LivenessThresholds()


def run_status(
    silence: float,
    rhythm: Rhythm,
    *,
    has_grown: bool,
    has_ended: bool,
    writer: Writer = Writer.UNKNOWN,
    thresholds: LivenessThresholds = DEFAULT_THRESHOLDS,
) -> RunStatus:
    """Return the status of a run after *silence* seconds, by its *rhythm*; its log does not say that it has ended.

    *has_grown* is whether it was seen to grow: a silent run that never did, and that no process has open, had ended
    before. *has_ended* is whether it reached its planned end. Clocks of several machines differ a little, so a write
    that is a little in the future is recent. One that is far in it says nothing of now: the clock was set, or the time
    of the file was.

    >>> run_status(100.0, Rhythm(60.0), has_grown=True, has_ended=False)
    <RunStatus.RUNNING: 'running'>
    """
    is_over = writer is Writer.ENDED or (has_ended and writer is not Writer.RUNS)
    if is_over and silence > thresholds.seen_seconds:
        return RunStatus.ENDED
    if abs(silence) <= thresholds.overdue(rhythm):
        return RunStatus.RUNNING
    if writer is Writer.RUNS:
        # Of a run that was not seen to grow and whose log names no times, the rhythm is not known.
        is_known = has_grown or rhythm.usual
        return RunStatus.STALLED if is_known and silence > thresholds.stopped(rhythm) else RunStatus.QUIET
    if has_ended or (silence < 0 and not has_grown):
        return RunStatus.ENDED
    if silence <= thresholds.stopped(rhythm):
        return RunStatus.QUIET
    return RunStatus.STALLED if has_grown else RunStatus.ENDED


def latest(walls: Floats) -> float | None:
    """Return the latest of some wall times; None if none is known.

    >>> latest(np.array([2.0, np.nan, 1.0]))
    2.0
    """
    known = walls[np.isfinite(walls)]
    return float(known.max()) if len(known) else None
