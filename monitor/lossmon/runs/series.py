"""The points of one tag within bounded memory; a step that goes back starts a new attempt."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Axis, Floats, Scalars
from lossmon.core.snapshot import Curve
from lossmon.core.text import Name
from lossmon.runs.downsampling import HALVING_GROUP, PointArrays, mark_extremes, thin
from lossmon.runs.limits import DEFAULT_LIMITS

_POINTS_PER_BLOCK = 2
"""Points kept of a block of neighbours, the lowest and the highest; blocks of this size are kept whole."""
_MIN_CAPACITY = 8
"""Room for points in the first array."""
_LATEST_TIME = 253_402_300_800.0
"""The end of the year 9999 in seconds since 1970; a time beyond it is no time, but damage."""


class Series:
    """Points in the order of x, appended in columns.

    When there are too many, a block of neighbours is represented by its lowest and its highest point. Blocks grow with
    the curve: all have the same size, except that the newest points are kept as they are. The arrays of a curve that
    was returned never change, so a snapshot may keep them.
    """

    def __init__(self, tag: Name, axis: Axis, limit: int = DEFAULT_LIMITS.points_per_tag) -> None:
        self.tag = tag
        self.axis: Axis = axis
        self.logged = 0
        """Points in the log, of all attempts."""
        self.restarts = 0
        """How often x went back, or the log said that the training went on from an earlier x."""
        self.is_thinned = False
        """Whether points of the current attempt were left out because there were too many."""
        self._replaced = 0
        """Points in the log that a restart replaced."""
        self._resumed_at = math.inf
        """The lowest x at which the log says that the training went on again."""
        self._earlier: PointArrays = PointArrays.empty()
        self._limit = limit
        self._first = PointArrays.empty()
        self._points = PointArrays.empty()
        """The points of complete blocks; only ``_length`` of them are in use."""
        self._length = 0
        self._newest = PointArrays.empty()
        """Points of the incomplete last block."""
        self._block = _POINTS_PER_BLOCK
        """Points in the log that each block stands for."""

    @property
    def points_held(self) -> int:
        """Points in memory, including those of the earlier attempt."""
        return len(self._points) + len(self._newest) + len(self._earlier)

    @property
    def first_time(self) -> float:
        """The wall time of the earliest point that is held, in seconds since 1970; NaN if unknown."""
        walls = [points.wall[0] for points in (self._earlier, self._points[: self._length]) if len(points)]
        return float(np.min(walls)) if walls else float("nan")

    def extend(self, column: Scalars) -> None:
        """Append the points of *column*; if x goes back, points at or beyond it become the earlier attempt.

        So do those at or beyond the x at which the training went on again, if the log says so.
        """
        new = PointArrays(column.x.astype(np.float64), _possible_times(column.wall_time), column.value)
        self.logged += len(new)
        self._resumed_at = min(self._resumed_at, column.resumed_at)
        if len(new):
            self._append(new, column.resumed_at)

    def limit_points(self, limit: int) -> None:
        """Hold at most twice *limit* points from now on."""
        self._limit = limit
        self._thin_to_limit()
        self._earlier = thin(self._earlier, limit)

    def curve(self) -> Curve:
        """Return the points of the current attempt."""
        return self._curve(self._current_points())

    def earlier_curve(self) -> Curve:
        """Return the points of the attempt that the last restart replaced; empty if there was none."""
        return self._curve(self._earlier)

    def merge(self, other: Series) -> None:
        """Add the points of *other*, the part of this tag that is in another file."""
        ours, theirs = self._current_points(), other._current_points()
        self.logged += other.logged
        self._replaced += other._replaced
        self._limit = max(self._limit, other._limit)
        self.is_thinned = self.is_thinned or other.is_thinned
        if len(ours) and len(theirs) and theirs.wall[0] < ours.wall[-1] and ours.wall[0] < theirs.wall[-1]:
            both = PointArrays.concatenate([ours, theirs])
            self._set_points(thin(both.select(np.argsort(both.x, kind="stable")), self._limit))
        elif len(theirs):
            self._append(theirs, other._resumed_at)
        self.restarts += other.restarts

    def _current_points(self) -> PointArrays:
        kept = self._points[: self._length]
        if self._block == _POINTS_PER_BLOCK:
            return kept
        first = [] if self._first_is_in_block else [self._first]
        return PointArrays.concatenate([*first, kept, self._newest])

    @property
    def _first_is_in_block(self) -> bool:
        """Whether the very first point is also the first that was kept of its block."""
        first, kept = self._first, self._points[:1]
        return bool(first.x == kept.x and np.array_equal(first.value, kept.value, equal_nan=True))

    def _curve(self, points: PointArrays) -> Curve:
        return Curve(self.tag, self.axis, points.x, points.wall, points.value, self.logged - self._replaced)

    def _append(self, new: PointArrays, resumed_at: float = math.inf) -> None:
        held = self._newest if len(self._newest) else self._points[: self._length]
        goes_back = len(held) and (new.x[0] < held.x[-1] or resumed_at <= held.x[-1])
        if goes_back or bool(np.any(new.x[1:] < new.x[:-1])):
            self._restart(new, resumed_at)
            return
        start = 0
        while start < len(new):
            stop = start + self._points_until_thinning
            self._append_blocks(new[start:stop])
            start = stop
            self._thin_to_limit()

    def _thin_to_limit(self) -> None:
        while self._length > 2 * self._limit - 2:
            self._double_blocks()

    @property
    def _points_until_thinning(self) -> int:
        """Points in the log until blocks are doubled; that point is the same however the log was cut in columns."""
        if self._block == _POINTS_PER_BLOCK:
            return 2 * self._limit - 1 - self._length
        blocks = (2 * self._limit - self._length) // _POINTS_PER_BLOCK
        return blocks * self._block - len(self._newest) + 1

    def _append_blocks(self, new: PointArrays) -> None:
        """Append points that need no thinning; the very newest point always stays in ``_newest``."""
        if self._block > _POINTS_PER_BLOCK:
            waiting = PointArrays.concatenate([self._newest, new])
            whole = (len(waiting) - 1) // self._block * self._block
            self._newest = waiting.select(np.arange(whole, len(waiting)))
            new = waiting[:whole].select(mark_extremes(waiting.value[:whole], self._block))
        end = self._length + len(new)
        if end > len(self._points):
            capacity = max(end, min(2 * self._length, 2 * self._limit), _MIN_CAPACITY)
            self._points = self._points[: self._length].with_capacity(capacity)
        self._points.write(self._length, new)
        self._length = end

    def _double_blocks(self) -> None:
        """Make blocks twice as large, and keep two points of each as before."""
        kept = self._points[: self._length]
        if self._block == _POINTS_PER_BLOCK:
            self._first = kept.select(np.arange(1))
            whole = (self._length - 1) // HALVING_GROUP * HALVING_GROUP
            self._newest = kept.select(np.arange(whole, self._length))
            kept = kept[:whole]
        self._block *= 2
        self.is_thinned = True
        self._points = kept.select(mark_extremes(kept.value, HALVING_GROUP))
        self._length = len(self._points)

    def _restart(self, new: PointArrays, resumed_at: float) -> None:
        held = self._current_points()
        both = PointArrays.concatenate([held, new])
        replaced = _mark_replaced(both.x)
        replaced[: len(held)] |= held.x >= resumed_at
        backs = np.flatnonzero(both.x[1:] < both.x[:-1]) + 1
        last = int(backs[-1]) if len(backs) else len(held)
        replaced_before = _mark_replaced(both.x[:last])
        self._earlier = thin(both[:last].select(replaced[:last] & ~replaced_before), self._limit)
        self.restarts += max(1, len(backs))
        if self._block == _POINTS_PER_BLOCK:
            self._replaced += int(np.count_nonzero(replaced))
        is_new_curve = bool(replaced[: len(held)].all())
        self._set_points(both.select(~replaced), _POINTS_PER_BLOCK if is_new_curve else self._block)

    def _set_points(self, points: PointArrays, block: int = _POINTS_PER_BLOCK) -> None:
        """Hold these *points* instead, two for each *block* points in the log."""
        self._first, self._points, self._newest = points[:1], points, PointArrays.empty()
        self._length, self._block = len(points), block
        self._thin_to_limit()


def _mark_replaced(x: Floats) -> NDArray[np.bool_]:
    """Mark the points at or beyond an x to which the log later went back.

    >>> _mark_replaced(np.array([1.0, 2.0, 3.0, 2.0])).tolist()
    [False, True, True, False]
    """
    restarted_at = np.full(len(x), np.inf)
    back = np.flatnonzero(x[1:] < x[:-1]) + 1
    restarted_at[back] = x[back]
    lowest_to_come = np.minimum.accumulate(restarted_at[::-1])[::-1]
    replaced = np.zeros(len(x), dtype=np.bool_)
    replaced[:-1] = x[:-1] >= lowest_to_come[1:]
    return replaced


def merge_series(parts: Sequence[Series]) -> Series:
    """Return the series of one tag from the parts in several files, in the order of their times, else of the files.

    A file that starts at an x which the file before had already passed is a restart, unless both were written at the
    same time.
    """
    if len(parts) == 1:
        return parts[0]
    times = [part.first_time for part in parts]
    order = range(len(parts)) if np.isnan(times).any() else np.argsort(times, kind="stable")
    merged = Series(parts[0].tag, parts[0].axis)
    for index in order:
        merged.merge(parts[index])
    return merged


def continues(old: Curve, new: Curve) -> bool:
    """Return whether *new* begins with the points of *old*, or these begin with it."""
    length = min(len(old.x), len(new.x))
    same_x = np.array_equal(old.x[:length], new.x[:length])
    return same_x and np.array_equal(old.value[:length], new.value[:length], equal_nan=True)


def _possible_times(times: Floats) -> Floats:
    """Return *times* with NaN in the place of those that no calendar has, such as infinity."""
    impossible = np.abs(times) >= _LATEST_TIME
    return np.where(impossible, np.nan, times) if impossible.any() else times
