"""Standard input is read to its end whatever happens to the screen: the program that writes to it is never ended.

Three processes hold the pipe. This one, which supervises the screen, reads it and passes everything on to the screen;
when the screen has gone, however it ended, it passes the rest on to the terminal. A keeper takes over if this process
itself is killed. Only when all of them are killed does the next write end the program, by SIGPIPE.

This module imports little: the process stays in memory as long as the program runs.
"""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lossmon.cli.direct_output import TAIL_BYTES, print_newest, say, terminal_lines, write_all
from lossmon.cli.keeper import Keeper
from lossmon.core.atomic_write import open_private
from lossmon.core.errors import LossmonError

_BLOCK_BYTES = 1 << 16
_MAX_NEWEST_BYTES = 8 * TAIL_BYTES
_MAX_WAITING_BYTES = 8 << 20
"""Bytes that may wait for a screen that is stopped; it reads at once otherwise."""


class _Newest:
    """The newest output in a file without a name: what is in memory is gone when this process is killed."""

    def __init__(self) -> None:
        self.descriptor = -1
        """The file; -1 if the system has none of this kind."""
        self._size = 0
        with suppress(OSError, AttributeError):
            self.descriptor = os.memfd_create("newest")

    def add(self, data: bytes, tail: bytearray) -> None:
        """Add *data*, which is also the end of *tail*; now and then only *tail* is left."""
        if self.descriptor < 0:
            return
        with suppress(OSError):
            if self._size > _MAX_NEWEST_BYTES:
                os.ftruncate(self.descriptor, 0)
                self._size, data = 0, bytes(tail)
            self._size += os.pwrite(self.descriptor, data, self._size)


class Relay:
    """Reads a pipe: for the screen first, then for the terminal, and all of it for a log file if there is one."""

    def __init__(self, source: int, log: str | None = None) -> None:
        """Read from the descriptor *source* after ``start``; raises LossmonError if the file *log* cannot be opened."""
        self._log = open_log(log) if log is not None else -1
        self._log_path = log
        self._unwritten = 0
        """Bytes that the log file did not take."""
        self._source = source
        self.screen_input, self._to_screen = os.pipe()
        """The descriptor from which the screen reads."""
        self._wake_reading, self._wake_writing = os.pipe()
        self._tail = bytearray()
        self._waiting = bytearray()
        """What the screen has not read yet."""
        self._left_out = 0
        """Bytes that were left out since the screen last read."""
        self._has_ended = self._is_stopping = False
        self._thread: threading.Thread | None = None
        self._newest = _Newest()
        self._keeper = Keeper(source, log, self._newest.descriptor, terminal_lines())

    @property
    def is_started(self) -> bool:
        """Whether this process is the one that reads the pipe, not the screen."""
        return self._thread is not None

    def start(self) -> None:
        """Begin to read; call it in the process that stays, after the screen's process was made."""
        os.set_blocking(self._to_screen, False)
        self._thread = threading.Thread(target=self._feed_screen, name="relay", daemon=True)
        self._thread.start()

    def leave_to_other(self) -> None:
        """Close what only the process that stays needs; call it in the process of the screen."""
        os.close(self._to_screen)
        os.close(self._source)

    def pass_on(self) -> bool:
        """Pass everything that comes on to the terminal or the log file until the program ends.

        The newest lines are printed first. Return whether the program was interrupted with ctrl+c.
        """
        was_interrupted = _leave_keys_to_program()
        self._stop_feeding()
        if self._has_ended:
            self._print_tail()
        else:
            self._copy_rest()
        if self._unwritten:
            say(f"{self._log_path} cannot be written: {self._unwritten} bytes of the output are missing at its end")
        self._keeper.dismiss()
        return was_interrupted()

    def _feed_screen(self) -> None:
        """Read the pipe and pass it on to the screen, which may be slow or gone, without ever waiting for it."""
        while not (self._is_stopping or (self._has_ended and not self._waiting)):
            ready = self._wait_for_work()
            if self._source in ready:
                self._take(_read(self._source))
            if self._to_screen in ready:
                self._send_to_screen()
        self._close_screen()

    def _wait_for_work(self) -> set[int]:
        poll = select.poll()
        poll.register(self._wake_reading, select.POLLIN)
        if not self._has_ended:
            poll.register(self._source, select.POLLIN)
        if self._waiting:
            poll.register(self._to_screen, select.POLLOUT)
        return {descriptor for descriptor, _ in poll.poll()}

    def _take(self, data: bytes) -> None:
        """Keep *data*, or note the end if there is none."""
        self._has_ended = not data
        self._tail += data
        del self._tail[:-TAIL_BYTES]
        self._newest.add(data, self._tail)
        self._write_log(data)
        if self._to_screen >= 0:
            self._waiting += data
        if len(self._waiting) > _MAX_WAITING_BYTES:
            self._leave_out()

    def _leave_out(self) -> None:
        """Leave out the older half of what waits, up to the end of a line."""
        end = self._waiting.rfind(b"\n", 0, len(self._waiting) // 2) + 1 or len(self._waiting) // 2
        del self._waiting[:end]
        self._left_out += end

    def _send_to_screen(self) -> None:
        if self._left_out:
            self._waiting[:0] = (
                b"\nlossmon: %d bytes are left out here: the screen did not read them\n" % self._left_out
            )
            self._left_out = 0
        try:
            del self._waiting[: os.write(self._to_screen, self._waiting)]
        except BlockingIOError:
            return
        except OSError:
            self._close_screen()

    def _close_screen(self) -> None:
        self._waiting.clear()
        if self._to_screen >= 0:
            os.close(self._to_screen)
            self._to_screen = -1

    def _stop_feeding(self) -> None:
        self._is_stopping = True
        os.write(self._wake_writing, b"x")
        if self._thread is not None:
            self._thread.join()

    def _copy_rest(self) -> None:
        unfinished = self._print_tail(whole=False)
        where = "is added to " + str(self._log_path) if self._log >= 0 else "follows"
        say(f"the program goes on and its output {where}; ctrl+c interrupts the program")
        if self._log < 0:
            write_all(1, unfinished)
        while not self._has_ended:
            self._take(data := _read(self._source))
            if self._log < 0:
                write_all(1, data)
        if self._log >= 0:
            self._print_tail()

    def _print_tail(self, *, whole: bool = True) -> bytes:
        """Print the newest lines; return the unfinished one if it is not to be printed."""
        *lines, unfinished = bytes(self._tail).split(b"\n")
        self._tail.clear()
        print_newest([*lines, unfinished] if whole and unfinished else lines)
        return unfinished

    def _write_log(self, data: bytes) -> None:
        if self._log < 0:
            self._unwritten += len(data) if self._unwritten else 0
            return
        before = os.lseek(self._log, 0, os.SEEK_END)
        if not write_all(self._log, data):
            self._unwritten = max(1, len(data) - os.lseek(self._log, 0, os.SEEK_CUR) + before)
            os.close(self._log)
            self._log = -1


def open_log(path: str) -> int:
    """Return a descriptor that adds to the file at *path*; raises LossmonError if that is not possible."""
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise LossmonError(f"{path}: not a regular file; give another file with --log")
        return open_private(Path(path), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    except OSError as error:
        raise LossmonError(f"{path}: {error.strerror}; give another file with --log") from None


def _leave_keys_to_program() -> Callable[[], bool]:
    """Let ctrl+c and the like act on the program only; return a function that tells whether ctrl+c was pressed."""
    interrupts: list[int] = []
    signal.alarm(0)
    for number in (signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for number in (signal.SIGTSTP, signal.SIGTTOU, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    return lambda: bool(interrupts)


def _read(source: int) -> bytes:
    try:
        return os.read(source, _BLOCK_BYTES)
    except OSError:
        return b""
