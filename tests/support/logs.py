"""Open single logs without a monitor."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from lossmon.core.snapshot import RunSnapshot
from lossmon.runs import Log, Run, TagOverride
from lossmon.sources.byte_source import ByteSource
from lossmon.sources.local_file import LocalFileReader
from lossmon.sources.protocol import Adapter


def open_log(path: Path, adapter: Adapter) -> Log:
    """Return the log at *path*, not yet read."""
    return Log(str(path), adapter, ByteSource(LocalFileReader(str(path)), adapter), size=path.stat().st_size)


def read_log(path: Path, adapter: Adapter) -> Log:
    """Return the log at *path* after all of it was read."""
    log = open_log(path, adapter)
    while log.has_more:
        log.poll()
    return log


def run_of_log(log: Log, clock: Callable[[], float] = time.monotonic) -> Run:
    """Return the only run of *log*, evaluated."""
    run = Run("run", log.path, TagOverride(), clock)
    run.set_logs([(log.runs[0], "")])
    run.update()
    return run


def snapshot_of(path: Path, adapter: Adapter) -> RunSnapshot:
    """Return what there is to show of the only run in the log at *path*."""
    snapshot = run_of_log(read_log(path, adapter)).snapshot(0.0)
    assert snapshot
    return snapshot
