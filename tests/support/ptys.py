"""Run a program on a pseudo-terminal: read what it writes at a chosen speed, and check what it leaves behind."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyte

_INITIALLY_ON = {b"25", b"7"}
"""Modes that are on in a new terminal: the cursor is shown, and long lines wrap."""
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])|\x1b\[([<>])[0-9]*u")
_ROOT = Path(__file__).parents[2]
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
"""Units of CPU time in a second, as /proc counts them."""


class Terminal:
    """The master side of a pseudo-terminal, in the place of a user's terminal, and the program on it."""

    def __init__(self, command: Sequence[str], master: int, slave: int, environ: dict[str, str], home: str) -> None:
        self.master, self.slave = master, slave
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environ, "XDG_STATE_HOME": home},
            cwd=home,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - there are no threads
        )
        self.output = bytearray()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def screen_pid(self) -> int:
        """The process that draws: the child of the supervisor."""
        return int(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()[0])

    def read(self, seconds: float, rate: float | None = None) -> bytes:
        """Read for *seconds*, at most *rate* bytes a second, and return it."""
        received = bytearray()
        start = time.monotonic()
        while (left := start + seconds - time.monotonic()) > 0:
            if not select.select([self.master], [], [], min(left, 0.05))[0]:
                continue
            allowed = 65536 if rate is None else int(rate * (time.monotonic() - start)) - len(received)
            if allowed <= 0:
                time.sleep(0.005)
                continue
            try:
                data = os.read(self.master, allowed)
            except OSError:
                break
            received += data
        self.output += received
        return bytes(received)

    def until(self, condition: Callable[[], bool], seconds: float = 12.0, rate: float | None = None) -> float:
        """Read until *condition* is true, and return how many seconds that took."""
        start = time.monotonic()
        while not condition():
            if time.monotonic() - start > seconds:
                raise AssertionError(
                    f"the condition did not become true; the last output was {bytes(self.output[-2000:])!r}"
                )
            self.read(0.02, rate)
        return time.monotonic() - start

    def shows(self, text: str) -> None:
        """Read until *text* has been written."""
        self.until(lambda: text.encode() in self.output)

    def send(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed or its connection breaks."""
        os.close(self.master)
        os.close(self.slave)
        self.master = self.slave = -1

    def ends(self, seconds: float = 10.0, rate: float | None = None) -> int:
        """Read until the program has ended, and return its exit code."""
        self.until(lambda: self.process.poll() is not None, seconds, rate)
        self.read(0.05)
        return self.process.wait()

    def is_as_before(self) -> bool:
        """Whether all modes and line settings are what they were when the program began."""
        return not modes_left(self.output) and termios.tcgetattr(self.slave) == self.before

    def processes(self) -> list[int]:
        """Return the program and all its descendants."""
        found = [self.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, task.read_text().split())
        return found

    def cpu(self) -> float:
        """Return the CPU seconds the program and its descendants have used."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.processes()]
        return sum(int(one[11]) + int(one[12]) for one in fields) / _CLOCK_TICKS

    def memory(self) -> float:
        """Return the resident memory of the program and its descendants in MB, shared pages counted once."""
        return sum(_resident(pid, "Pss") for pid in self.processes()) / 1e6

    def allocated(self) -> float:
        """Return the memory of both that is not mapped from files, in MB: other users of a library do not change it."""
        return sum(_resident(pid, "Anonymous") for pid in self.processes()) / 1e6

    def close(self) -> None:
        if self.process.poll() is None:
            for pid in self.processes():
                os.kill(pid, signal.SIGKILL)
            self.process.wait()
        for fd in (self.master, self.slave):
            if fd >= 0:
                os.close(fd)


@contextmanager
def terminal(command: Sequence[str], size: tuple[int, int] = (120, 40), **environ: str) -> Iterator[Terminal]:
    """Run *command* on a new terminal of *size*."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    known = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    known["PYTHONPATH"] = os.pathsep.join(str(_ROOT / part) for part in (".", "monitor", "adapters"))
    known |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", **environ}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as state:
        # A screen that is killed together with its supervisor leaves files behind; they should be in this directory.
        opened = Terminal(command, master, slave, {"TMPDIR": state, **known}, state)
        try:
            yield opened
        finally:
            opened.close()


def lossmon(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "lossmon", *arguments]


def live(*arguments: str) -> list[str]:
    """Return the command of the scripted screen in ``tests/support/live.py``."""
    return [sys.executable, "-m", "tests.support.live", *arguments]


def modes_left(output: bytes | bytearray) -> set[str]:
    """Return the modes that *output* changed and did not change back."""
    state: dict[bytes, bool] = {}
    pushed = 0
    for match in _MODE.finditer(output):
        if match[3]:
            pushed += 1 if match[3] == b">" else -1
        else:
            state |= dict.fromkeys(match[1].split(b";"), match[2] == b"h")
    left = {mode.decode() for mode, on in state.items() if on != (mode in _INITIALLY_ON)}
    return left | ({"keyboard"} if pushed > 0 else set())


class Emulator:
    """A terminal emulator: what a user would see."""

    def __init__(self, size: tuple[int, int] = (120, 40)) -> None:
        self._screen: Any = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)

    def feed(self, output: bytes | bytearray) -> list[str]:
        """Return the lines that are shown after more *output*."""
        self._stream.feed(bytes(output))
        return [line.rstrip() for line in self._screen.display]


def picture(output: bytes | bytearray, size: tuple[int, int] = (120, 40)) -> list[str]:
    """Return the lines an emulator shows after *output*."""
    return Emulator(size).feed(output)


def _resident(pid: int, kind: str) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) * 1024
    return 0
