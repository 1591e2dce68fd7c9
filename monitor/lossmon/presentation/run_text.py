"""The words, glyphs and figures by which a run is described."""

from __future__ import annotations

import math
import time

import numpy as np

from lossmon.core.snapshot import EvaluationHistory, RunSnapshot, RunStatus
from lossmon.core.verdict import Verdict
from lossmon.presentation.numbers import format_duration, format_step, format_value
from lossmon.presentation.step_to_epoch import epoch_of

_BAD_STATUS = {RunStatus.STALLED, RunStatus.GONE, RunStatus.UNREADABLE}
_RECENT = 8


def glyph(view: RunSnapshot) -> str:
    """Return the one-cell sign of the state of a run."""
    if view.status is RunStatus.UNREADABLE:
        return "?"
    return sign(view.assessment.verdict)


def sign(verdict: Verdict) -> str:
    """Return the one-cell sign of a verdict."""
    return verdict.sign


def role(view: RunSnapshot) -> str:
    """Return the role its verdict is painted in."""
    return "unreadable" if view.status is RunStatus.UNREADABLE else view.assessment.verdict.value


def word(view: RunSnapshot) -> str:
    """Return the verdict, or what keeps it from being given."""
    if view.status is RunStatus.UNREADABLE:
        return "unreadable"
    if view.catching_up is not None and view.assessment.verdict is Verdict.WARMING_UP:
        return f"reading {percent(view.catching_up)}"
    if view.history is None and view.catching_up is None:
        return "no loss found"
    return str(view.assessment.verdict.value)


def trouble_word(view: RunSnapshot) -> str:
    """Return ``stalled`` or ``gone`` where that is so, else an empty text."""
    return view.status.value if view.status in _BAD_STATUS - {RunStatus.UNREADABLE} else ""


def percent(share: float) -> str:
    """Return a share of 0 to 1 in whole percent, rounded down: 100 % means all."""
    return f"{math.floor(100 * share)} %"


def x_at(view: RunSnapshot, index: int | None) -> float | None:
    """Return the x of evaluation *index*; None where there is none."""
    history = view.history
    if history is None or index is None or not 0 <= index < len(history.x):
        return None
    return float(history.x[index])


def count(view: RunSnapshot, x: float, of: float | None = None) -> str:
    """Return *x* as a run counts it: ``epoch 10/50``, ``step 12.3k``, or ``step 29, epoch 2`` where the log says so."""
    epoch = epoch_of(view, x)
    counted = f"{view.axis} {format_step(x)}" + ("" if of is None else f"/{format_step(of)}")
    return counted if epoch is None else f"{counted}, epoch {format_step(epoch)}"


def turning_point(view: RunSnapshot) -> int | None:
    """Return the evaluation since which the verdict holds: the onset, or where divergence was seen."""
    assessment = view.assessment
    return assessment.detected if assessment.verdict is Verdict.DIVERGED else assessment.onset


def since(view: RunSnapshot) -> str:
    """Return the short mark of the turning point, ``e10`` or ``1203``; empty where there is none."""
    x = x_at(view, turning_point(view))
    return "" if x is None else mark(view, x)


def mark(view: RunSnapshot, x: float) -> str:
    """Return *x* as briefly as a run can count it: ``e10`` is an epoch, ``1203`` a step."""
    return f"e{format_step(x)}" if view.axis == "epoch" else format_step(x)


def progress(view: RunSnapshot) -> str:
    """Return how far a run has come: ``epoch 31/50``, ``step 12.3k``; empty where nothing was logged."""
    history = view.history
    if history is None or not len(history.x):
        return ""
    return count(view, float(history.x[-1]), view.planned)


def seconds_per_count(history: EvaluationHistory | None) -> float | None:
    """Return the seconds one epoch or step takes: the median of the last few evaluations; None if not known."""
    if history is None or len(history.x) < 2:
        return None
    wall, x = history.wall[-_RECENT - 1 :], history.x[-_RECENT - 1 :]
    usable = np.isfinite(wall) & np.isfinite(x)
    apart = np.diff(x[usable])
    if not len(apart) or np.any(apart <= 0):
        return None
    with np.errstate(all="ignore"):
        pace = float(np.median(np.diff(wall[usable]) / apart))
    return pace if pace > 0 and math.isfinite(pace) else None


def pace(view: RunSnapshot) -> str:
    """Return the pace of a run: ``42 s/epoch``, ``3.1 steps/s``; empty where it is not known."""
    seconds = seconds_per_count(view.history)
    if seconds is None:
        return ""
    if seconds >= 1:
        return f"{format_duration(seconds)}/{view.axis}"
    return f"{format_value(1 / seconds)} {view.axis}s/s"


def time_left(view: RunSnapshot) -> str:
    """Return ``13 min left`` for a running run that says how long it will be; else an empty text."""
    seconds = seconds_per_count(view.history)
    if seconds is None or view.planned is None or view.history is None:
        return ""
    missing = view.planned - float(view.history.x[-1])
    running = view.status in (RunStatus.LIVE, RunStatus.QUIET)
    return f"{format_duration(missing * seconds)} left" if running and missing > 0 else ""


def clock(seconds: float | None, now: float) -> str:
    """Return a moment as the wall clock shows it: ``12:04:31``, with its date where that is not today's."""
    if seconds is None or not 0 < seconds < 1e11:
        return ""
    then, today = time.localtime(seconds), time.localtime(now)
    shape = "%H:%M:%S" if then[:3] == today[:3] else "%Y-%m-%d %H:%M"
    return time.strftime(shape, then)


def last_sign(view: RunSnapshot, now: float) -> str:
    """Return when the run was last heard of, in the words its status asks for; empty where not known."""
    moment, status = clock(view.last_write, now), view.status.value
    if not moment or view.status in (RunStatus.GONE, RunStatus.UNREADABLE):
        return status
    if view.status in (RunStatus.QUIET, RunStatus.STALLED):
        return f"{status} since {moment}"
    return f"finished {moment}" if view.status is RunStatus.FINISHED else f"last point {moment}"


def gap_forms(view: RunSnapshot) -> tuple[str, ...]:
    """Return the gap of a run in words, longest form first: value, trend, trend per evaluation; empty without one."""
    gap, slope = view.assessment.gap, view.assessment.gap_slope
    if gap is None:
        return _unknown_gap(view.history)
    if slope is None or not math.isfinite(gap + slope):
        return (format_value(gap),)
    trend = "▬" if slope == 0 else "▲" if slope > 0 else "▼"
    now = f"{format_value(gap)} {trend}"
    per = "epoch" if view.axis == "epoch" else "eval"
    return (f"{now} {format_value(abs(slope))}/{per}", now, format_value(gap))


def _unknown_gap(history: EvaluationHistory | None) -> tuple[str, ...]:
    """Say which of the two losses is no number any more; nothing where one of them was never logged."""
    if history is None or history.val is None or history.train is None or history.unlogged >= len(history.x):
        return ()
    last = {"val": float(history.val[-1]), "train": float(history.train[-1])}
    broken = [f"{name} is {format_value(loss)}" for name, loss in last.items() if not math.isfinite(loss)]
    return (f"unknown: {broken[0]}", "unknown", "?") if broken else ()
