"""Which logs are held open for writing by a process of this machine, read from ``/proc``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import NamedTuple

_LOOK_SECONDS = 0.03
"""How long the processes are looked through at a time, and"""
_PAUSE_SECONDS = 0.25
"""how long before going on."""
_FRESH_SECONDS = 1.0
"""For so long what was found holds for every log: all that are asked for in a row cost one look."""
_MAX_OPEN_FILES = 4096
"""Open files of a process that are looked at."""
_NO_LOGS = ("/dev/", "/proc/", "/sys/", "/usr/", "/memfd:")
"""Where no log lies; what is no file does not begin with a slash."""
_ACCESS_MODE, _READ_ONLY = 0o3, 0o0
"""The bits of the flags of an open file that say whether it is written to (open(2) of Linux)."""
_ENDED_STATES = (b"Z", b"X")
"""States in ``/proc/PID/stat`` of a process that has ended (proc(5))."""


def may_be_log(target: str) -> bool:
    """Return whether an open file may be a log, by its path in ``/proc``."""
    return target.startswith("/") and not target.startswith(_NO_LOGS)


class Writer(Enum):
    """What is known of the process that writes a log."""

    UNKNOWN = "unknown"
    """No process that may be looked at holds it open, or ever did; or the look is not over."""
    RUNS = "runs"
    """A process holds it open for writing."""
    ENDED = "ended"
    """The process that held it open has ended, and no other holds it open."""


class _OpenFile(NamedTuple):
    pid: int
    descriptor: str


class _Holder(NamedTuple):
    """A file that a process holds open for writing."""

    file: _OpenFile
    target: str
    """The real path of the log."""
    started: bytes
    """When the process started, as ``/proc`` says: process numbers are used again."""


class OpenFiles:
    """Says which processes write which logs.

    Only what is *open* can be found: a program that closes its log after every line is never seen, nor are processes
    of other users and machines. Nothing but files in *proc* is opened, so that no log and no file system can block it.
    """

    def __init__(
        self,
        proc: Path = Path("/proc"),
        *,
        clock: Callable[[], float] = time.monotonic,
        look_seconds: float = _LOOK_SECONDS,
        fresh_seconds: float = _FRESH_SECONDS,
    ) -> None:
        """Look at *proc* for *look_seconds* at a time; what is found holds for all logs for *fresh_seconds*.

        *clock* returns monotonic seconds; how long a look takes is measured by the real one.
        """
        self._proc = str(proc)
        self._clock = clock
        self._look_seconds, self._fresh_seconds = look_seconds, fresh_seconds
        self._holders: dict[str, _Holder] = {}
        """By what each log is written, or was, by path."""
        self._looked_at: dict[str, tuple[int, _Holder | None]] = {}
        """For which version and holder of each log the processes were looked through."""
        self._found: dict[str, list[_OpenFile]] = {}
        """By what each file is held open, as far as the look has come."""
        self._look: Iterator[None] | None = None
        self._began, self._goes_on = float("-inf"), 0.0

    def writer(self, path: str, version: int = 0) -> Writer:
        """Return what is known of the process that writes the log at *path*.

        All processes are looked through once for each *version* that it is called with, and once more if the process
        has ended or closed the log, because one that it started may have it open as well.
        """
        holder = self._holders.get(path)
        if holder and self._holds(holder):
            return Writer.RUNS
        key = version, holder
        if self._looked_at.get(path) != key:
            if not self._look_through():
                return Writer.UNKNOWN
            if found := self._find(os.path.realpath(path)):
                self._holders[path] = found
                return Writer.RUNS
            self._looked_at[path] = key
        return Writer.ENDED if holder and not self._is_running(holder) else Writer.UNKNOWN

    def _look_through(self) -> bool:
        """Look through the processes for a limited time; return whether ``_found`` is complete and fresh."""
        now, began = self._clock(), time.monotonic()
        if self._look is None and now - self._began > self._fresh_seconds:
            self._began, self._found, self._look = now, {}, self._processes()
        if self._look is None:
            return True
        if now < self._goes_on:
            return False
        for _ in self._look:
            if time.monotonic() > began + self._look_seconds:
                self._goes_on = now + _PAUSE_SECONDS
                return False
        self._look = None
        return True

    def _processes(self) -> Iterator[None]:
        """Look at one process after the other, the oldest first: the training rather than a worker that it started."""
        names: Sequence[str] = ()
        with suppress(OSError):
            names = os.listdir(self._proc)
        for pid in sorted({int(name) for name in names if name.isdecimal()} - {os.getpid()}):
            self._note_files(pid)
            yield

    def _note_files(self, pid: int) -> None:
        with suppress(OSError):
            for descriptor in islice(os.listdir(f"{self._proc}/{pid}/fd"), _MAX_OPEN_FILES):
                file = _OpenFile(pid, descriptor)
                target = self._target(file)
                if may_be_log(target):
                    self._found.setdefault(target, []).append(file)

    def _find(self, target: str) -> _Holder | None:
        """Return by what the file *target* is held open for writing, as far as is known."""
        file = next((file for file in self._found.get(target, ()) if self._is_written(file)), None)
        holder = _Holder(file, target, self._state(file.pid)[1]) if file else None
        return holder if holder and self._holds(holder) else None

    def _target(self, file: _OpenFile) -> str:
        try:
            return os.readlink(f"{self._proc}/{file.pid}/fd/{file.descriptor}")
        except OSError:
            return ""

    def _is_written(self, file: _OpenFile) -> bool:
        with suppress(OSError, ValueError), open(f"{self._proc}/{file.pid}/fdinfo/{file.descriptor}", "rb") as info:
            for line in info.read(4096).splitlines():
                if line.startswith(b"flags:"):
                    return int(line.split()[1], 8) & _ACCESS_MODE != _READ_ONLY
        return False

    def _holds(self, holder: _Holder) -> bool:
        return self._target(holder.file) == holder.target and self._is_running(holder)

    def _is_running(self, holder: _Holder) -> bool:
        state, started = self._state(holder.file.pid)
        return started == holder.started and state not in _ENDED_STATES

    def _state(self, pid: int) -> tuple[bytes, bytes]:
        """Return the state of a process and when it started; both empty if there is no such process."""
        with suppress(OSError, IndexError), open(f"{self._proc}/{pid}/stat", "rb") as file:
            # The name of the program, in parentheses, may hold anything; what follows its end has a fixed order.
            fields = file.read(4096).rpartition(b")")[2].split()
            return fields[0], fields[19]
        return b"", b""
