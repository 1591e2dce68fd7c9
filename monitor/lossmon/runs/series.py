"""The points of one tag, kept within a bound: every extreme survives, a step that goes back starts a new attempt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Axis, Floats, Scalars
from lossmon.core.snapshot import Curve
from lossmon.core.text import Name

MAX_POINTS = 65536
"""Points of a tag up to which nothing is thinned; at most twice as many are held, at 24 bytes each."""

_GROUP = 4


class Series:
    """Points in the order of x, appended in columns.

    Once there are too many, a block of neighbours is represented by its lowest and its highest point, and blocks grow
    as the curve does: all of them hold equally many points of the log, but for the newest, which are kept as they are.
    Arrays handed out are never written to again, so a snapshot may keep them.
    """

    def __init__(self, tag: Name, axis: Axis, limit: int = MAX_POINTS) -> None:
        self.tag = tag
        self.axis: Axis = axis
        self.logged = 0
        """Points in the log, of all attempts."""
        self._replaced = 0
        self.restarts = 0
        self.thinned = False
        """Whether points of the current attempt were left out because there were too many."""
        self.earlier: Points = Points.empty()
        self._limit = limit
        self._first = Points.empty()
        self._points = Points.empty()
        self._length = 0
        self._newest = Points.empty()
        self._block = 2

    @property
    def held(self) -> int:
        """Points in memory, those of the earlier attempt among them."""
        return len(self._points) + len(self._newest) + len(self.earlier)

    @property
    def begun(self) -> float:
        """The time of the earliest point that is held, in seconds since 1970; NaN where that is not known."""
        walls = [points.wall[0] for points in (self.earlier, self._points[: self._length]) if len(points)]
        return float(np.min(walls)) if walls else float("nan")

    def extend(self, column: Scalars) -> None:
        """Append the points of *column*; where x goes back, points at or beyond it become the earlier attempt."""
        new = Points(column.x.astype(np.float64), column.wall, column.value)
        self.logged += len(new)
        if len(new):
            self._append(new)

    def limit_to(self, limit: int) -> None:
        """Hold at most twice *limit* points from now on."""
        self._limit = limit
        self._fit()
        self.earlier = thinned(self.earlier, limit)

    def curve(self) -> Curve:
        """Return the points of the current attempt."""
        return self._curve(self._held())

    def earlier_curve(self) -> Curve:
        """Return the points of the attempt that the last restart replaced; empty where there was none."""
        return self._curve(self.earlier)

    def absorb(self, other: Series) -> None:
        """Take over the points of *other*, another file's part of this tag."""
        mine, theirs = self._held(), other._held()
        self.logged += other.logged
        self._replaced += other._replaced
        self._limit = max(self._limit, other._limit)
        self.thinned = self.thinned or other.thinned
        if len(mine) and len(theirs) and theirs.wall[0] < mine.wall[-1] and mine.wall[0] < theirs.wall[-1]:
            both = Points.joined([mine, theirs])
            self._become(thinned(both.where(np.argsort(both.x, kind="stable")), self._limit))
        elif len(theirs):
            self._append(theirs)
        self.restarts += other.restarts

    def _held(self) -> Points:
        kept = self._points[: self._length]
        if self._block == 2:
            return kept
        begin = [] if self._first_is_kept else [self._first]
        return Points.joined([*begin, kept, self._newest])

    @property
    def _first_is_kept(self) -> bool:
        first, kept = self._first, self._points[:1]
        return bool(first.x == kept.x and np.array_equal(first.value, kept.value, equal_nan=True))

    def _curve(self, points: Points) -> Curve:
        return Curve(self.tag, self.axis, points.x, points.wall, points.value, self.logged - self._replaced)

    def _append(self, new: Points) -> None:
        held = self._newest if len(self._newest) else self._points[: self._length]
        if (len(held) and new.x[0] < held.x[-1]) or bool(np.any(new.x[1:] < new.x[:-1])):
            self._restart(new)
            return
        start = 0
        while start < len(new):
            stop = start + self._room
            self._take(new[start:stop])
            start = stop
            self._fit()

    def _fit(self) -> None:
        while self._length > 2 * self._limit - 2:
            self._thin()

    @property
    def _room(self) -> int:
        """Points of the log until the next thinning, which falls on the same one however the log was read."""
        if self._block == 2:
            return 2 * self._limit - 1 - self._length
        return (2 * self._limit - self._length) // 2 * self._block - len(self._newest) + 1

    def _take(self, new: Points) -> None:
        """Append points until the next thinning; the very newest always stays as it is."""
        if self._block > 2:
            waiting = Points.joined([self._newest, new])
            whole = (len(waiting) - 1) // self._block * self._block
            self._newest = waiting.where(np.arange(whole, len(waiting)))
            new = waiting[:whole].where(extremes(waiting.value[:whole], self._block))
        end = self._length + len(new)
        if end > len(self._points):
            self._points = self._points[: self._length].grown(max(end, min(2 * self._length, 2 * self._limit), 8))
        self._points.write(self._length, new)
        self._length = end

    def _thin(self) -> None:
        """Let blocks be twice as large."""
        kept = self._points[: self._length]
        whole = self._length // _GROUP * _GROUP
        if self._block == 2:
            self._first = kept.where(np.arange(1))
            whole = (self._length - 1) // _GROUP * _GROUP
            self._newest = kept.where(np.arange(whole, self._length))
            kept = kept[:whole]
        self._block *= 2
        self.thinned = True
        self._points = kept.where(extremes(kept.value, _GROUP))
        self._length = len(self._points)

    def _restart(self, new: Points) -> None:
        held = self._held()
        joined = Points.joined([held, new])
        replaced = replaced_by_restart(joined.x)
        self.earlier = thinned(joined.where(replaced), self._limit)
        self.restarts += 1
        if self._block == 2:
            self._replaced += int(np.count_nonzero(replaced))
        self._become(joined.where(~replaced), self._block if not replaced[: len(held)].all() else 2)

    def _become(self, points: Points, block: int = 2) -> None:
        """Hold these *points* instead, of a log of which each *block* gave two."""
        self._first, self._points, self._newest = points[:1], points, Points.empty()
        self._length, self._block = len(points), block
        self._fit()


class Points:
    """Three arrays of one length: x, wall time, value."""

    __slots__ = ("value", "wall", "x")

    def __init__(self, x: Floats, wall: Floats, value: Floats) -> None:
        self.x, self.wall, self.value = x, wall, value

    @staticmethod
    @cache
    def empty() -> Points:
        """Return no points: one value for all, since nothing can be written into it."""
        return Points(np.empty(0), np.empty(0), np.empty(0))

    @classmethod
    def joined(cls, parts: Iterable[Points]) -> Points:
        """Return all *parts*, one after the other."""
        rows = [(part.x, part.wall, part.value) for part in parts]
        return cls(*(np.concatenate(arrays) for arrays in zip(*rows, strict=True)))

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, span: slice) -> Points:
        return Points(self.x[span], self.wall[span], self.value[span])

    def where(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> Points:
        """Return copies of the points that a mask or indices select."""
        return Points(self.x[kept], self.wall[kept], self.value[kept])

    def grown(self, capacity: int) -> Points:
        """Return a copy with room for *capacity* points."""
        room = np.empty(capacity - len(self))
        return Points(*(np.concatenate([array, room]) for array in (self.x, self.wall, self.value)))

    def write(self, start: int, new: Points) -> None:
        """Put *new* at *start*, into room that nobody was shown."""
        stop = start + len(new)
        self.x[start:stop], self.wall[start:stop], self.value[start:stop] = new.x, new.wall, new.value


def replaced_by_restart(x: Floats) -> NDArray[np.bool_]:
    """Mark the points at or beyond an x to which the log later went back."""
    again = np.full(len(x), np.inf)
    back = np.flatnonzero(x[1:] < x[:-1]) + 1
    again[back] = x[back]
    lowest = np.minimum.accumulate(again[::-1])[::-1]
    replaced = np.zeros(len(x), dtype=np.bool_)
    replaced[:-1] = x[:-1] >= lowest[1:]
    return replaced


def thinned(points: Points, limit: int) -> Points:
    """Return at most twice *limit* points, every extreme among them."""
    while len(points) > 2 * limit:
        points = halved(points)
    return points


def halved(points: Points) -> Points:
    """Keep of every four points the lowest and the highest, and the very first and last."""
    kept = extremes(points.value, _GROUP)
    kept[:1] = kept[-1:] = True
    return points.where(kept)


def extremes(values: Floats, group: int) -> NDArray[np.bool_]:
    """Mark in each *group* the lowest and the highest value, or one that is not finite; all of an unfinished group."""
    whole = len(values) // group * group
    groups = values[:whole].reshape(-1, group)
    # An infinity is an extreme by itself; a NaN must not be lost either, so it counts as the highest.
    known = np.where(np.isnan(groups), np.inf, groups)
    low, high = np.argmin(known, axis=1), np.argmax(known, axis=1)
    high = np.where(low == high, (low + 1) % group, high)
    kept = np.ones(len(values), dtype=np.bool_)
    kept[:whole] = False
    first = np.arange(0, whole, group)
    kept[first + low] = kept[first + high] = True
    return kept


def merge_series(series: Sequence[Series]) -> Series:
    """Return the series of one tag from several files of a run, in the order of their times, else of the files.

    A file that starts where the one before had already been is a restart, unless both were written at the same time.
    """
    if len(series) == 1:
        return series[0]
    begun = [one.begun for one in series]
    order = range(len(series)) if np.isnan(begun).any() else np.argsort(begun, kind="stable")
    whole = Series(series[0].tag, series[0].axis)
    for index in order:
        whole.absorb(series[index])
    return whole
