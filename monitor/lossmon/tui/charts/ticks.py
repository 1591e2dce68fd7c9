"""Ticks: few, round, and labelled with as few digits as tell them apart."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence

import numpy as np

from lossmon.presentation.numbers import format_step, format_value
from lossmon.tui.charts.options import XAxis
from lossmon.tui.charts.scale import Log, Scale, Symlog

_ROUND = (1.0, 2.0, 2.5, 5.0)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TIMES = (
    *(1, 2, 5, 10, 15, 30),
    *(_MINUTE * count for count in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * count for count in (1, 2, 3, 6, 12)),
)
_DATED = 60e9
"""Seconds from 1970, either way, within which every moment has a date."""


def round_ticks(low: float, high: float, most: int, least_step: float = 0.0) -> list[float]:
    """Return up to *most* multiples of 1, 2, 2.5 or 5 times a power of ten between *low* and *high*."""
    span = high - low
    if not 0 < span < math.inf or most < 1 or span < 1e-300:
        return []
    power = math.floor(math.log10(span / most))
    for exponent in range(power, power + 3):
        for factor in _ROUND:
            step = float(f"{factor}e{exponent}")
            whole = least_step > 0 and step % least_step != 0
            if step >= least_step and not whole and len(ticks := _multiples(low, high, step, most)) <= most:
                return ticks
    return []


def _multiples(low: float, high: float, step: float, most: int) -> list[float]:
    """Return the multiples of *step* from *low* to *high*, but no more than one over *most*."""
    if math.isinf(step) or max(abs(low), abs(high)) / step > 1e12:
        return []
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [min(max(index * step, low), high) for index in range(first, min(last, first + most) + 1)]


def y_ticks(scale: Scale, most: int) -> list[float]:
    """Return up to *most* values to label on a y axis, its ends where nothing rounder lies on it."""
    low, high = scale.share(np.array([scale.low, scale.high])).tolist()
    if low == high:
        return [scale.low][:most]
    ticks: list[float] = []
    if isinstance(scale, Log):
        ticks = _decades(scale.low, scale.high, most)
    elif isinstance(scale, Symlog):
        ticks = _signed_decades(scale, most)
    if len(ticks) < 2:
        ticks = round_ticks(scale.low, scale.high, most)
    return ticks if len(ticks) > 1 else [scale.high, scale.low][:most]


def _decades(low: float, high: float, most: int) -> list[float]:
    """Return 1, 2 and 5 times the powers of ten from *low* to *high*, or only the powers, or every few of them."""
    if most < 1:
        return []
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    powers = [float(f"1e{exponent}") for exponent in exponents if low <= float(f"1e{exponent}") <= high]
    if len(powers) < 4:
        detailed = [float(f"{factor}e{exponent}") for exponent in exponents for factor in (1, 2, 5)]
        detailed = [value for value in detailed if low <= value <= high]
        if len(detailed) <= most:
            return detailed
    return powers[:: -max(1, math.ceil(len(powers) / most))][::-1]


def _signed_decades(scale: Symlog, most: int) -> list[float]:
    sides = (scale.low < 0) + (scale.high > 0)
    each = (most - 1) // max(1, sides)
    above = _decades(scale.linear, scale.high, each) if scale.high > scale.linear else []
    below = _decades(scale.linear, -scale.low, each) if -scale.low > scale.linear else []
    zero = [0.0] if scale.low <= 0 <= scale.high else []
    return [-value for value in reversed(below)] + zero + above


def labels(ticks: Sequence[float], name: Callable[[float, int], str] = format_value, aligned: bool = True) -> list[str]:
    """Return the text of each tick by *name*, with as few digits as tell them apart, decimals *aligned*."""
    texts: list[str] = []
    for digits in range(3, 16):
        texts = [name(tick, digits) for tick in ticks]
        if len(set(texts)) == len(set(ticks)):
            break
    if not aligned:
        return texts
    plain = [text.partition(".")[2] for text in texts]
    if not all(decimals.isdigit() or not decimals for decimals in plain) or not any(plain):
        return texts
    longest = max(map(len, plain))
    return [_aligned(text, longest) for text in texts]


def _aligned(text: str, decimals: int) -> str:
    if not text.lstrip("-").replace(".", "").isdigit():
        return text
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<{decimals}}"


def x_ticks(low: float, high: float, axis: XAxis, most: int, utc_offset: float = 0.0) -> list[tuple[float, str]]:
    """Return up to *most* x and their labels; times of a ``wall`` axis are *utc_offset* seconds ahead of UTC."""
    if axis in ("relative", "wall") and max(abs(low), abs(high)) < _DATED:
        return _time_ticks(low, high, axis, most, utc_offset if axis == "wall" else 0.0)
    ticks = round_ticks(low, high, most, least_step=1.0 if high - low >= 1 else 0.0)
    return list(zip(ticks, labels(ticks, format_step), strict=True))


def x_text(x: float, axis: XAxis, utc_offset: float = 0.0) -> str:
    """Return one place on an x axis in full: ``epoch 12``, ``step 12345``, ``2h05``, ``12:04:31``."""
    if axis in ("relative", "wall") and abs(x) < _DATED:
        return _clock(x + utc_offset, 1) if axis == "wall" else _elapsed(x, 1)
    return f"{axis} {x:.10g}"


def _time_ticks(low: float, high: float, axis: XAxis, most: int, offset: float) -> list[tuple[float, str]]:
    step = _time_step(high - low, most)
    if not step:
        return []
    ticks = _multiples(low + offset, high + offset, step, most)
    return [(tick - offset, _clock(tick, step) if axis == "wall" else _elapsed(tick, step)) for tick in ticks]


def _time_step(span: float, most: int) -> float:
    """Return the length between ticks, a round part of an hour or day; 0 where there is room for none."""
    if most < 1 or span <= 0:
        return 0
    for step in _TIMES:
        if span / step < most:
            return step
    days = span / most / _DAY
    power = 10.0 ** math.floor(math.log10(days)) if days >= 1 else 1.0
    return _DAY * next(factor * power for factor in (1, 2, 5, 10, 20) if factor * power > days)


def _clock(seconds: float, step: float) -> str:
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    if step >= _DAY:
        return f"{moment:%m-%d}"
    return f"{moment:%H:%M:%S}" if step < _MINUTE else f"{moment:%H:%M}"


def _elapsed(seconds: float, step: float) -> str:
    if not seconds and step > 1:
        return "0"
    minutes, left = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, 60)
    if step >= _DAY:
        return f"{hours // 24}d"
    if hours:
        return f"{hours}h" if step >= _HOUR else f"{hours}h{minutes:02}"
    if minutes:
        return f"{minutes}m" if step >= _MINUTE else f"{minutes}m{left:02}"
    return f"{left}s"
