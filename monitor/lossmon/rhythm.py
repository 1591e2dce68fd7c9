"""Whether a run is alive, told from its own rhythm of writing."""

from __future__ import annotations

import numpy as np

from lossmon.points import Floats
from lossmon.snapshot import History, Status

_BUFFERED = 150.0
"""Seconds of silence that mean nothing: many writers flush every two minutes."""
_SILENT = 600.0
"""Seconds of silence after which even a buffering writer is late."""
_RECENT = 20


def status(last_write: float | None, rhythm: float, *, grew: bool, now: float) -> Status:
    """Return the status of a run that wrote *last_write* and usually writes every *rhythm* seconds.

    *grew* says whether it was seen to grow; one that never did and is silent has ended before we looked. A clock
    that runs ahead of ours makes a run live, never late.
    """
    silence = max(0.0, now - (last_write or 0.0))
    if silence <= max(_BUFFERED, 3 * rhythm):
        return Status.LIVE
    if silence <= max(_SILENT, 10 * rhythm):
        return Status.QUIET
    return Status.STALLED if grew else Status.FINISHED


def rhythm(history: History | None) -> float:
    """Return the usual seconds between two evaluations; 0 where the log does not say."""
    if history is None:
        return 0.0
    steps = np.diff(history.wall[-_RECENT:])
    known = steps[np.isfinite(steps)]
    return float(np.median(known)) if len(known) else 0.0


def newest(walls: Floats) -> float | None:
    """Return the latest of some wall times; None where none is known."""
    known = walls[np.isfinite(walls)]
    return float(known.max()) if len(known) else None
