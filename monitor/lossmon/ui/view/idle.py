"""Whether the GPU stood still while a run trained, and when."""

from __future__ import annotations

import numpy as np

from lossmon.gpu import Gpu
from lossmon.snapshot import RunView
from lossmon.ui import words
from lossmon.ui.plot.numbers import format_duration

_IDLE = 5.0
_BUSY = 50.0
_LEAST = 60.0
"""Seconds; loading data and writing a checkpoint take less."""


def idle_note(gpu: Gpu | None, view: RunView) -> str:
    """Return ``gpu idle 4 min at epoch 17`` for the longest standstill between two evaluations; empty without one.

    A GPU that is not busy most of the time, at least half of it, has no standstills.
    """
    history = view.history
    walls = np.empty(0) if history is None else history.wall
    if gpu is None or history is None or not len(walls) or not np.isfinite(walls).all():
        return ""
    spell = longest_spell(gpu.history, float(walls[0]), float(walls[-1]))
    if spell is None:
        return ""
    at = int(np.searchsorted(walls, spell[0]))
    return f"gpu idle {format_duration(spell[1] - spell[0])} at {words.count(view, float(history.x[at]))}"


def longest_spell(samples: tuple[tuple[float, float], ...], since: float, until: float) -> tuple[float, float] | None:
    """Return begin and end, in seconds since 1970, of the longest time a busy GPU was idle; None without one."""
    within = [(when, used) for when, used in samples if since <= when <= until]
    if not within or np.median([used for _, used in within]) < _BUSY:
        return None
    longest, begin = (0.0, 0.0), None
    for when, used in within:
        if used >= _IDLE or used != used:
            begin = None
        elif begin is None:
            begin = when
        elif when - begin > longest[1] - longest[0]:
            longest = begin, when
    return longest if longest[1] - longest[0] >= _LEAST else None
