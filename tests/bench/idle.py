"""The cost of lossmon while little or nothing happens: CPU, metadata calls, and the delay until a write is seen.

    python -m tests.bench.idle [--seconds N]

Needs ``strace`` for the calls; without it they are left out. Figures are of the monitor alone, without the screen.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

from lossmon.core.snapshot import Snapshot
from lossmon.monitor import Monitor, MonitorSettings
from lossmon_adapters import BUILTIN

FeedOf = Callable[["float | None"], Monitor]
_METADATA = {"stat", "newfstatat", "lstat", "statx", "open", "openat", "getdents64", "readlink", "access"}
_LONG_AGO = 1.7e9
_SETTLED = 130.0
"""Seconds after which every file and directory was looked at twice."""
_WRITES = 20


def main() -> None:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.idle", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0, metavar="N", help="how long each figure is taken (30)")
    seconds = parser.parse_args().seconds
    for say in (latency(None), latency(1.0), busy(50, seconds), quiet(2000, seconds)):
        for line in say:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


def latency(poll: float | None) -> Iterator[str]:
    """Measure from a write to the snapshot that has it."""
    with _runs(3) as (root, feed_of), closing(feed_of(poll)) as feed:
        _caught_up(feed)
        took = []
        for epoch in range(_WRITES):
            _append(root / "run0000" / "training.log", 4 + epoch)
            began = time.perf_counter()
            while not _shows(feed.wait_for_snapshot(1.0), 5 + epoch):
                continue
            took.append(time.perf_counter() - began)
            feed.wait_for_snapshot(0.137)
        how = "inotify" if poll is None else f"polling every {poll:g} s"
        yield f"from a write to the snapshot that has it, {how}: median {median(took):.3f} s, most {max(took):.3f} s"


def busy(runs: int, seconds: float) -> Iterator[str]:
    """Measure the CPU of following runs that all write once a second."""
    with _runs(runs) as (root, feed_of), closing(feed_of(None)) as feed:
        _caught_up(feed)
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(root), str(runs)])
        try:
            yield f"{runs} runs that write once a second: {_cpu(feed, seconds):.2f} % of a core"
        finally:
            writer.kill()
            writer.wait()


def quiet(runs: int, seconds: float) -> Iterator[str]:
    """Measure the CPU and the metadata calls of following runs that have ended."""
    with _runs(runs) as (_, feed_of), closing(feed_of(None)) as feed:
        _caught_up(feed)
        _cpu(feed, _SETTLED)
        yield f"{runs:,} runs that have ended: {_cpu(feed, seconds):.2f} % of a core"
        if shutil.which("strace"):
            calls = _metadata_calls(lambda: _cpu(feed, seconds))
            yield f"{runs:,} runs that have ended: {calls / seconds:.0f} metadata calls a second"


_WRITER = """
import sys, time
from pathlib import Path
logs = [Path(sys.argv[1]) / f"run{index:04}" / "training.log" for index in range(int(sys.argv[2]))]
for epoch in range(4, 10**6):
    for path in logs:
        with path.open("a") as file:
            file.write(f"{epoch},{0.9 ** epoch},{0.8 ** epoch + 0.3}\\n")
        time.sleep(1 / len(logs))
"""


@contextmanager
def _runs(count: int) -> Iterator[tuple[Path, FeedOf]]:
    """Make runs that were last written long ago, and return a function that opens a monitor of them."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for index in range(count):
            path = root / f"run{index:04}" / "training.log"
            path.parent.mkdir()
            path.write_text("epoch,loss,val_loss\n")
            for epoch in range(4):
                _append(path, epoch)
            os.utime(path, (_LONG_AGO, _LONG_AGO))
        yield root, lambda poll: Monitor([name], BUILTIN, MonitorSettings(poll=poll))


def _append(path: Path, epoch: int) -> None:
    with path.open("a") as file:
        file.write(f"{epoch},{0.9**epoch},{0.8**epoch + 0.3}\n")


def _shows(snapshot: Snapshot | None, evaluations: int) -> bool:
    views = snapshot.runs if snapshot else ()
    return any(view.history is not None and len(view.history.x) == evaluations for view in views)


def _caught_up(feed: Monitor) -> None:
    seen = False
    while not (seen and feed.complete):
        seen = feed.wait_for_snapshot(1.0) is not None or seen


def _cpu(feed: Monitor, seconds: float) -> float:
    """Follow for some *seconds* and return the CPU it took, in percent of a core."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < seconds:
        feed.wait_for_snapshot(1.0)
    return 100 * (time.process_time() - cpu) / (time.perf_counter() - wall)


def _metadata_calls(follow: Callable[[], object]) -> int:
    """Return how many calls for metadata this process makes while it does *follow*."""
    with tempfile.NamedTemporaryFile("r") as report:
        tracer = subprocess.Popen(["strace", "-f", "-c", "-p", str(os.getpid()), "-o", report.name])
        time.sleep(1.0)
        follow()
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
        rows = [line.split() for line in report if line.strip() and line.lstrip()[0].isdigit()]
    return sum(int(row[3]) for row in rows if row[-1] in _METADATA)


if __name__ == "__main__":
    main()
