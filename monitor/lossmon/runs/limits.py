"""Limits of reading and of memory, all in one place."""

from __future__ import annotations

from dataclasses import dataclass

from lossmon.sources.protocol import RUNS_PER_LOG


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read at once, and how many points are held in memory."""

    read_bytes: int = 4 << 20
    """Bytes of one log that are read and decoded at a time; the decoders are fastest with about this many."""
    read_rows: int = 100_000
    """Rows of a database that are read at a time."""
    runs_per_log: int = RUNS_PER_LOG
    """Runs in one log; more are left out."""
    round_seconds: float = 0.05
    """Time of one round of reading, and of one round of evaluating, before a snapshot is made."""
    round_seconds_per_run: float = 1e-4
    """Added to ``round_seconds`` for each run, because a snapshot of many runs takes longer."""
    preview_bytes: int = 32 << 20
    """Logs of at least this size are sampled first, so that their curves can be shown before all is read."""
    points_per_tag: int = 1 << 16
    """Points of a tag up to which nothing is thinned; at most twice as many are held, of 24 bytes each."""
    min_points_per_tag: int = 1 << 7
    """``points_per_tag`` is not lowered below this, however many tags there are."""
    total_points: int = 1 << 22
    """Points of all logs (100 MB). If there are more, ``points_per_tag`` is halved until they fit."""


DEFAULT_LIMITS = Limits()
