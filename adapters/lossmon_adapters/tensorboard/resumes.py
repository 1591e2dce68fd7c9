"""Where in an event file the training went on again after a crash, and which points that makes void."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from lossmon.core.points import Ints

_MAX_RESUMES = 10_000
"""Sessions of one file that are told apart; the points of later ones follow as they are."""
_MAX_TAGS = 40_000
"""Tags whose last session is remembered; more than the tags whose points are read."""


class Resumes:
    """The steps at which the sessions of one file began, and for each tag which of them were seen.

    A session makes void what was logged at or beyond its first step. That is said with the first points of a tag in the
    session; if there were several sessions since the last points of the tag, the lowest of their steps counts.
    """

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._new: list[tuple[int, int]] = []
        """Order and step of those in this piece of the file."""
        self._orders: Ints = np.empty(0, np.int64)
        self._seen: dict[tuple[bytes, bool], int] = {}
        """Sessions that had begun when each tag was logged last."""

    def add(self, order: int, step: int) -> None:
        """Add a session that begins with *step* at *order*, its position in this piece."""
        if len(self._steps) + len(self._new) < _MAX_RESUMES:
            self._new.append((order, step))

    def begin(self) -> None:
        """Take the sessions that were added, because all of this piece was read."""
        self._new.sort()
        self._orders = np.array([order for order, _ in self._new], np.int64)
        self._steps += [step for _, step in self._new]

    def end(self) -> None:
        """Begin with the next piece."""
        self._new, self._orders = [], np.empty(0, np.int64)

    def parts(self, tag: bytes, declared: bool, order: Ints) -> Iterator[tuple[int, int, float]]:
        """Yield begin and end of the points of one session each, and the step at which it began; infinite if none.

        *order* has the positions of the points of *tag* in this piece; what is *declared* is a curve of its own.
        """
        if not self._steps:
            yield 0, len(order), math.inf
            return
        sessions = np.searchsorted(self._orders, order) + (len(self._steps) - len(self._orders))
        bounds = [0, *(np.flatnonzero(np.diff(sessions)) + 1).tolist(), len(order)]
        seen = self._seen.get((tag, declared), 0)
        for begin, end in pairwise(bounds):
            session = int(sessions[begin])
            yield begin, end, min(self._steps[seen:session], default=math.inf)
            seen = session
        if len(self._seen) < _MAX_TAGS or (tag, declared) in self._seen:
            self._seen[tag, declared] = seen
