"""A program for a terminal: the real screen and its supervisor, with scripted snapshots instead of files.

python -m tests.support.live HERTZ [--runs N] [--from EPOCH] [--fail screen|thread|terminal] [--name NAME]
                              [--stalls] [--lingers]
"""

from __future__ import annotations

import argparse
import atexit
import errno
import math
import os
import sys
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
from tests.support.scripted import gpus, run_snapshot

from lossmon.core.errors import LossmonError
from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot, Snapshot
from lossmon.core.text import Name
from lossmon.gpu import GpuSnapshot
from lossmon.tui.terminal import modes
from lossmon.tui.terminal.supervisor import reporting_crashes, supervised

if TYPE_CHECKING:
    from textual.app import App

_MAX_EPOCHS = 4000
_STALL_CHECK_SECONDS = 0.02
_LINGER_SECONDS = 60.0
_DELAY = 0.002
"""Seconds added to a whole second, so that a clock with whole seconds never shows the previous one."""


class LiveSource:
    """A run that logs *hertz* epochs a second, on whole periods of the wall clock, and finished ones beside it."""

    def __init__(self, hertz: float, runs: int, first: int, name: str, fail: bool) -> None:
        self._full_run = run_snapshot(name, epochs=_MAX_EPOCHS, planned=None)
        self._others = tuple(run_snapshot(f"finished-{number:03}", epochs=40, seed=number) for number in range(1, runs))
        self._period, self._epoch, self._fail = 1 / hertz if hertz else float("inf"), first, fail
        self._due, self._has_started = time.monotonic(), False

    def wait_for_snapshot(self, timeout: float) -> Snapshot | None:
        """Return the state after one more epoch, if it is due within *timeout* seconds."""
        wait = self._due - time.monotonic()
        time.sleep(max(0.0, min(wait, timeout)))
        if wait > timeout:
            return None
        if self._has_started or not math.isfinite(self._period):
            self._due += self._period
        else:
            self._due = time.monotonic() + self._period - time.time() % self._period + _DELAY
        self._has_started = True
        self._epoch = min(self._epoch + 1, _MAX_EPOCHS)
        if self._fail:
            password = "hunter2"  # what a traceback with the values of variables would show
            raise ZeroDivisionError("in the reader" if password else "")
        return Snapshot((after_epochs(self._full_run, self._epoch), *self._others), taken_at=time.time())

    def prefer(self, name: Name) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class LiveGpus:
    """Two GPUs, sampled once a second."""

    def __init__(self) -> None:
        self._newest, self._due, self._taken = gpus(), time.monotonic(), 0

    def wait_for_snapshot(self, timeout: float) -> GpuSnapshot | None:
        """Return the sample that is due within *timeout* seconds."""
        wait = self._due - time.monotonic()
        time.sleep(max(0.0, min(wait, timeout)))
        if wait > timeout:
            return None
        self._due += 1.0
        self._taken += 1
        load = 85.0 + self._taken * 7 % 15
        busy, idle = self._newest.gpus
        history = (*busy.history[1:], (busy.history[-1][0] + 14.0, load))
        self._newest = replace(self._newest, gpus=(replace(busy, utilisation=load, history=history), idle))
        return self._newest

    def close(self) -> None:
        """Do nothing."""


def after_epochs(run: RunSnapshot, epoch: int) -> RunSnapshot:
    """Return *run* as it was after *epoch* epochs."""
    assert run.train is not None
    assert run.val is not None
    assert run.history is not None
    history = run.history
    assert history.train is not None
    assert history.val is not None
    shorter = EvaluationHistory(
        history.axis, history.x[:epoch], history.wall_time[:epoch], history.train[:epoch], history.val[:epoch]
    )
    train, val = _first_points(run.train, epoch), _first_points(run.val, epoch)
    wall = float(np.max(history.wall_time[:epoch]))
    risk = None if run.probabilities is None else run.probabilities[:epoch]
    return replace(
        run, train=train, val=val, history=shorter, metrics=(train, val), last_write=wall, probabilities=risk
    )


def _first_points(curve: Curve, epoch: int) -> Curve:
    return replace(
        curve, x=curve.x[:epoch], wall_time=curve.wall_time[:epoch], value=curve.value[:epoch], logged_points=epoch
    )


def show(arguments: argparse.Namespace) -> int:
    """Show the screen, and return its exit code."""
    from lossmon.tui.app import MonitorApp, run
    from lossmon.tui.settings import DisplayOptions

    if arguments.fail == "screen":
        mock.patch.object(MonitorApp, "action_log", _fail).start()
    if arguments.fail == "terminal":
        mock.patch.object(modes, "open_terminal", _refuse).start()
    if arguments.lingers:
        atexit.register(lambda: time.sleep(_LINGER_SECONDS))
    if arguments.stalls:
        mock.patch.object(MonitorApp, "on_ready", _watch_loop, create=True).start()
    source = LiveSource(arguments.hertz, arguments.runs, arguments.first, arguments.name, arguments.fail == "thread")
    return run(source, LiveGpus() if arguments.hertz else None, "runs/", DisplayOptions(stock_driver=arguments.stock))


async def _watch_loop(app: App[None]) -> None:
    """Print at the end for how long the event loop was blocked at most."""
    longest, last = 0.0, time.monotonic()
    atexit.register(lambda: sys.stdout.write(f"longest stall {longest * 1000:.0f} ms\n"))

    def tick() -> None:
        nonlocal longest, last
        now = time.monotonic()
        longest, last = max(longest, now - last - _STALL_CHECK_SECONDS), now

    app.set_interval(_STALL_CHECK_SECONDS, tick)


def _refuse(fd: int) -> int:
    raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def _fail(app: object) -> None:
    password = "hunter2"
    raise ZeroDivisionError("on the screen" if password else "")


def main() -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("hertz", type=float)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--from", type=int, default=30, dest="first")
    parser.add_argument("--name", default="lstm-512")
    parser.add_argument("--fail", choices=("screen", "thread", "terminal"))
    parser.add_argument("--stalls", action="store_true")
    parser.add_argument("--lingers", action="store_true")
    parser.add_argument("--stock", action="store_true")
    try:
        return supervised(partial(reporting_crashes, partial(show, parser.parse_args())))
    except LossmonError as error:
        sys.stderr.write(f"lossmon: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
