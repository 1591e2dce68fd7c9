"""How many bytes are decoded at a time, and when the decoding of a log takes so long that it is given up.

A call of a decoder cannot be interrupted, so its size is bounded: it gets ``FIRST_PIECE`` bytes at first, as many as it
takes ``_PIECE_SECONDS`` for afterwards, and never fewer than ``MIN_PIECE``. Decoders bound the length of a line or
record themselves. Times are CPU seconds of the thread, so that a busy machine does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from lossmon.core.errors import READING_STOPPED

if TYPE_CHECKING:
    from lossmon.core.points import Scalars

FIRST_PIECE, MIN_PIECE = 1 << 14, 1 << 12
"""Bytes that are decoded at a time before its speed is known, and when it is slowest."""
_PIECE_SECONDS = 0.05
"""How long a piece should take. Other logs are read, and a snapshot is made, between two pieces."""
_GROWTH = 8
"""How many times as large as the piece before a piece may be."""
_SECONDS_PER_BYTE = 2e-5
"""What a log may take in the long run: 50 kB a second, a sixth of the speed of the slowest format at its slowest."""
_SECONDS_PER_CALL = 5e-3
"""What a call may take besides, however few bytes it gets."""
_FIRST_CREDIT, _MOST_CREDIT = 5.0, 10.0
"""Seconds that a log may take longer, at the start and at most: some documents are decoded only at their end."""


class TimeAllowance:
    """The time that one decoder or source may take: what it does not use is kept for later, up to a limit."""

    def __init__(self, first: float = _FIRST_CREDIT, most: float = _MOST_CREDIT) -> None:
        self._credit, self._most = first, most

    def spend(self, seconds: float, allowed: float) -> bool:
        """Count *seconds* of which *allowed* were; return whether nothing is left."""
        self._credit = min(self._most, self._credit + allowed - seconds)
        return self._credit < 0


class TimedDecoding:
    """Calls a decoder and measures it; *clock* returns CPU seconds of the thread."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self.piece = FIRST_PIECE
        """How many bytes to decode next."""
        self.warning = ""
        """Why no more is decoded; empty while it is."""
        self.spent = 0.0
        """Seconds in all."""
        self._clock = clock or time.thread_time
        self._allowance = TimeAllowance()

    def feed(self, feed: Callable[[bytes], list[Scalars]], data: bytes, offset: int) -> list[Scalars]:
        """Return what *feed* makes of *data*, which was at *offset*."""
        began = self._clock()
        scalars = feed(data)
        seconds = self._clock() - began
        self.spent += seconds
        if self._allowance.spend(seconds, _SECONDS_PER_CALL + _SECONDS_PER_BYTE * len(data)):
            took = f"decoding takes too long, {self.spent:.1f} s of CPU time so far"
            self.warning = f"{READING_STOPPED} at byte {offset + len(data):,}: {took}; what follows is not shown"
        self.piece = self._next_piece(len(data), seconds)
        return scalars

    def _next_piece(self, size: int, seconds: float) -> int:
        """Return how many bytes to decode after *size* bytes took *seconds*."""
        fitting = int(size * _PIECE_SECONDS / seconds) if seconds > 0 else _GROWTH * size
        if size < self.piece:
            # A few bytes say only that decoding is slow, not that it is fast: each call has a cost of its own.
            return max(MIN_PIECE, fitting) if seconds > _PIECE_SECONDS else self.piece
        return max(MIN_PIECE, min(fitting, _GROWTH * self.piece))
