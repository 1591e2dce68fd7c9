"""Format numbers with few digits: losses, steps, durations, amounts of memory."""

from __future__ import annotations

import math

_THOUSANDS = ("", "k", "M", "G", "T", "P")
_MAX_SUFFIXED = 1e18
"""From here on there is no suffix in ``_THOUSANDS``."""
_BINARY = ("B", "K", "M", "G", "T", "P")
_MIN_FIXED = 1e-3
"""Smaller values are written with an exponent."""
_MAX_WHOLE_STEP = 10_000
"""Steps below are written out, so that two close ones can be told apart."""


def _format_non_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Inf" if value > 0 else "-Inf"


def _format_scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def _format_fixed(value: float, digits: int) -> str:
    """Write *value*, of magnitude 0.001 to 1000, with *digits* significant digits and no exponent."""
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{value:.{max(0, decimals)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _format_suffixed(value: float, digits: int, suffixed_from: float) -> str:
    """Write *value* with a suffix such as ``k`` if its magnitude is at least *suffixed_from*."""
    size = abs(value)
    if size < suffixed_from:
        return _format_fixed(value, digits)
    # A value that rounds up to the next thousand takes the next suffix: 999.96k is 1M.
    rounded = float(f"{size:.{digits - 1}e}")
    if rounded >= _MAX_SUFFIXED:
        return _format_scientific(value, digits)
    # The small addition keeps log10 of a power of 1000 from being rounded down.
    power = int(math.log10(rounded) / 3 + 1e-12)
    return _format_fixed(math.copysign(rounded, value) / 1000**power, digits) + _THOUSANDS[power]


def format_loss(value: float | None) -> str:
    """Return a loss with four significant digits, as tables show it; empty if there is none.

    >>> format_loss(0.412345), format_loss(float("nan")), format_loss(None)
    ('0.4123', 'NaN', '')
    """
    if value is None:
        return ""
    return f"{value:.4g}" if math.isfinite(value) else _format_non_finite(value)


def format_value(value: float, digits: int = 3) -> str:
    """Return a loss or metric with *digits* significant digits.

    >>> [format_value(value) for value in (0.41234, 0.000012, 1290.0, float("nan"), float("-inf"))]
    ['0.412', '1.2e-5', '1.29k', 'NaN', '-Inf']
    """
    if not math.isfinite(value):
        return _format_non_finite(value)
    if value == 0:
        return "0"
    if abs(value) < _MIN_FIXED:
        return _format_scientific(value, max(1, digits - 1))
    # What would be rounded to 1000 gets a suffix too: with three digits, 999.5 and more.
    return _format_suffixed(value, digits, 1000 - 5 * 10.0 ** (2 - digits))


def format_value_within(value: float, width: int) -> str:
    """Return a loss or metric with three digits, or with fewer if it would take more than *width* characters.

    >>> format_value_within(0.07654, 6), format_value_within(0.07654, 5)
    ('0.0765', '0.077')
    """
    texts = [format_value(value, digits) for digits in (3, 2, 1)]
    return next((text for text in texts if len(text) <= width), texts[-1])


def format_step(step: float, digits: int = 3) -> str:
    """Return a step or epoch: written out up to 9999, then with *digits* significant digits.

    >>> [format_step(step) for step in (9999, 12345, 0.5)]
    ['9999', '12.3k', '0.5']
    """
    if not math.isfinite(step):
        return _format_non_finite(step)
    if abs(step) < _MAX_WHOLE_STEP:
        text = f"{step:.{max(1, digits - 1)}f}".rstrip("0").rstrip(".") if step % 1 else f"{step:.0f}"
        return "0" if text == "-0" else text
    return _format_suffixed(step, digits, 0)


def format_duration(seconds: float) -> str:
    """Return a duration in its one or two largest units.

    >>> [format_duration(seconds) for seconds in (0.4, 42, 780, 7500, 273600)]
    ['0.4 s', '42 s', '13 min', '2 h 05', '3 d 4 h']
    """
    if not math.isfinite(seconds):
        return "?"
    if seconds < 0:
        return "-" + format_duration(-seconds)
    if seconds < 59.5:  # anything longer is rounded to minutes
        return f"{seconds:.0f} s" if seconds >= 9.95 or seconds == 0 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02}"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if days < 1000 else f"{days} d"


def format_bytes(used: float | None, total: float | None = None) -> str:
    """Return an amount of memory in units of 1024, or two amounts in one unit; ``?`` stands for an unknown one.

    >>> format_bytes(61 * 2**30), format_bytes(61 * 2**30, 139 * 2**30)
    ('61G', '61/139G')
    """
    known = total if total is not None else used
    if known is None or not math.isfinite(known):
        return "?"
    power = 0
    while power < len(_BINARY) - 1 and round(known / 1024**power) >= 1000:
        power += 1
    text = _format_amount(known, power) + _BINARY[power]
    return text if total is None else f"{_format_amount(used, power)}/{text}"


def _format_amount(count: float | None, power: int) -> str:
    """Return *count* bytes in units of 1024 to the given *power*."""
    if count is None or not math.isfinite(count):
        return "?"
    amount = count / 1024**power
    text = f"{amount:.1f}" if power and abs(amount) < 9.95 else f"{amount:.0f}"
    return text.removesuffix(".0")
