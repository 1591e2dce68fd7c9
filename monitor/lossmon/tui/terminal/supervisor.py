"""A small parent that outlives the screen, and gives the terminal back whatever ended it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from lossmon.tui.terminal import modes

_PR_SET_PDEATHSIG = 1
_PATIENCE = 3
"""Seconds the screen has to end after a signal that asks it to."""
_IN_BACKGROUND = (signal.SIGTTIN, signal.SIGTTOU)
"""What stops whoever uses a terminal that somebody else has the use of."""
_ASKED = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)


def supervised(screen: Callable[[], int]) -> int:
    """Run *screen* in a child and return its exit code, 128 + n where signal n ended it.

    Both processes return from here, each with that code. To be called before anything large is imported: the parent
    keeps what it has. Without a terminal, or off Linux, *screen* simply runs.
    """
    if sys.platform != "linux" or not os.isatty(1):
        return screen()
    try:
        terminal = modes.opened(1)
    except OSError:
        return screen()
    before = modes.attributes(terminal)
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(terminal)
        _end_with(parent)
        return screen()
    return _Guard(child).wait(lambda: modes.give_back(terminal, before))


class _Guard:
    """The parent's part."""

    def __init__(self, child: int) -> None:
        self._child = child
        self._asked = False
        for number in _ASKED:
            signal.signal(number, self._ask)
        signal.signal(signal.SIGTSTP, self._pass_on)
        signal.signal(signal.SIGALRM, self._lose_patience)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)

    def wait(self, give_back: Callable[[], None]) -> int:
        """Return the exit code of the child; where a signal ended it, call *give_back* first."""
        while True:
            status = os.waitpid(self._child, os.WUNTRACED)[1]
            if not os.WIFSTOPPED(status):
                break
            if not self._asked:
                self._stop_too(os.WSTOPSIG(status))
        signal.alarm(0)
        code = os.waitstatus_to_exitcode(status)
        if code >= 0:
            return code
        give_back()
        if -code not in _ASKED:
            sys.stderr.write(f"lossmon: {signal.Signals(-code).name} ended the screen; training goes on\n")
        return 128 - code

    def _stop_too(self, number: int) -> None:
        """Stop with the child, since the shell watches the parent; then have both go on."""
        if number in _IN_BACKGROUND:
            # The kernel has stopped the others, but not who is to end us after a while, as timeout is.
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.killpg(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._pass_on)
        self._send(signal.SIGCONT)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        signal.alarm(_PATIENCE)
        self._pass_on(number, frame)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._send(number)

    def _lose_patience(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        try:
            os.kill(self._child, number)
        except ProcessLookupError:
            return


def _end_with(parent: int) -> None:
    """Prepare the child: ctrl+c, which may reach it twice, interrupts it once, and it ends when *parent* is killed."""
    import ctypes

    signal.signal(signal.SIGINT, _interrupt)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGHUP)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGHUP)


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt
