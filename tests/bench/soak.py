"""Days of watching in minutes: many runs are written, rotated, removed and begun again; memory, threads and files stay.

    python -m tests.bench.soak [--minutes N] [--runs N]

Prints resident memory, threads and descriptors over time and, at the end, the slope of memory over the second half.
The events are those of 50 runs that write once in 12 seconds for 8 hours, compressed to the time given.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
from tests.support.processes import resident

from lossmon.monitor import Monitor
from lossmon_adapters import BUILTIN

_EVENTS = 50 * 8 * 3600 // 12
_REPORTS = 40
_LENGTH = 400
"""Epochs after which a run is over and another takes its place."""


def main() -> None:
    """Run the test, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N", help="how long (10)")
    parser.add_argument("--runs", type=int, default=50, metavar="N", help="how many runs (50)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, closing(Monitor([name], BUILTIN)) as feed:
        writer = Writer(Path(name), arguments.runs, 60 * arguments.minutes)
        writer.start()
        taken = [_taken(feed, 60 * arguments.minutes / _REPORTS, writer) for _ in range(_REPORTS)]
        writer.join()
    half = np.array(taken[_REPORTS // 2 :])
    slope = np.polyfit(half[:, 0], half[:, 1], 1)[0]
    watched = 8 * 60 / arguments.minutes
    sys.stdout.write(f"memory grows by {slope * 3600 / watched:.3f} MB an hour of watching\n")


class Writer(threading.Thread):
    """Writes to runs in turn, and now and then rotates, removes or begins one again."""

    def __init__(self, root: Path, runs: int, seconds: float) -> None:
        super().__init__(daemon=True)
        self.events = 0
        self._root = root
        self._seconds = seconds
        self._epochs = [0] * runs
        self._chance = random.Random(0)

    def run(self) -> None:
        """Write all events, evenly."""
        began = time.monotonic()
        while self.events < _EVENTS:
            self._write(self.events % len(self._epochs))
            self.events += 1
            time.sleep(max(0.0, began + self.events * self._seconds / _EVENTS - time.monotonic()))

    def _write(self, run: int) -> None:
        directory = self._root / f"run{run}"
        if self._epochs[run] == _LENGTH:
            shutil.rmtree(directory)
            self._epochs[run] = 0
        directory.mkdir(exist_ok=True)
        log, epoch = directory / "training.log", self._epochs[run]
        if self._chance.random() < 0.005 and log.exists():
            log.replace(directory / "training.log.1")
        with log.open("a") as file:
            if not file.tell():
                file.write("epoch,loss,val_loss\n")
            file.write(f"{epoch},{0.99**epoch},{0.98**epoch + 0.3 + 0.01 * self._chance.random()}\n")
        self._epochs[run] += 1


def _taken(feed: Monitor, seconds: float, writer: Writer) -> tuple[float, float]:
    """Follow for some *seconds* and return the time and the resident megabytes after it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        feed.wait_for_snapshot(0.5)
    memory = resident() / 1e6
    descriptors, cpu = len(list(Path("/proc/self/fd").iterdir())), time.process_time()
    threads = threading.active_count()
    sys.stdout.write(
        f"{writer.events:7} events {memory:7.1f} MB {threads} threads {descriptors} files {cpu:6.1f} CPU s\n"
    )
    sys.stdout.flush()
    return time.monotonic(), memory


if __name__ == "__main__":
    main()
