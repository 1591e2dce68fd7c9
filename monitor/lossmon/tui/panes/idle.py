"""Whether the GPU stood still while a run trained, and when."""

from __future__ import annotations

import numpy as np

from lossmon.core.snapshot import RunSnapshot
from lossmon.gpu import Gpu
from lossmon.presentation import run_text as words
from lossmon.presentation.numbers import format_duration

_IDLE = 5.0
_BUSY = 50.0
_LEAST = 60.0
"""Seconds; loading data and writing a checkpoint take less."""


def idle_forms(gpu: Gpu, view: RunSnapshot) -> tuple[str, ...]:
    """Return ``(epoch 17: idle 4 min)`` for the longest standstill of a run, longest form first; empty without one.

    A GPU that is not busy most of the time, at least half of it, has no standstills.
    """
    history = view.history
    if history is None or not len(history.wall) or not np.isfinite(history.wall).all():
        return ()
    spell = longest_spell(gpu.history, float(history.wall[0]), float(history.wall[-1]))
    if spell is None:
        return ()
    x = float(history.x[int(np.searchsorted(history.wall, spell[0]))])
    idle = f"idle {format_duration(spell[1] - spell[0])}"
    return (f"({words.count(view, x)}: {idle})", f"({words.mark(view, x)}: {idle})")


def longest_spell(samples: tuple[tuple[float, float], ...], since: float, until: float) -> tuple[float, float] | None:
    """Return begin and end, in seconds since 1970, of the longest time a busy GPU was idle; None without one."""
    taken = np.array(samples, np.float64).reshape(-1, 2)
    when, used = taken[(taken[:, 0] >= since) & (taken[:, 0] <= until)].T
    measured = used[~np.isnan(used)]
    if not len(measured) or np.median(measured) < _BUSY:
        return None
    idle = np.concatenate(([False], used < _IDLE, [False]))
    begins, ends = np.flatnonzero(~idle[:-1] & idle[1:]), np.flatnonzero(idle[:-1] & ~idle[1:]) - 1
    if not len(begins):
        return None
    longest = int(np.argmax(when[ends] - when[begins]))
    begin, end = float(when[begins[longest]]), float(when[ends[longest]])
    return (begin, end) if end - begin >= _LEAST else None
