"""Follow runs on a file system that fails at random: nothing may be lost or wrong, and nothing may pile up.

    python -m tests.bench.faults [--minutes N] [--runs N] [--seed N]

Rows that are known are written to logs of four formats, which are also replaced, rewritten and begun again, while
calls of the monitor fail, return too little, or take long. At no time may it show a row that was not written. Every few
seconds the faults and the writers pause, and it must show every row. The exit code is 1 if it does not, or if memory,
threads, descriptors or children grow.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from tests.bench.faults_writers import FORMATS, Row, Writer, WrittenRun
from tests.bench.faulty_files import Faults, FaultyFiles
from tests.support.processes import resident

from lossmon.core.errors import CANNOT_BE_READ
from lossmon.core.snapshot import RunSnapshot, Snapshot
from lossmon.monitor import Monitor
from lossmon_adapters import BUILTIN

_ROWS_PER_SECOND = 60.0
_RECOVERY_SECONDS = 20.0
"""Time after the last fault within which every row must be shown."""
_SWITCHES = 4
"""How often the faults are switched between two comparisons with the truth."""
_WARM_UP = 0.25
"""Share of the time after which memory counts."""
_GROWTH_MB = 3.0
"""By how much resident memory may be larger at the end."""


class Usage(NamedTuple):
    """What the process holds."""

    memory: float
    """Resident megabytes."""
    threads: int
    descriptors: int
    children: int


class Soak:
    """Follows the runs, and notes in ``failures`` what is shown wrongly or not at all."""

    def __init__(self, runs: Sequence[WrittenRun], feed: Monitor, files: FaultyFiles, chance: Random) -> None:
        self.failures: list[str] = []
        self.slowest = 0.0
        """Seconds that it took at most until everything was shown after the last fault."""
        self.latest = ""
        """What was shown last then."""
        self.last_faults = Faults()
        self._runs = {run.log.parent.name: run for run in runs}
        self._feed, self._files, self._chance = feed, files, chance
        self._last = Snapshot()

    def follow(self, seconds: float) -> None:
        """Follow the runs, and compare every row that is shown."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._take(min(left, 0.5))

    def switch_faults(self) -> None:
        """Follow the runs while faults come and go."""
        for _ in range(_SWITCHES):
            self._files.faults = self.last_faults = Faults.random(self._chance)
            self.follow(self._chance.uniform(0.5, 4.0))
            self._files.faults = Faults()
            self.follow(self._chance.choice((0.0, 1.0)))

    def compare(self) -> None:
        """Without faults, wait until everything is shown that was written."""
        began, latest = time.monotonic(), ""
        while (missing := self._missing()) and time.monotonic() - began < _RECOVERY_SECONDS:
            latest = missing[0]
            self._take(0.5)
        if (took := time.monotonic() - began) > self.slowest:
            self.slowest, self.latest = took, f"{latest}; {self.last_faults}"
        self.failures += missing

    def _take(self, seconds: float) -> None:
        snapshot = self._feed.wait_for_snapshot(seconds)
        if snapshot is None:
            return
        self._last = snapshot
        for shown in snapshot.runs:
            run = self._runs.get(shown.name.text)
            wrong = set(_rows(shown)) - run.known if run else None
            if wrong:
                self.failures.append(f"{shown.name.text} shows rows that were never written: {sorted(wrong)[:3]}")

    def _missing(self) -> list[str]:
        """Return what the last snapshot does not show as it is."""
        shown = {run.name.text: run for run in self._last.runs}
        strangers = [f"{name} is shown and does not exist" for name in shown.keys() - self._runs.keys()]
        skipped = [f"{file.path.text} is skipped: {file.reason}" for file in self._last.skipped]
        return [
            *strangers,
            *skipped,
            *(f for name, run in self._runs.items() for f in _differences(run, shown.get(name))),
        ]


def _differences(run: WrittenRun, shown: RunSnapshot | None) -> list[str]:
    name = run.log.parent.name
    if shown is None:
        return [f"{name} is not shown"] if run.rows else []
    rows = _rows(shown)
    stale = [f"{name}: {warning}" for warning in shown.warnings if CANNOT_BE_READ in warning]
    return stale if rows == run.rows else [f"{name} shows {len(rows)} rows of {len(run.rows)}", *stale]


def _rows(shown: RunSnapshot) -> list[Row]:
    """Return the evaluations that are shown."""
    history = shown.history
    if history is None or history.train is None or history.val is None:
        return []
    return list(zip(history.x.tolist(), history.train.tolist(), history.val.tolist(), strict=True))


def main() -> int:
    """Run the test, print the figures, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.faults", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N", help="how long (10)")
    parser.add_argument("--runs", type=int, default=20, metavar="N", help="how many runs (20)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the faults and the writers (1)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        failures = soak(Path(name), arguments.runs, 60 * arguments.minutes, arguments.seed)
    for failure in failures[:20]:
        sys.stdout.write(f"failed: {failure}\n")
    return int(bool(failures))


def soak(root: Path, runs: int, seconds: float, seed: int) -> list[str]:
    """Follow *runs* runs in *root* under faults, and return what went wrong."""
    chance = Random(seed)
    written = _new_runs(root, runs, seconds, seed)
    writer = Writer(written, _ROWS_PER_SECOND, Random(seed - 1))
    usages: list[Usage] = []
    began = time.monotonic()
    with FaultyFiles(str(root), chance) as files, closing(Monitor([str(root)], BUILTIN)) as feed:
        test = Soak(written, feed, files, chance)
        writer.start()
        while not test.failures and time.monotonic() - began < seconds:
            test.switch_faults()
            with writer.lock:
                test.compare()
                usage = _usage()
            _report(writer, files, usage)
            if time.monotonic() - began >= _WARM_UP * seconds:
                usages.append(usage)
        writer.stop()
    sys.stdout.write(f"everything was shown {test.slowest:.1f} s after the last fault, at the latest: {test.latest}\n")
    if test.failures:
        sys.stdout.write(f"the last faults were {test.last_faults}\n")
    return test.failures or _growth(usages)


def _new_runs(root: Path, count: int, seconds: float, seed: int) -> list[WrittenRun]:
    """Return runs of all formats; every third has an empty directory until some time in the first half."""
    calls = max(2, int(seconds / 2 * _ROWS_PER_SECOND / count))
    made = []
    for number in range(count):
        chance = Random(seed + number)
        waits = chance.randrange(1, calls) if number % 3 == 0 else 0
        made.append(WrittenRun(root / f"run{number:02}", FORMATS[number % len(FORMATS)], chance, waits))
    return made


def _report(writer: Writer, files: FaultyFiles, usage: Usage) -> None:
    sys.stdout.write(
        f"{writer.rows:7} rows {files.count:7} faults {usage.memory:7.1f} MB {usage.threads} threads "
        f"{usage.descriptors} files {usage.children} children {time.process_time():6.1f} CPU s\n"
    )
    sys.stdout.flush()


def _growth(usages: Sequence[Usage]) -> list[str]:
    """Return what has become more since the first of *usages*."""
    if len(usages) < 2:
        return ["too short to tell whether memory grows"]
    memory = np.array([usage.memory for usage in usages])
    third = -(-len(memory) // 3)
    growth = float(np.median(memory[-third:]) - np.median(memory[:third]))
    sys.stdout.write(f"memory grew by {growth:.1f} MB after the warm-up\n")
    failures = [f"memory grew by more than {_GROWTH_MB} MB"] if growth > _GROWTH_MB else []
    for what in ("threads", "descriptors", "children"):
        first, last = getattr(usages[0], what), getattr(usages[-1], what)
        failures += [f"{first} {what} have become {last}"] if last > first else []
    return failures


def _usage() -> Usage:
    gc.collect()
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    return Usage(resident() / 1e6, threading.active_count(), descriptors, len(children))


if __name__ == "__main__":
    sys.exit(main())
