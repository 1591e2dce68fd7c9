"""Where the labels at the right ends of curves stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

_Place = TypeVar("_Place", int, float)


def spread(places: Sequence[_Place], low: _Place, high: _Place, distance: _Place) -> list[_Place]:
    """Return ascending *places* moved as little as needed to be *distance* apart, from *low* to *high* if they fit.

    >>> spread([5, 6], 0, 20, 10), spread([2, 2, 3], 0, 3, 1)
    ([5, 15], [1, 2, 3])
    """
    moved: list[_Place] = []
    for place in places:
        moved.append(max(place, moved[-1] + distance if moved else low))
    limit = high
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = min(moved[index], limit)
        limit = moved[index] - distance
    return moved
