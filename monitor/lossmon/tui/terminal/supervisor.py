"""Run the screen in a child process, restore the terminal however it ends, and report a crash in one line."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from lossmon.core.errors import LossmonError
from lossmon.tui.terminal import modes

EX_SOFTWARE = 70
"""The exit code for an internal error, from sysexits.h."""
_PR_SET_PDEATHSIG = 1
"""The option of prctl(2) that names the signal to get when the parent ends."""
_KILL_AFTER = 3
"""Seconds that the screen has to end after a signal that asks it to."""
_GRACE_SECONDS = 0.7
"""How long the end of a child may take that has nothing left to do; longer only if it hangs in the kernel."""
_CHECK_MILLISECONDS = 100
_BACKGROUND_STOPS = (signal.SIGTTIN, signal.SIGTTOU)
"""What stops a background process that uses the terminal."""
END_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
"""What asks the screen to end."""


def supervised(screen: Callable[[], int], meanwhile: Callable[[], None] | None = None) -> int:
    """Run *screen* in a child process and return its exit code; 128 + n if signal n ended it.

    Both processes return from here with that code. Call it before anything large is imported: the parent keeps
    it in memory. Without a terminal, or on other systems than Linux, *screen* runs in this process.

    *meanwhile* is called in the process that stays. It starts what must go on even if the screen is stopped.
    """
    terminal = _open_terminal()
    if terminal is None:
        if meanwhile is not None:
            meanwhile()
        return screen()
    settings = modes.read_line_settings(terminal)
    sys.stdout.flush()
    sys.stderr.flush()
    parent, (result, send_result) = os.getpid(), os.pipe()
    child = os.fork()
    if child == 0:
        os.close(terminal)
        _set_up_child(parent)
        code = screen()
        with suppress(BrokenPipeError):  # the parent was killed
            os.write(send_result, bytes([code]))
        return code
    os.close(send_result)
    if meanwhile is not None:
        meanwhile()
    waiting = _Parent(child, result, terminal, stops_with_child=meanwhile is None)
    return waiting.wait(lambda: modes.restore_terminal(terminal, settings))


def _open_terminal() -> int | None:
    """Return a descriptor of the terminal; None where the screen is not supervised."""
    if sys.platform != "linux" or not os.isatty(1):
        return None
    try:
        return modes.open_terminal(1)
    except OSError:
        return None


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

    def __init__(self, child: int, result: int, terminal: int, *, stops_with_child: bool) -> None:
        """Wait for *child*, which writes its exit code to the other end of *result* when it has nothing left to do."""
        self._child, self._result, self._terminal = child, result, terminal
        self._stops_with_child = stops_with_child
        self._is_ending = self._waits_for_foreground = False
        self._code: int | None = None
        """What the child wrote to ``result``."""
        self._deadline: float | None = None
        """When the child must have ended, on the monotonic clock: it may hang on a dead file system."""
        for number in END_SIGNALS:
            signal.signal(number, self._request_end)
        signal.signal(signal.SIGTSTP, self._forward)
        signal.signal(signal.SIGALRM, self._kill)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        self._wakeup, write_wakeup = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(write_wakeup, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write_wakeup, warn_on_full_buffer=False)

    def wait(self, restore: Callable[[], None]) -> int:
        """Return the exit code of the child; call *restore* if a signal ended it, or will end it once it can."""
        while (status := self._next_change()) is not None and os.WIFSTOPPED(status):
            if not self._is_ending:
                self._child_has_stopped(os.WSTOPSIG(status))
        signal.alarm(0)
        signal.set_wakeup_fd(-1)
        code = self._code if status is None else os.waitstatus_to_exitcode(status)
        if code is not None and code >= 0:
            return code
        restore()
        number = -code if code is not None else signal.SIGKILL
        if number not in END_SIGNALS:
            sys.stderr.write(
                f"lossmon: the screen was ended by {signal.Signals(number).name}; training is not affected\n"
            )
        return 128 + number

    def _next_change(self) -> int | None:
        """Return the status of the child when it has ended or stopped; None if it should have ended but cannot."""
        while True:
            child, status = os.waitpid(self._child, os.WUNTRACED | os.WNOHANG)
            if child:
                return status
            if self._deadline is not None and time.monotonic() > self._deadline:
                return None
            if self._waits_for_foreground and modes.is_in_foreground(self._terminal):
                self._waits_for_foreground = False
                self._send(signal.SIGCONT)
            self._wait_for_news()

    def _wait_for_news(self) -> None:
        """Wait for a signal, for the result of the child, or for a time."""
        poll = select.poll()
        poll.register(self._wakeup, select.POLLIN)
        if self._result >= 0:
            poll.register(self._result, select.POLLIN)
        is_timed = self._deadline is not None or self._waits_for_foreground
        for descriptor, _ in poll.poll(_CHECK_MILLISECONDS if is_timed else None):
            data = os.read(descriptor, 512)
            if descriptor == self._result:
                self._take_result(data)

    def _take_result(self, data: bytes) -> None:
        os.close(self._result)
        self._result = -1
        if data:
            self._code, self._deadline = data[0], time.monotonic() + _GRACE_SECONDS

    def _child_has_stopped(self, number: int) -> None:
        """Stop as the child was, because the shell watches the parent; when continued, continue the child too."""
        if not self._stops_with_child:
            self._go_on_without_child(number)
        elif number in _BACKGROUND_STOPS:
            # Only this process: the rest of the group may hold a program such as timeout, which must go on.
            os.kill(os.getpid(), signal.SIGSTOP)
        else:
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.killpg(0, signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, self._forward)
            self._send(signal.SIGCONT)

    def _go_on_without_child(self, number: int) -> None:
        """Stop only for SIGTSTP, which the whole group got: what this process does meanwhile must not be stopped."""
        if number in _BACKGROUND_STOPS:
            self._waits_for_foreground = True
        elif number == signal.SIGTSTP:
            os.kill(os.getpid(), signal.SIGSTOP)
            self._send(signal.SIGCONT)

    def _request_end(self, number: int, frame: FrameType | None) -> None:
        self._is_ending = True
        signal.alarm(_KILL_AFTER)
        self._forward(number, frame)

    def _forward(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._send(number)

    def _kill(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._send(signal.SIGKILL)
        self._deadline = time.monotonic() + _GRACE_SECONDS

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
