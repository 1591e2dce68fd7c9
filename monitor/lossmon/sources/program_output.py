"""The newest lines of the output of a program, in bounded memory."""

from __future__ import annotations

import threading
from collections import deque

from lossmon.core.program_text import FailureDetector, shown_line
from lossmon.core.snapshot import ProgramOutput

_MAX_LINES = 2000
_MAX_LINE_BYTES = 8000


class OutputTail:
    """Keeps the last 2,000 lines that a program wrote; bytes come from one thread, another asks for the lines."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._new: deque[bytes] = deque(maxlen=_MAX_LINES)
        """Lines that nobody has asked for yet."""
        self._unfinished = b""
        self._lines: deque[str] = deque(maxlen=_MAX_LINES)
        self._detector = FailureDetector()
        self._last_write = 0.0
        self._ended_at: float | None = None
        self._known_failure: str | None = None
        self._failed_at: float | None = None

    def feed(self, data: bytes, at: float) -> None:
        """Take more bytes, which were written at the time *at*, in seconds since 1970."""
        lines = (self._unfinished + data).split(b"\n")
        with self._lock:
            self._last_write = at
            self._unfinished = lines.pop()[-_MAX_LINE_BYTES:]
            self._new.extend(line[-_MAX_LINE_BYTES:] for line in lines[-_MAX_LINES:])

    def end(self, at: float, failure: str | None = None) -> None:
        """Say that no more will come since the time *at*, and how the program failed.

        *failure* is empty if it did not; None leaves that to what it wrote.
        """
        with self._lock:
            self._ended_at, self._known_failure = at, failure
            self._new.extend(filter(None, [self._unfinished]))
            self._unfinished = b""

    def output(self) -> ProgramOutput:
        """Return the newest lines, the one that is being written included, and how the program ended."""
        with self._lock:
            new, self._new = self._new, deque(maxlen=_MAX_LINES)
            unfinished, ended_at, last_write = shown_line(self._unfinished), self._ended_at, self._last_write
            known = self._known_failure
        for line in map(shown_line, new):
            self._lines.append(line)
            self._detector.add(line)
        failure = "" if known == "" else self._detector.failure or known or ""
        self._failed_at = (self._failed_at or last_write) if failure else None
        lines = (*self._lines, unfinished) if unfinished else tuple(self._lines)
        return ProgramOutput(lines, ended_at, failure, self._failed_at)
