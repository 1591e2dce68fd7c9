"""Run the screen in a child process, restore the terminal however it ends, and report a crash in one line."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from lossmon.core.errors import LossmonError
from lossmon.tui.terminal import modes

EX_SOFTWARE = 70
"""The exit code for an internal error, from sysexits.h."""
_PR_SET_PDEATHSIG = 1
"""The option of prctl(2) that names the signal to get when the parent ends."""
_KILL_AFTER = 3
"""Seconds that the screen has to end after a signal that asks it to."""
_BACKGROUND_STOPS = (signal.SIGTTIN, signal.SIGTTOU)
"""What stops a background process that uses the terminal."""
_END_REQUESTS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)


def supervised(screen: Callable[[], int]) -> int:
    """Run *screen* in a child process and return its exit code; 128 + n if signal n ended it.

    Both processes return from here with that code. Call it before anything large is imported: the parent keeps
    it in memory. Without a terminal, or on other systems than Linux, *screen* runs in this process.
    """
    if sys.platform != "linux" or not os.isatty(1):
        return screen()
    try:
        terminal = modes.open_terminal(1)
    except OSError:
        return screen()
    settings = modes.read_line_settings(terminal)
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(terminal)
        _set_up_child(parent)
        return screen()
    return _Parent(child).wait(lambda: modes.restore_terminal(terminal, settings))


def reporting_crashes(screen: Callable[[], int]) -> int:
    """Run *screen* and return its exit code; if it crashes, write one line to stderr and return 70.

    The traceback goes to a new file, without the values of variables, since these could be secrets.
    """
    try:
        return screen()
    except LossmonError:
        raise
    except Exception as error:  # noqa: BLE001 - any error becomes one line without a traceback
        from lossmon.core.text import sanitize

        message = sanitize(f"{type(error).__name__}: {error}")
        sys.stderr.write(f"lossmon: internal error: {message}; details in {_write_traceback(error)}\n")
        return EX_SOFTWARE


def _write_traceback(error: Exception) -> str:
    """Write the traceback of *error* to a new file, and return its path."""
    import tempfile
    import traceback

    fd, path = tempfile.mkstemp(prefix="lossmon-", suffix=".txt")
    with os.fdopen(fd, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(traceback.format_exception(error))
    return path


class _Parent:
    """The parent process: it passes signals on to the child, stops and continues with it, and waits for its end."""

    def __init__(self, child: int) -> None:
        self._child = child
        self._is_ending = False
        for number in _END_REQUESTS:
            signal.signal(number, self._request_end)
        signal.signal(signal.SIGTSTP, self._forward)
        signal.signal(signal.SIGALRM, self._kill)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)

    def wait(self, restore: Callable[[], None]) -> int:
        """Return the exit code of the child; call *restore* if a signal ended it."""
        while True:
            status = os.waitpid(self._child, os.WUNTRACED)[1]
            if not os.WIFSTOPPED(status):
                break
            if not self._is_ending:
                self._stop_with_child(os.WSTOPSIG(status))
        signal.alarm(0)
        code = os.waitstatus_to_exitcode(status)
        if code >= 0:
            return code
        restore()
        if -code not in _END_REQUESTS:
            sys.stderr.write(
                f"lossmon: the screen was ended by {signal.Signals(-code).name}; training is not affected\n"
            )
        return 128 - code

    def _stop_with_child(self, number: int) -> None:
        """Stop as the child was, because the shell watches the parent; when continued, continue the child too."""
        if number in _BACKGROUND_STOPS:
            # Only this process: the rest of the group may hold a program such as timeout, which must go on.
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.killpg(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._forward)
        self._send(signal.SIGCONT)

    def _request_end(self, number: int, frame: FrameType | None) -> None:
        self._is_ending = True
        signal.alarm(_KILL_AFTER)
        self._forward(number, frame)

    def _forward(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._send(number)

    def _kill(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        try:
            os.kill(self._child, number)
        except ProcessLookupError:
            return


def _set_up_child(parent: int) -> None:
    """Let the child end when *parent* is killed, and let ctrl+c, which may arrive twice, interrupt it only once."""
    import ctypes

    signal.signal(signal.SIGINT, _interrupt_once)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGHUP)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGHUP)


def _interrupt_once(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt
