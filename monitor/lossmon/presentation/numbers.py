"""Numbers as people who train read them: few digits, and never wider than they need to be."""

from __future__ import annotations

import math

_THOUSANDS = ("", "k", "M", "G", "T", "P")
_UNNAMED = 1e18
"""From here on there is no suffix."""
_BINARY = ("B", "K", "M", "G", "T", "P")


def _not_a_number(value: float) -> str:
    return "NaN" if math.isnan(value) else "Inf" if value > 0 else "-Inf"


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def _short(value: float, digits: int) -> str:
    """Write *value*, of magnitude 0.001 to 1000, with so many significant digits and no exponent."""
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{value:.{max(0, decimals)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _suffixed(value: float, digits: int, whole_below: float) -> str:
    size = abs(value)
    if size < whole_below:
        return _short(value, digits)
    # A value that rounds up to the next thousand takes the next suffix: 999.96k is 1M.
    rounded = float(f"{size:.{digits - 1}e}")
    if rounded >= _UNNAMED:
        return _scientific(value, digits)
    power = int(math.log10(rounded) / 3 + 1e-12)
    return _short(math.copysign(rounded, value) / 1000**power, digits) + _THOUSANDS[power]


def format_value(value: float, digits: int = 3) -> str:
    """Return a loss or metric with *digits* significant digits: ``0.412``, ``1.2e-5``, ``1.3k``, ``NaN``, ``-Inf``."""
    if not math.isfinite(value):
        return _not_a_number(value)
    if value == 0:
        return "0"
    if abs(value) < 1e-3:
        return _scientific(value, max(1, digits - 1))
    return _suffixed(value, digits, 1000 - 5 * 10.0 ** (2 - digits))


def format_step(step: float, digits: int = 3) -> str:
    """Return a step or epoch: whole up to 9999, then ``12.3k`` with *digits* significant digits; fractions stay."""
    if not math.isfinite(step):
        return _not_a_number(step)
    if abs(step) < 10_000:
        text = f"{step:.{max(1, digits - 1)}f}".rstrip("0").rstrip(".") if step % 1 else f"{step:.0f}"
        return "0" if text == "-0" else text
    return _suffixed(step, digits, 0)


def format_duration(seconds: float) -> str:
    """Return a length of time in the units that matter: ``0.4 s``, ``42 s``, ``13 min``, ``2 h 05``, ``3 d 4 h``."""
    if not math.isfinite(seconds):
        return "?"
    if seconds < 0:
        return "-" + format_duration(-seconds)
    if seconds < 59.5:
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
    """Return an amount of memory, in units of 1024: ``61G``, or ``61/139G`` of a *total*; ``?`` where unknown."""
    known = total if total is not None else used
    if known is None or not math.isfinite(known):
        return "?"
    power = 0
    while power < len(_BINARY) - 1 and round(known / 1024**power) >= 1000:
        power += 1
    shown = _amount(known, power) + _BINARY[power]
    return shown if total is None else f"{_amount(used, power)}/{shown}"


def _amount(count: float | None, power: int) -> str:
    if count is None or not math.isfinite(count):
        return "?"
    amount = count / 1024**power
    text = f"{amount:.1f}" if power and abs(amount) < 9.95 else f"{amount:.0f}"
    return text.removesuffix(".0")
