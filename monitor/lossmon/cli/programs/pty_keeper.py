"""Keeps one training: owns its pseudo-terminal, writes its output to a file, and notes how it ends.

This file is run as a program of its own by an interpreter without site packages, so it imports nothing of lossmon and
little of the standard library: it stays in memory as long as the training. No argument names lossmon or the training,
so that ``pkill -f`` of either does not find it. Its descriptors are those of ``KEEPER_FILES``; the request that comes
through the channel is its length in eight bytes, and these fields with zero bytes between them: columns, lines, numbers
of the signals to ignore, program, and its arguments.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import termios
import threading
import time
from collections import deque
from contextlib import suppress

SCRIPT, LOG, RECORD, CHANNEL = KEEPER_FILES = (3, 4, 5, 6)
"""This file, the file for the output, the record, and the socket to the process that started the keeper."""
STATE_BYTES = 512
"""Length of the line in the record that is written again in place, which needs no more space on the disk."""
LENGTH = struct.Struct("!Q")
UNWRITTEN = struct.Struct("!QQ")
"""Before output that the file did not take, on its way through the channel: where in the file it is missing, length."""
_BLOCK_BYTES = 1 << 16
_MAX_WAITING_BYTES = 8 << 20
"""Bytes that may wait for a file system that is slow, or for lossmon; what comes beyond is left out."""
_LOOK_SECONDS, _LAST_SECONDS = 0.05, 2.0
"""Time until it is tried again to send, and how long lossmon may take nothing before it is given up at the end."""
_TO_JOB = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
"""The signals that end a whole job; others, such as SIGUSR1, would end workers that do not expect them."""
_IGNORED = (signal.SIGHUP, *_TO_JOB, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_LAST_READS = 10_000
"""Reads after the end of the training, of at most a few KiB each; what it has left behind may write for ever."""


class Log:
    """Appends to a file in a thread of its own: a disk that is full, slow or hangs never stops the training."""

    def __init__(self, pid: int) -> None:
        """Begin to write the output of the training *pid*."""
        self._queue: deque[bytes | tuple[int, float]] = deque()
        """Output, and where the training ended its wait status and the time, in seconds since 1970."""
        self._waiting_bytes = self._left_out = self._missing = self._unwritten = 0
        """Bytes that wait; left out since then; that are missing at the end of the file; that it never took, in all."""
        self._unsent = bytearray()
        """What the file did not take and lossmon, which passes it on, has not read yet."""
        self._problem = ""
        """Why bytes are missing."""
        self._pid, self._ended, self._status = pid, "null", "null"
        self._changed = threading.Condition()
        self._write_state()
        threading.Thread(target=self._write_all, daemon=True).start()

    def add(self, data: bytes) -> None:
        """Take output; never waits."""
        with self._changed:
            if self._waiting_bytes + len(data) > _MAX_WAITING_BYTES:
                self._left_out += len(data)
                return
            self._enqueue(data)

    def end(self, status: int) -> None:
        """Note the wait *status* with which the training ended, once all that was added is written."""
        with self._changed:
            self._enqueue(b"")
            self._queue.append((status, time.time()))

    def _enqueue(self, data: bytes) -> None:
        """Let *data* be written, after a line that says how much was left out before it."""
        if self._left_out:
            data = _notice(self._left_out, "the disk was too slow") + data
            self._left_out = 0
        self._queue.append(data)
        self._waiting_bytes += len(data)
        self._changed.notify_all()

    def wait_until_written(self) -> None:
        """Return when everything is written."""
        with self._changed:
            self._changed.wait_for(lambda: not self._queue)

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._queue), _LOOK_SECONDS if self._unsent else None)
                item = self._queue[0] if self._queue else b""
            self._send()
            if isinstance(item, bytes):
                self._append(item)
            else:
                self._send_rest()
                self._status, self._ended = str(os.waitstatus_to_exitcode(item[0])), f"{item[1]:.3f}"
                self._write_state()
            with self._changed:
                if not self._queue or item is not self._queue[0]:
                    continue  # it only was the time to send
                self._queue.popleft()
                self._waiting_bytes -= len(item) if isinstance(item, bytes) else 0
                self._changed.notify_all()

    def _append(self, data: bytes) -> None:
        """Write *data*, after a line that says how much is missing before it."""
        before = self._missing
        notice = _notice(before, self._problem) if before else b""
        is_ready = not notice or self._write(notice) == len(notice)
        left = data[self._write(data) :] if is_ready else data
        self._missing = len(left) + (0 if is_ready else before)
        self._unwritten += len(left)
        self._pass_on(left)
        if bool(self._missing) != bool(before):
            self._write_state()

    def _pass_on(self, data: bytes) -> None:
        """Send *data*, which the file did not take, to lossmon, if there is room for it."""
        if data and len(self._unsent) < _MAX_WAITING_BYTES:
            with suppress(OSError):
                self._unsent += UNWRITTEN.pack(os.fstat(LOG).st_size, len(data)) + data
            self._send()

    def _send(self) -> bool:
        """Send some of what waits without waiting; return whether any was sent."""
        try:
            sent = os.write(CHANNEL, self._unsent) if self._unsent else 0
        except BlockingIOError:
            return False
        except OSError:  # lossmon has gone
            self._unsent.clear()
            return False
        del self._unsent[:sent]
        return bool(sent)

    def _send_rest(self) -> None:
        """Send all that waits before the end is noted, unless nobody reads it."""
        deadline = time.monotonic() + _LAST_SECONDS
        while self._unsent and time.monotonic() < deadline:
            if self._send():
                deadline = time.monotonic() + _LAST_SECONDS
            else:
                time.sleep(_LOOK_SECONDS)

    def _write(self, data: bytes) -> int:
        """Return how many bytes of *data* were written; if not all, ``_problem`` says why."""
        written = 0
        try:
            while written < len(data):
                written += os.write(LOG, data[written:])
        except OSError as error:
            self._problem = _plain(error.strerror)
        return written

    def _write_state(self) -> None:
        problem = self._problem if self._missing else ""
        line = f'{{"pid": {self._pid}, "ended": {self._ended}, "status": {self._status}, "problem": "{problem}", '
        line += f'"unwritten": {self._unwritten}}}'
        with suppress(OSError):
            start = os.fstat(RECORD).st_size - STATE_BYTES
            os.pwrite(RECORD, line.ljust(STATE_BYTES - 1).encode() + b"\n", start)


def _notice(count: int, problem: str) -> bytes:
    return f"\nlossmon: {count} bytes of the output are missing here: {problem}\n".encode()


def _plain(reason: str | None) -> str:
    """Return a *reason* that needs no escapes in JSON."""
    return "".join(c for c in reason or "" if c.isascii() and c.isprintable() and c not in '"\\') or "cannot be written"


class Keeper:
    """Reads the terminal of the training until nobody can write to it any more."""

    def __init__(self, terminal: tuple[int, int], pid: int, log: Log) -> None:
        """Keep the training *pid* on *terminal*, of which both sides are given."""
        self._master, self._slave = terminal
        self._pid, self._log = pid, log
        self._is_running = self._is_open = True
        self._wakeup, write_wakeup = os.pipe()
        for descriptor in (self._wakeup, write_wakeup, self._master):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(write_wakeup, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._poll = select.poll()
        for descriptor in (self._wakeup, self._master, CHANNEL):
            self._poll.register(descriptor, select.POLLIN)

    def run(self) -> None:
        """Keep the training until it has ended and its terminal is closed."""
        self._reap()
        while self._is_open:
            ready = {descriptor for descriptor, _ in self._poll.poll()}
            if self._master in ready:
                self._read()
            if CHANNEL in ready:
                self._take_signals()
            if self._wakeup in ready:
                os.read(self._wakeup, _BLOCK_BYTES)
                self._reap()
        self._log.wait_until_written()

    def _read(self) -> bool:
        """Read what there is; return whether there may be more."""
        try:
            data = os.read(self._master, _BLOCK_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        self._is_open = bool(data)
        if data:
            self._log.add(data)
        return bool(data)

    def _reap(self) -> None:
        """Note the end of the training after all that it wrote.

        Until then this process holds the terminal open too: the training may close it and open it again.
        """
        pid, status = os.waitpid(self._pid, os.WNOHANG) if self._is_running else (0, 0)
        if not pid:
            return
        for _ in range(_LAST_READS):
            if not self._read():
                break
        self._log.end(status)
        os.close(self._slave)
        self._is_running = False

    def _take_signals(self) -> None:
        """Pass on the signals whose numbers come through the channel; stop listening when lossmon has gone."""
        numbers = b""
        with suppress(OSError):
            numbers = os.read(CHANNEL, _BLOCK_BYTES)
        if not numbers:
            self._poll.unregister(CHANNEL)
            os.close(CHANNEL)
        for number in numbers if self._is_running else b"":
            self._send(number)

    def _send(self, number: int) -> None:
        with suppress(OSError):
            if number in _TO_JOB and (group := os.tcgetpgrp(self._master)) > 0:
                os.killpg(group, number)
            else:
                os.kill(self._pid, number)


def start(request: list[bytes], slave: int) -> int:
    """Start the training in a job of its own, in the foreground of its terminal; return its id. Raises OSError."""
    ignored, program, arguments = {int(number) for number in request[2].split()}, request[3], request[4:]
    failed, report_failure = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setpgid(0, 0)
            os.tcsetpgrp(slave, os.getpgrp())
            os.dup2(slave, 1)
            os.dup2(slave, 2)
            for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
            os.execv(program, arguments)  # noqa: S606 - it is what the user asked for
        except OSError as error:
            os.write(report_failure, str(error.errno).encode())
        finally:
            os._exit(1)
    os.close(report_failure)
    if reason := os.read(failed, 100):
        os.waitpid(pid, 0)
        raise OSError(int(reason), os.strerror(int(reason)))
    os.close(failed)
    return pid


def open_terminal(columns: int, lines: int) -> tuple[int, int]:
    """Return both sides of a new terminal, the one that controls this session; it passes output on as it is."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    settings = termios.tcgetattr(slave)
    settings[1] &= ~termios.OPOST
    settings[3] &= ~termios.ECHO
    termios.tcsetattr(slave, termios.TCSANOW, settings)
    return master, slave


def read_request() -> list[bytes]:
    """Return the fields of the request; none if who sends it has gone."""
    if len(head := os.read(CHANNEL, LENGTH.size)) < LENGTH.size:
        return []
    (length,), request = LENGTH.unpack(head), b""
    while len(request) < length and (data := os.read(CHANNEL, length - len(request))):
        request += data
    return request.split(b"\0")


def main() -> None:
    """Become a process that nobody waits for, start the training, say so, and keep it."""
    if os.fork():
        os._exit(0)
    os.setsid()
    for descriptor in KEEPER_FILES:
        os.set_inheritable(descriptor, False)
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    if not (request := read_request()):
        return
    terminal = open_terminal(int(request[0]), int(request[1]))
    try:
        pid = start(request, terminal[1])
    except OSError as error:
        os.write(CHANNEL, b"error %d\n" % (error.errno or 0))
        return
    _let_go_of_the_rest(terminal)
    log = Log(pid)
    with suppress(OSError):  # who started the keeper may have gone
        os.write(CHANNEL, b"started %d\n" % pid)
    os.set_blocking(CHANNEL, False)
    Keeper(terminal, pid, log).run()


def _let_go_of_the_rest(terminal: tuple[int, int]) -> None:
    """Give up what was inherited for the training: its directory, standard streams, and other open files."""
    os.chdir("/")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - Path would be imported only for this
        if int(name) > max(KEEPER_FILES) and int(name) not in terminal:
            with suppress(OSError):  # that of the listing itself
                os.close(int(name))


if __name__ == "__main__":
    main()
