"""Numbers in the JSON that trackers write."""

from __future__ import annotations

_NOT_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})
"""How numbers that are not finite are written where JSON must be strict."""


def as_number(value: object) -> float | None:
    """Return a number of parsed JSON, None if it is none.

    >>> as_number(2), as_number("-Infinity"), as_number(True)
    (2.0, -inf, None)
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return float(value) if isinstance(value, str) and value in _NOT_FINITE else None
