"""Ticks of an axis: few round values, labelled with as few digits as distinguish them."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import numpy as np

from lossmon.presentation.charts.scales import LogScale, Scale, SymlogScale
from lossmon.presentation.numbers import format_step, format_value

XUnit: TypeAlias = Literal["epoch", "step", "round", "evaluation", "relative", "wall", "share"]
"""The unit of x: epochs, steps, seconds since the start of the run, seconds since 1970, or percent of the run."""
AXIS_NAMES: dict[XUnit, str] = {
    "epoch": "epoch",
    "step": "step",
    "round": "round",
    "evaluation": "evaluation",
    "relative": "time",
    "wall": "time",
    "share": "% of the run",
}
"""What is written beside an x axis."""

_ROUND_FACTORS = (1.0, 2.0, 2.5, 5.0)
"""Distances of linear ticks are one of these times a power of ten."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TIME_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(_MINUTE * count for count in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * count for count in (1, 2, 3, 6, 12)),
)
"""Distances of time ticks below a day, in seconds."""
_DAY_FACTORS = (1, 2, 5, 10, 20)
_MAX_CALENDAR_SECONDS = 60e9
"""Seconds before or after 1970 up to which ``datetime`` has a date: about the year 3871."""
_MIN_RANGE = 1e-300
"""A shorter range gets no linear ticks: their distance would not be a normal float."""
_MAX_STEPS_FROM_ZERO = 1e12
"""Multiples of a step beyond this number are not exact enough to be ticks."""
_TICK_TOLERANCE = 1e-9
"""Fraction of a step by which a tick may lie outside the range because of rounding."""
_MIN_POWERS = 4
"""With fewer powers of ten in the range, a logarithmic axis also gets ticks at 2 and 5 times each power."""
_MIN_DIGITS, _MAX_DIGITS = 3, 15


def linear_ticks(low: float, high: float, max_count: int, min_step: float = 0.0) -> list[float]:
    """Return up to *max_count* multiples of 1, 2, 2.5 or 5 times a power of ten between *low* and *high*.

    If *min_step* is given, the distance of the ticks is a multiple of it.

    >>> linear_ticks(0.11, 2.04, 4)
    [0.5, 1.0, 1.5, 2.0]
    """
    length = high - low
    if not 0 < length < math.inf or max_count < 1 or length < _MIN_RANGE:
        return []
    power = math.floor(math.log10(length / max_count))
    for exponent in range(power, power + 3):
        for factor in _ROUND_FACTORS:
            step = float(f"{factor}e{exponent}")
            is_multiple = min_step <= 0 or step % min_step == 0
            if step >= min_step and is_multiple and len(ticks := _multiples(low, high, step, max_count)) <= max_count:
                return ticks
    return []


def _multiples(low: float, high: float, step: float, max_count: int) -> list[float]:
    """Return the multiples of *step* from *low* to *high*, at most *max_count* + 1 of them."""
    if math.isinf(step) or max(abs(low), abs(high)) / step > _MAX_STEPS_FROM_ZERO:
        return []
    first, last = math.ceil(low / step - _TICK_TOLERANCE), math.floor(high / step + _TICK_TOLERANCE)
    return [min(max(index * step, low), high) for index in range(first, min(last, first + max_count) + 1)]


def y_ticks(scale: Scale, max_count: int) -> list[float]:
    """Return up to *max_count* values to label on a y axis: round values, or its ends if there are too few."""
    low, high = scale.fraction(np.array([scale.low, scale.high])).tolist()
    if low == high:
        return [scale.low][:max_count]
    ticks: list[float] = []
    if isinstance(scale, LogScale):
        ticks = _log_ticks(scale.low, scale.high, max_count)
    elif isinstance(scale, SymlogScale):
        ticks = _symlog_ticks(scale, max_count)
    if len(ticks) < 2:
        ticks = linear_ticks(scale.low, scale.high, max_count)
    return ticks if len(ticks) > 1 else [scale.high, scale.low][:max_count]


def _log_ticks(low: float, high: float, max_count: int) -> list[float]:
    """Return 1, 2 and 5 times the powers of ten from *low* to *high*, or only the powers, or some of these."""
    if max_count < 1:
        return []
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    powers = [float(f"1e{exponent}") for exponent in exponents if low <= float(f"1e{exponent}") <= high]
    if len(powers) < _MIN_POWERS:
        detailed = [float(f"{factor}e{exponent}") for exponent in exponents for factor in (1, 2, 5)]
        detailed = [value for value in detailed if low <= value <= high]
        if len(detailed) <= max_count:
            return detailed
    return powers[:: -max(1, math.ceil(len(powers) / max_count))][::-1]


def _symlog_ticks(scale: SymlogScale, max_count: int) -> list[float]:
    """Return powers of ten on both sides of zero, and zero."""
    threshold = scale.linear_threshold
    sides = (scale.low < 0) + (scale.high > 0)
    per_side = (max_count - 1) // max(1, sides)
    above = _log_ticks(threshold, scale.high, per_side) if scale.high > threshold else []
    below = _log_ticks(threshold, -scale.low, per_side) if -scale.low > threshold else []
    zero = [0.0] if scale.low <= 0 <= scale.high else []
    return [-value for value in reversed(below)] + zero + above


def tick_labels(
    ticks: Sequence[float], format_tick: Callable[[float, int], str] = format_value, aligned: bool = True
) -> list[str]:
    """Return the text of each tick, with as few digits as distinguish them; if *aligned*, with equally many decimals.

    >>> tick_labels([0.5, 1, 1.5])
    ['0.5', '1.0', '1.5']
    """
    texts: list[str] = []
    for digits in range(_MIN_DIGITS, _MAX_DIGITS + 1):
        texts = [format_tick(tick, digits) for tick in ticks]
        if len(set(texts)) == len(set(ticks)):
            break
    if not aligned:
        return texts
    decimals = [text.partition(".")[2] for text in texts]
    if not all(each.isdigit() or not each for each in decimals) or not any(decimals):
        return texts
    longest = max(map(len, decimals))
    return [_pad_decimals(text, longest) for text in texts]


def _pad_decimals(text: str, decimals: int) -> str:
    if not text.lstrip("-").replace(".", "").isdigit():
        return text
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<{decimals}}"


def x_ticks(low: float, high: float, unit: XUnit, max_count: int, utc_offset: float = 0.0) -> list[tuple[float, str]]:
    """Return up to *max_count* pairs of x and label; labels of unit ``wall`` are *utc_offset* seconds ahead of UTC.

    >>> x_ticks(1, 3, "epoch", 5)
    [(1.0, '1'), (2.0, '2'), (3.0, '3')]
    """
    if unit in ("relative", "wall") and max(abs(low), abs(high)) < _MAX_CALENDAR_SECONDS:
        return _time_ticks(low, high, unit, max_count, utc_offset if unit == "wall" else 0.0)
    ticks = linear_ticks(low, high, max_count, min_step=1.0 if high - low >= 1 else 0.0)
    return list(zip(ticks, tick_labels(ticks, format_step), strict=True))


def format_x(x: float, unit: XUnit, utc_offset: float = 0.0) -> str:
    """Return one x in full: ``epoch 12``, ``step 12345``, ``2h05``, ``12:04:31``."""
    if unit in ("relative", "wall") and abs(x) < _MAX_CALENDAR_SECONDS:
        return _format_clock(x + utc_offset, 1) if unit == "wall" else _format_elapsed(x, 1)
    return f"{x:.3g}% of the run" if unit == "share" else f"{unit} {x:.10g}"


def _time_ticks(low: float, high: float, unit: XUnit, max_count: int, offset: float) -> list[tuple[float, str]]:
    step = _time_step(high - low, max_count)
    if not step:
        return []
    format_tick = _format_clock if unit == "wall" else _format_elapsed
    ticks = _multiples(low + offset, high + offset, step, max_count)
    return [(tick - offset, format_tick(tick, step)) for tick in ticks]


def _time_step(length: float, max_count: int) -> float:
    """Return the seconds between ticks, a round part of an hour or day; 0 if no tick fits."""
    if max_count < 1 or length <= 0:
        return 0
    for step in _TIME_STEPS:
        if length / step < max_count:
            return step
    days = length / max_count / _DAY
    power = 10.0 ** math.floor(math.log10(days)) if days >= 1 else 1.0
    return _DAY * next(factor * power for factor in _DAY_FACTORS if factor * power > days)


def _format_clock(seconds: float, step: float) -> str:
    """Return a time, in seconds since 1970, as precisely as ticks *step* seconds apart need."""
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    if step >= _DAY:
        return f"{moment:%m-%d}"
    return f"{moment:%H:%M:%S}" if step < _MINUTE else f"{moment:%H:%M}"


def _format_elapsed(seconds: float, step: float) -> str:
    """Return a duration in seconds as precisely as ticks *step* seconds apart need: ``2h05``, ``45s``, ``3d``."""
    if not seconds and step > 1:
        return "0"
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, 60)
    if step >= _DAY:
        return f"{hours // 24}d"
    if hours:
        return f"{hours}h" if step >= _HOUR else f"{hours}h{minutes:02}"
    if minutes:
        return f"{minutes}m" if step >= _MINUTE else f"{minutes}m{rest:02}"
    return f"{rest}s"
