"""Downsampling of points: of neighbouring points the lowest and the highest are kept."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats

HALVING_GROUP = 4
"""Two of this many neighbours are kept, which halves the number of points."""


class PointArrays:
    """Three arrays of one length: x, wall time, value."""

    __slots__ = ("value", "wall", "x")

    def __init__(self, x: Floats, wall: Floats, value: Floats) -> None:
        self.x, self.wall, self.value = x, wall, value

    @staticmethod
    @cache
    def empty() -> PointArrays:
        """Return no points; it is always the same object, since nothing can be written into it."""
        return PointArrays(np.empty(0), np.empty(0), np.empty(0))

    @classmethod
    def concatenate(cls, parts: Iterable[PointArrays]) -> PointArrays:
        """Return all *parts*, one after the other."""
        rows = [(part.x, part.wall, part.value) for part in parts]
        return cls(*(np.concatenate(arrays) for arrays in zip(*rows, strict=True)))

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, span: slice) -> PointArrays:
        return PointArrays(self.x[span], self.wall[span], self.value[span])

    def select(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> PointArrays:
        """Return copies of the points that a mask or indices select."""
        return PointArrays(self.x[chosen], self.wall[chosen], self.value[chosen])

    def with_capacity(self, capacity: int) -> PointArrays:
        """Return a copy with room for *capacity* points; room that is never written to takes no memory."""
        grown = PointArrays(np.empty(capacity), np.empty(capacity), np.empty(capacity))
        grown.write(0, self)
        return grown

    def write(self, start: int, new: PointArrays) -> None:
        """Write *new* at *start*; the caller must not have given away this part of the arrays."""
        stop = start + len(new)
        self.x[start:stop], self.wall[start:stop], self.value[start:stop] = new.x, new.wall, new.value


def thin(points: PointArrays, limit: int) -> PointArrays:
    """Return at most twice *limit* points, with the first, the last and every extreme."""
    while len(points) > 2 * limit:
        kept = mark_extremes(points.value, HALVING_GROUP)
        kept[:1] = kept[-1:] = True
        points = points.select(kept)
    return points


def mark_extremes(values: Floats, group: int) -> NDArray[np.bool_]:
    """Mark the lowest and the highest value of each *group* of neighbours, and all of an incomplete last group.

    A NaN counts as the highest value, so that it is not lost.

    >>> mark_extremes(np.array([1.0, 5.0, 2.0, 0.0, 9.0]), 4).tolist()
    [False, True, False, True, True]
    """
    whole = len(values) // group * group
    groups = values[:whole].reshape(-1, group)
    comparable = np.where(np.isnan(groups), np.inf, groups)
    low, high = np.argmin(comparable, axis=1), np.argmax(comparable, axis=1)
    # All values of a group are equal: keep two of them, as of every other group.
    high = np.where(low == high, (low + 1) % group, high)
    kept = np.ones(len(values), dtype=np.bool_)
    kept[:whole] = False
    first = np.arange(0, whole, group)
    kept[first + low] = kept[first + high] = True
    return kept
