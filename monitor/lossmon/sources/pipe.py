"""A log that comes through a pipe: a thread reads it at once, so that its writer never waits for lossmon."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Literal, NamedTuple, Protocol

from lossmon.core.snapshot import ProgramOutput
from lossmon.core.text import plural
from lossmon.sources.byte_reader import Chunk
from lossmon.sources.program_output import OutputTail
from lossmon.sources.protocol import HEAD_BYTES

_BLOCK_BYTES = 1 << 16
"""Bytes of one read, the capacity of a pipe in Linux."""
_MAX_WAITING_BYTES = 64 << 20
"""Bytes that may wait to be decoded. A program that prints faster than that must not fill the memory."""
_STDIN_PATH = PurePosixPath("stdin.log")


class ProgramEnd(NamedTuple):
    """When and how a program ended."""

    at: float
    """Seconds since 1970."""
    failure: str | None = None
    """How it failed; empty if it did not, None if only its output can say."""


class OutputStream(Protocol):
    """The output of a program, which a thread reads."""

    def read(self) -> bytes:
        """Wait for more and return it; nothing after the end."""

    def modified(self) -> float:
        """Return when the newest was written, in seconds since 1970."""

    def end(self) -> ProgramEnd:
        """Return when and how the program ended; called after the end."""


class PipeReader:
    """Reads a descriptor, or another stream, to its end; what was read waits in memory until it is polled."""

    def __init__(
        self,
        source: int | OutputStream,
        *,
        max_waiting: int = _MAX_WAITING_BYTES,
        may_block_writer: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Start to read *source*; *clock* returns seconds since 1970.

        If *max_waiting* bytes wait to be polled, most of them are left out, unless *may_block_writer*.
        """
        self._max_waiting, self._may_block_writer = max_waiting, may_block_writer
        self._lock = threading.Condition()
        self._waiting = bytearray()
        self._received = self._left_out = 0
        self._modified = 0.0
        self._has_ended = self._is_polled = False
        self._polled_version = (-1, False)
        self._tail = OutputTail()
        # A daemon thread: it blocks for as long as the training runs and must not keep lossmon from exiting.
        stream = _Descriptor(source, clock) if isinstance(source, int) else source
        threading.Thread(target=self._read_all, args=(stream,), name="pipe", daemon=True).start()

    @property
    def has_ended(self) -> bool:
        """Whether the writer has closed the pipe."""
        return self._has_ended

    @property
    def version(self) -> tuple[int, bool]:
        """Bytes that have come, and whether the pipe has ended; it changes with everything that comes."""
        return self._received, self._has_ended

    @property
    def has_news(self) -> bool:
        """Whether anything came since the last poll."""
        return self.version != self._polled_version

    @property
    def offset(self) -> int:
        """Position of the next byte to return, in bytes."""
        return self._received - len(self._waiting)

    def output(self) -> ProgramOutput:
        """Return the newest lines, whether they were polled or not, and how the program ended."""
        return self._tail.output()

    def poll(self, limit: int) -> Chunk:
        """Return at most *limit* new bytes without waiting."""
        failed = bool(self.output().failure)
        with self._lock:
            changed, self._polled_version, self._is_polled = self.has_news, self.version, True
            data = bytes(self._waiting[:limit])
            del self._waiting[:limit]
            self._lock.notify()
            return Chunk(
                data=data,
                offset=self.offset - len(data),
                size=self._received,
                modified=self._modified,
                more=bool(self._waiting),
                changed=changed or bool(data),
                closed=self._has_ended and not self._waiting,
                failed=failed,
                warnings=self._warnings,
            )

    def peek(self, size: int) -> tuple[bytes, bytes]:
        """Return the first and the last *size* bytes that wait; nothing is left for the latter if there are fewer."""
        with self._lock:
            first = bytes(self._waiting[:size])
            return first, bytes(self._waiting[max(size, len(self._waiting) - size) :])

    def skip(self, count: int) -> int:
        """Skip nothing: what came through a pipe is in memory already."""
        del count
        return 0

    def read_ranges(self, windows: Sequence[range]) -> list[bytes]:
        """Return nothing: a pipe can only be read from its start."""
        del windows
        return []

    def close(self) -> None:
        """Do nothing: reading goes on until the program ends, because the writer must not wait."""

    @property
    def _warnings(self) -> tuple[str, ...]:
        lost = plural(self._left_out, "byte")
        return (f"{lost} left out: they came faster than they could be read",) if self._left_out else ()

    def _read_all(self, stream: OutputStream) -> None:
        while data := stream.read():
            modified = stream.modified()
            with self._lock:
                self._waiting += data
                self._received += len(data)
                self._modified = modified
                # Until a format is found nobody polls, and the writer would wait for ever.
                if self._may_block_writer and self._is_polled:
                    self._lock.wait_for(lambda: len(self._waiting) <= self._max_waiting)
                elif len(self._waiting) > self._max_waiting:
                    self._leave_out()
            self._tail.feed(data, modified)
        end = stream.end()
        self._tail.end(end.at, end.failure)
        self._has_ended = True

    def _leave_out(self) -> None:
        """Leave out most of what waits, from the end of one line to the end of another: half a line could mislead."""
        before = len(self._waiting)
        start = self._waiting.find(b"\n") + 1
        end = self._waiting.rfind(b"\n", 0, -_BLOCK_BYTES) + 1
        del self._waiting[start : max(start, end or before)]
        self._left_out += before - len(self._waiting)


class PipeLocation:
    """Standard input, or the output of another program, as formats see it: a file such as ``stdin.log``."""

    kind: Literal["stream"] = "stream"
    uri = "stdin:"
    local_path = ""

    def __init__(self, reader: PipeReader, path: PurePosixPath = _STDIN_PATH) -> None:
        self.reader, self.path = reader, path

    def head(self, size: int = HEAD_BYTES) -> bytes:
        """Return the first *size* bytes, fewer if no more have come."""
        return self.reader.peek(size)[0]

    def ends(self, size: int) -> bytes:
        """Return the first and the last *size* bytes that have come."""
        return b"\n".join(filter(None, self.reader.peek(size)))

    def entries(self) -> Sequence[str]:
        """Return nothing: it is no directory."""
        return ()

    def siblings(self) -> Sequence[str]:
        """Return nothing: it is in no directory."""
        return ()

    def open_bytes(self) -> PipeReader:
        """Return the reader; there is only one."""
        return self.reader


class _Descriptor:
    """What comes from a descriptor, whose end says nothing of how the program ended."""

    def __init__(self, descriptor: int, clock: Callable[[], float]) -> None:
        self._descriptor, self.modified = descriptor, clock

    def read(self) -> bytes:
        try:
            return os.read(self._descriptor, _BLOCK_BYTES)
        except OSError:
            return b""

    def end(self) -> ProgramEnd:
        return ProgramEnd(self.modified())
