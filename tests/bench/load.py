"""How long lossmon takes for large directories: many runs, many files that are no logs, many subdirectories.

    python -m tests.bench.load [CASE…]

Figures are of whole processes: CPU time of all of them, wall time, and the memory of the largest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from tests.bench import load_files

from lossmon.monitor import Monitor, MonitorSettings
from lossmon_adapters import BUILTIN, BUILTIN_SOURCES

_RUNS = 10_000
_EVALUATIONS = 100
_TEXT_BYTES = 30_000
_LIMIT_SECONDS = 300


def main() -> None:
    """Measure the cases, and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load", description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"one of {', '.join(_CASES)} (all)")
    for case in parser.parse_args().cases or _CASES:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name) / "logs"
            root.mkdir()
            make, measure = _CASES[case]
            make(root)
            sys.stdout.write(f"{case}: {measure(root)}\n")
            sys.stdout.flush()


def check(root: Path) -> str:
    """Return what ``lossmon check`` of *root* takes."""
    before, began = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "lossmon", "check", str(root), "--json"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_LIMIT_SECONDS, check=False)
    wall, after = time.perf_counter() - began, getrusage(RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{cpu:.2f} s CPU, {wall:.2f} s wall, {after.ru_maxrss / 1024:.0f} MB"


def first_run(root: Path) -> str:
    """Return how long it takes until the first run is shown, without the start of Python."""
    cpu, began = time.process_time(), time.perf_counter()
    with closing(Monitor([str(root)], (*BUILTIN, *BUILTIN_SOURCES), MonitorSettings())) as monitor:
        while not ((snapshot := monitor.wait_for_snapshot(1.0)) and snapshot.runs):
            continue
        return f"first run after {time.process_time() - cpu:.2f} s CPU, {time.perf_counter() - began:.2f} s wall"


def repeated_headings(root: Path) -> None:
    """Write one log with 30,000 headings."""
    load_files.make_repeated_headings(root / "training.log", 30_000)


_Make = Callable[[Path], None]
_CASES: dict[str, tuple[_Make, Callable[[Path], str]]] = {
    **{
        kind: (partial(load_files.make_runs, kind=kind, count=_RUNS, evaluations=_EVALUATIONS), check)
        for kind in load_files.RUNS
    },
    "texts": (partial(load_files.make_texts, count=1000, size=_TEXT_BYTES), check),
    "unrelated": (partial(load_files.make_unrelated, count=10_000), check),
    "directories": (partial(load_files.make_directories, outer=100, inner=1000), first_run),
    "headings": (repeated_headings, check),
}

if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
