"""Describe a run in short texts: verdict, position, speed, time left, gap."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable

import numpy as np

from lossmon.core.assessment import Advice, Assessment, verdict_word
from lossmon.core.points import Unit
from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot, RunStatus
from lossmon.core.verdict import Verdict
from lossmon.presentation.gap_trend import is_steady
from lossmon.presentation.numbers import format_duration, format_step, format_value
from lossmon.runs.step_to_epoch import epoch_of

_UNREADABLE = "?"
"""The sign of a run whose files cannot be read."""
_UNREADABLE_ROLE = "unreadable"
"""Its word and its colour."""
_MAX_CONFIDENCE = 99
"""Percent."""
_SPEED_EVALUATIONS = 8
"""Intervals between evaluations over which the speed is measured."""
SHORT_UNITS: dict[Unit, str] = {"epoch": "e", "step": "s", "round": "r", "evaluation": "#"}
"""What stands before a number for its unit where there is little room."""
_LATEST_TIME = 1e11
"""Seconds since 1970, about the year 5100; larger numbers are not times."""


def glyph(run: RunSnapshot) -> str:
    """Return the one-cell sign of a run: that of its verdict, or ``?`` if its files cannot be read."""
    if run.status is RunStatus.UNREADABLE:
        return _UNREADABLE
    return run.assessment.sign


def colour_role(run: RunSnapshot) -> str:
    """Return the name of the colour of a run: its verdict, or ``unreadable``."""
    return _UNREADABLE_ROLE if run.status is RunStatus.UNREADABLE else run.assessment.verdict.value


def verdict_counts(runs: Iterable[RunSnapshot]) -> list[tuple[int, str, str]]:
    """Return how many *runs* have each verdict, its word and its colour role; the most urgent first."""
    order = list(Verdict)
    counts = Counter((order.index(run.assessment.verdict), run.assessment.is_weak, colour_role(run)) for run in runs)
    return [
        (count, role if role == _UNREADABLE_ROLE else verdict_word(order[index], is_weak=is_weak), role)
        for (index, is_weak, role), count in sorted(counts.items())
    ]


def verdict_text(run: RunSnapshot) -> str:
    """Return the verdict of a run, or why it has none: ``unreadable``, ``reading 42 %``, ``no loss found``."""
    if run.status is RunStatus.UNREADABLE:
        return "unreadable"
    if run.share_read is not None and run.assessment.verdict is Verdict.WARMING_UP:
        return f"reading {percent(run.share_read)}"
    if run.history is None and run.share_read is None:
        return "no loss found" if run.metrics else "no values yet"
    return run.assessment.word


def confidence_text(assessment: Assessment) -> str:
    """Return the confidence in percent, at most 99: a verdict is never called certain; empty while warming up.

    >>> confidence_text(Assessment(Verdict.DIVERGED, confidence=1.0))
    '99%'
    """
    if assessment.verdict is Verdict.WARMING_UP:
        return ""
    return f"{min(_MAX_CONFIDENCE, round(100 * assessment.confidence))}%"


def status_warning(run: RunSnapshot) -> str:
    """Return ``failed``, ``stalled`` or ``gone`` if that is the status of the run; else an empty text."""
    return run.status.value if run.status in (RunStatus.FAILED, RunStatus.STALLED, RunStatus.GONE) else ""


def percent(share: float) -> str:
    """Return a share of 0 to 1 in percent, rounded down, so that only all is ``100 %``.

    >>> percent(0.999)
    '99 %'
    """
    return f"{math.floor(100 * share)} %"


def x_of_evaluation(run: RunSnapshot, index: int | None) -> float | None:
    """Return the x of evaluation *index*; None if there is no such evaluation."""
    history = run.history
    if history is None or index is None or not 0 <= index < len(history.x):
        return None
    return float(history.x[index])


def position_text(run: RunSnapshot, x: float, of: float | None = None) -> str:
    """Return a position in a run: ``epoch 10``, with *of* ``epoch 10/50``; ``step 29, epoch 2`` if both are known."""
    epoch = epoch_of(run, x)
    position = f"{run.unit} {format_step(x)}" + ("" if of is None else f"/{format_step(of)}")
    return position if epoch is None else f"{position}, epoch {format_step(epoch)}"


def turning_point(run: RunSnapshot) -> int | None:
    """Return the evaluation at which the verdict began to hold: the onset, or where divergence was detected."""
    assessment = run.assessment
    return assessment.detected if assessment.verdict is Verdict.DIVERGED else assessment.onset


def turning_label(run: RunSnapshot) -> str:
    """Return the turning point as ``epoch 10``, ``round 40``; empty if there is none."""
    history, turn = run.history, turning_point(run)
    return history.label(turn) if history and turn is not None else ""


def onset_mark(run: RunSnapshot) -> str:
    """Return the turning point as ``e10`` or ``s1203``; empty if there is none."""
    x = x_of_evaluation(run, turning_point(run))
    return "" if x is None else short_position(run, x)


def short_position(run: RunSnapshot, x: float) -> str:
    """Return a position in a run in its shortest form: ``e10`` for an epoch, ``s1203`` for a step, ``r40``, ``#15``."""
    return f"{SHORT_UNITS[run.unit]}{format_step(x)}"


def progress(run: RunSnapshot) -> str:
    """Return the position of the last evaluation: ``epoch 31/50``, ``step 12.3k``; empty if there is none."""
    history = run.history
    if history is None or not len(history.x):
        return ""
    return position_text(run, float(history.x[-1]), run.planned_end)


def seconds_per_unit(history: EvaluationHistory | None) -> float | None:
    """Return the seconds that one epoch or step takes, the median over the last evaluations; None if not known."""
    if history is None or len(history.x) < 2:
        return None
    wall, x = history.wall_time[-_SPEED_EVALUATIONS - 1 :], history.x[-_SPEED_EVALUATIONS - 1 :]
    usable = np.isfinite(wall) & np.isfinite(x)
    steps = np.diff(x[usable])
    if not len(steps) or np.any(steps <= 0):
        return None
    with np.errstate(all="ignore"):
        seconds = float(np.median(np.diff(wall[usable]) / steps))
    return seconds if seconds > 0 and math.isfinite(seconds) else None


def speed_text(run: RunSnapshot) -> str:
    """Return the speed of a run: ``42 s/epoch``, ``3.1 steps/s``; empty if it is not known."""
    seconds = seconds_per_unit(run.history)
    if seconds is None:
        return ""
    if seconds >= 1:
        return f"{format_duration(seconds)}/{run.unit}"
    return f"{format_value(1 / seconds)} {run.unit}s/s"


def time_left(run: RunSnapshot) -> str:
    """Return ``13 min left`` if the run is running and its planned end is known; else an empty text."""
    remaining = remaining_time(run)
    return f"{remaining} left" if remaining else ""


def remaining_time(run: RunSnapshot) -> str:
    """Return ``13 min`` if the run is running and its planned end is known; else an empty text."""
    seconds = seconds_per_unit(run.history)
    if seconds is None or run.planned_end is None or run.history is None:
        return ""
    remaining = run.planned_end - float(run.history.x[-1])
    return format_duration(remaining * seconds) if run.goes_on and remaining > 0 else ""


def clock_time(seconds: float | None, now: float) -> str:
    """Return a time as ``12:04:31``, with its date if that is not the date of *now*; empty if it is not known."""
    if seconds is None or not 0 < seconds < _LATEST_TIME:
        return ""
    local, today = time.localtime(seconds), time.localtime(now)
    time_format = "%H:%M:%S" if local[:3] == today[:3] else "%Y-%m-%d %H:%M"
    return time.strftime(time_format, local)


def last_activity(run: RunSnapshot, now: float) -> str:
    """Return the status of a run with the time of its last write: ``quiet since 12:04:31``; empty if not known."""
    last_write, status = clock_time(run.last_write, now), run.status.value
    if not last_write or run.status in (RunStatus.GONE, RunStatus.UNREADABLE):
        return status
    if run.status in (RunStatus.QUIET, RunStatus.STALLED):
        return f"{status} since {last_write}"
    if run.status in (RunStatus.ENDED, RunStatus.FAILED):
        return f"{status} {last_write}"
    return f"last point {last_write}"


def gap_texts(run: RunSnapshot) -> tuple[str, ...]:
    """Return texts for the gap, the longest first: value with slope, value with direction, value; empty without a gap.

    For example ``("0.72 ▲ 0.031/epoch", "0.72 ▲", "0.72")``, or ``("0.72 ▬ steady", "0.72 ▬", "0.72")`` where the
    slope is no larger than chance makes it.
    """
    gap, slope, direction = run.assessment.gap, run.assessment.gap_slope, gap_direction(run)
    if gap is None:
        return _unknown_gap_forms(run.history)
    if slope is None or not direction:
        return (format_value(gap),)
    short = f"{format_value(gap)} {direction}"
    if direction == "▬":
        return (f"{short} steady", short, format_value(gap))
    unit = "epoch" if run.axis == "epoch" else "eval"
    return (f"{short} {format_value(abs(slope))}/{unit}", short, format_value(gap))


def gap_direction(run: RunSnapshot) -> str:
    """Return in one cell whether the gap grows, shrinks or stays; empty if that is not known."""
    gap, slope = run.assessment.gap, run.assessment.gap_slope
    if gap is None or slope is None or not math.isfinite(gap + slope):
        return ""
    return "▬" if slope == 0 or is_steady(run.history) else "▲" if slope > 0 else "▼"


def last_loss(run: RunSnapshot) -> float | None:
    """Return the loss that the verdict is about at the last evaluation; None if there is none."""
    history = run.history
    return float(history.judged[-1]) if history is not None and len(history.x) else None


def last_logged(curve: Curve | None) -> float | None:
    """Return the last value of *curve*, finite or not; None if there is none."""
    return float(curve.value[-1]) if curve is not None and len(curve.value) else None


def _unknown_gap_forms(history: EvaluationHistory | None) -> tuple[str, ...]:
    """Return which of the two losses is NaN or infinite; empty if neither is, or one was never logged."""
    if (
        history is None
        or history.val is None
        or history.train is None
        or history.evaluations_before_train >= len(history.x)
    ):
        return ()
    last = {"val": float(history.val[-1]), "train": float(history.train[-1])}
    non_finite = [f"{name} is {format_value(loss)}" for name, loss in last.items() if not math.isfinite(loss)]
    return (f"unknown: {non_finite[0]}", "unknown", "?") if non_finite else ()


def advice_sentence(advice: Advice) -> str:
    """Return a piece of advice in full.

    >>> advice_sentence(Advice("Clip gradients", "one exploding step is enough", "fewer spikes"))
    'Clip gradients, because one exploding step is enough; expect fewer spikes'
    """
    expectation = f"; expect {advice.expect}" if advice.expect else ""
    return f"{advice.do}, because {advice.because}{expectation}"


def risk_text(probability: float) -> str:
    """Return a probability of overfitting in percent, at most 99: nothing is certain.

    >>> risk_text(0.984), risk_text(1.0)
    ('98%', '99%')
    """
    return f"{min(_MAX_CONFIDENCE, round(100 * probability))}%"


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def restart_text(run: RunSnapshot) -> str:
    """Return that the training began again: ``restarted at step 120``, ``third fit of this log``; empty if not.

    Where only the losses tell, by a jump, it is ``restarted``.
    """
    earlier = [curve for curve in run.earlier_attempts if curve.axis == run.axis and len(curve.x)]
    current = [curve for curve in (run.train, run.val) if curve is not None and curve.axis == run.axis and len(curve.x)]
    if not earlier or not current:
        return "restarted" if "restarted" in run.assessment.flags else ""
    at = min(float(curve.x[0]) for curve in earlier)
    if at > min(float(curve.x[0]) for curve in current):
        return f"restarted at {position_text(run, at)}"
    number = max(run.restarts, 1)
    return f"{_ORDINALS[number] if number < len(_ORDINALS) else f'{number + 1}th'} fit of this log"
