"""Evaluate many runs at once, in as many processes as there are processor cores."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

from lossmon.core.snapshot import RunSnapshot
from lossmon.runs.run import Run

_MIN_POINTS = 40_000
"""Points in all runs from which other processes are started: evaluating these takes about half a second."""
_MAX_PROCESSES = 8
"""More would only wait for this process to take their results."""
_RUNS_PER_TASK = 16
_PR_SET_PDEATHSIG = 1
"""The option of prctl(2) that names the signal to get when the parent ends."""

_runs: Sequence[Run] = ()
"""The runs to update; a forked process finds them here."""


def update_all(runs: Sequence[Run], *, processes: int | None = None) -> None:
    """Update all *runs*, and free what is needed only to update them again.

    With many points it takes *processes*, by default one for each core that this process may use.
    """
    if processes is None:
        processes = min(_cores(), _MAX_PROCESSES) if _points(runs) >= _MIN_POINTS else 1
    if processes > 1:
        _update_in_processes(runs, processes)
    for run in runs:
        if run.is_stale:
            run.update()
            run.release()


def _cores() -> int:
    """Return how many cores this process may use; 1 where a copy of a process is not safe or not cheap."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def _points(runs: Sequence[Run]) -> int:
    return sum(log.points_held for run in runs for log in run.logs)


def _update_in_processes(runs: Sequence[Run], processes: int) -> None:
    """Update *runs* in copies of this process; those of a process that ends early stay as they are."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from contextlib import suppress
    from multiprocessing import get_context

    global _runs  # noqa: PLW0603 - the only way to hand it to a copy without pickling it
    _runs = runs
    pool = ProcessPoolExecutor(processes, get_context("fork"), _prepare_process, (os.getpid(),))
    try:
        with suppress(BrokenProcessPool, OSError):
            results = pool.map(_updated, range(len(runs)), chunksize=_RUNS_PER_TASK)
            for run, snapshot in zip(runs, results, strict=True):
                run.adopt(snapshot)
    finally:
        _runs = ()
        pool.shutdown(cancel_futures=True)


def _prepare_process(parent: int) -> None:
    """Leave ctrl-c to the *parent* process, and end when that ends, however it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _updated(index: int) -> RunSnapshot:
    """Return the snapshot of one of the runs after its update."""
    run = _runs[index]
    snapshot = run.fresh_snapshot()
    run.release()
    return snapshot
