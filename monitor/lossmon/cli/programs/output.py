"""The output of a program that was started, read from its file as it grows."""

from __future__ import annotations

import os
import socket
import time
from collections import deque
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lossmon.cli.programs.pty_keeper import UNWRITTEN
from lossmon.cli.programs.record import ProgramState, Record

if TYPE_CHECKING:
    from lossmon.sources.pipe import PipeLocation, ProgramEnd

_BLOCK_BYTES = 1 << 16
_MIN_WAIT, _MAX_WAIT = 0.01, 0.25
"""Seconds between two looks for more: longer and longer while nothing comes."""


class _Unwritten:
    """Output that the file did not take, which the keeper sends instead."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._received = bytearray()
        self._parts: deque[tuple[int, bytes]] = deque()

    def receive(self) -> None:
        """Take what has come."""
        try:
            while data := self._channel.recv(_BLOCK_BYTES, socket.MSG_DONTWAIT):
                self._received += data
        except OSError:
            pass  # no more for now, or the keeper has gone
        while len(self._received) >= UNWRITTEN.size:
            place, length = UNWRITTEN.unpack_from(self._received)
            end = UNWRITTEN.size + length
            if len(self._received) < end:
                return
            self._parts.append((place, bytes(self._received[UNWRITTEN.size : end])))
            del self._received[:end]

    @property
    def place(self) -> int | None:
        """Where in the file the next part is missing; None if there is none."""
        return self._parts[0][0] if self._parts else None

    def take(self) -> bytes:
        """Return the next part."""
        return self._parts.popleft()[1]


class ProgramOutput:
    """Reads the file to the end of the program."""

    def __init__(self, record: Record, channel: socket.socket | None = None) -> None:
        """Open the file; raises OSError. What it does not take is read from the *channel* to the keeper."""
        self._unwritten = _Unwritten(channel) if channel is not None else None
        self._record = record
        self._position = record.program.log_start
        self._descriptor = os.open(record.program.log, os.O_RDONLY | os.O_CLOEXEC)
        self._state = ProgramState()

    def read(self) -> bytes:
        """Return more, as soon as there is more; nothing after the end of the program."""
        wait = _MIN_WAIT
        while True:
            before, self._state = self._state.problem, self._record.state()
            if self._state.problem and not before:
                what = "lost" if self._unwritten is None else "not kept"
                return f"\nlossmon: the output is {what} for now: {self._state.problem}\n".encode()
            if data := self._read():
                return data
            if self._state.has_ended:
                return b""
            time.sleep(wait)
            wait = min(2 * wait, _MAX_WAIT)

    def modified(self) -> float:
        """Return when the file was last written, in seconds since 1970."""
        return os.fstat(self._descriptor).st_mtime

    def end(self) -> ProgramEnd:
        """Return when and how the program ended."""
        from lossmon.sources.pipe import ProgramEnd

        return ProgramEnd(self._state.ended or self.modified(), self._state.failure)

    def _read(self) -> bytes:
        try:
            data = os.pread(self._descriptor, _BLOCK_BYTES, self._position)
            if not data and os.fstat(self._descriptor).st_size < self._position:
                self._position = 0  # somebody has emptied the file
        except OSError:
            return b""
        if self._unwritten is not None:
            self._unwritten.receive()  # behind the file: what is missing before *data* was sent before that was written
            place = self._unwritten.place
            if place is not None and (not data or place <= self._position):
                return self._unwritten.take()
            data = data if place is None else data[: place - self._position]
        self._position += len(data)
        return data


def open_output(record: Record) -> PipeLocation:
    """Return the output of the program as a log that is read from now on. Raises OSError."""
    from lossmon.sources.pipe import PipeLocation, PipeReader

    reader = PipeReader(ProgramOutput(record), may_block_writer=True)
    return PipeLocation(reader, PurePosixPath(PurePosixPath(record.program.log).name))
