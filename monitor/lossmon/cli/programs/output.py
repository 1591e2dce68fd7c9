"""The output of a program that was started, read from its file as it grows."""

from __future__ import annotations

import os
import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lossmon.cli.programs.record import ProgramState, Record

if TYPE_CHECKING:
    from lossmon.sources.pipe import PipeLocation, ProgramEnd

_BLOCK_BYTES = 1 << 16
_MIN_WAIT, _MAX_WAIT = 0.01, 0.25
"""Seconds between two looks for more: longer and longer while nothing comes."""


class ProgramOutput:
    """Reads the file to the end of the program."""

    def __init__(self, record: Record) -> None:
        """Open the file; raises OSError."""
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
                return f"\nlossmon: the output is lost for now: {self._state.problem}\n".encode()
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
        self._position += len(data)
        return data


def open_output(record: Record) -> PipeLocation:
    """Return the output of the program as a log that is read from now on. Raises OSError."""
    from lossmon.sources.pipe import PipeLocation, PipeReader

    reader = PipeReader(ProgramOutput(record), may_block_writer=True)
    return PipeLocation(reader, PurePosixPath(PurePosixPath(record.program.log).name))
