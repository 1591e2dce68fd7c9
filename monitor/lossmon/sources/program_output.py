"""The newest lines of the output of a program, in bounded memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from lossmon.core.program_text import FailureDetector, shown_line
from lossmon.core.snapshot import ProgramOutput

_MAX_LINES = 2000
_MAX_LINE_BYTES = 8000


class OutputTail:
    """Keeps the last 2,000 lines that a program wrote; bytes come from one thread, another asks for the lines."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without lines; *clock* returns seconds since 1970."""
        self._clock = clock
        self._lock = threading.Lock()
        self._new: deque[bytes] = deque(maxlen=_MAX_LINES)
        """Lines that nobody has asked for yet."""
        self._unfinished = b""
        self._lines: deque[str] = deque(maxlen=_MAX_LINES)
        self._detector = FailureDetector()
        self._last_write = 0.0
        self._ended_at: float | None = None
        self._failed_at: float | None = None

    def feed(self, data: bytes) -> None:
        """Take more bytes."""
        lines = (self._unfinished + data).split(b"\n")
        with self._lock:
            self._last_write = self._clock()
            self._unfinished = lines.pop()[-_MAX_LINE_BYTES:]
            self._new.extend(line[-_MAX_LINE_BYTES:] for line in lines[-_MAX_LINES:])

    def end(self) -> None:
        """Say that no more will come."""
        with self._lock:
            self._ended_at = self._clock()
            self._new.extend(filter(None, [self._unfinished]))
            self._unfinished = b""

    def output(self) -> ProgramOutput:
        """Return the newest lines, the one that is being written included, and how the program ended."""
        with self._lock:
            new, self._new = self._new, deque(maxlen=_MAX_LINES)
            unfinished, ended_at, last_write = shown_line(self._unfinished), self._ended_at, self._last_write
        for line in map(shown_line, new):
            self._lines.append(line)
            self._detector.add(line)
        failure = self._detector.failure
        self._failed_at = (self._failed_at or last_write) if failure else None
        lines = (*self._lines, unfinished) if unfinished else tuple(self._lines)
        return ProgramOutput(lines, ended_at, failure, self._failed_at)
