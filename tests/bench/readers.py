"""Measure how fast lossmon and other programs read event files; none of them drops points.

    python -m tests.bench.readers [--rounds N] [--only KIND] [--files DIRECTORY] [--terminalboard PYTHON] [--slow]

The files are generated and read once before the measurement, so that they come from memory. Readers take turns, each
reading in a process of its own, and medians are printed. ``--slow`` adds EventAccumulator, which takes minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.readers_files import KINDS, Logs, prepare_logs
from tests.bench.readers_rivals import (
    ACCUMULATOR,
    LOSSMON,
    Measured,
    Reader,
    command,
    rustboard,
    terminalboard,
    watch,
)

_LOSSMON_NAME = "lossmon"
_DEFAULT_KINDS = [kind for kind in KINDS if not kind.startswith("10 M")]


def main() -> None:
    """Measure and print a table for each kind of logs."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.readers", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="readings by each reader (5)")
    parser.add_argument("--only", action="append", choices=KINDS, metavar="KIND", help="one of: " + ", ".join(KINDS))
    parser.add_argument("--files", type=Path, metavar="DIRECTORY", help="keep the files there for the next time")
    parser.add_argument("--terminalboard", metavar="PYTHON", help="the Python that terminalboard is installed for")
    parser.add_argument("--slow", action="store_true", help="measure EventAccumulator too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for kind in arguments.only or _DEFAULT_KINDS:
            logs = prepare_logs(kind, arguments.files or Path(temporary))
            results = measure_in_turns(make_readers(arguments), logs, arguments.rounds)
            for line in table(kind, logs, results):
                sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


def make_readers(arguments: argparse.Namespace) -> dict[str, Reader]:
    """Return the readers to measure, by name."""
    check = [str(Path(sys.executable).with_name("lossmon")), "check"]
    found = {_LOSSMON_NAME: LOSSMON, "lossmon check, the whole process": command(*check)}
    found |= {"lossmon watch, first chart": watch(complete=False), "lossmon watch, all": watch(complete=True)}
    found |= {"rustboard": rustboard(), "rustboard --checksum": rustboard("--checksum")}
    if arguments.terminalboard:
        found["terminalboard"] = terminalboard(arguments.terminalboard)
    if arguments.slow:
        found["EventAccumulator"] = ACCUMULATOR
    return found


def measure_in_turns(readers: dict[str, Reader], logs: Logs, rounds: int) -> dict[str, list[Measured]]:
    """Return *rounds* measurements of each reader, taken in turns after the files were read once."""
    for path in logs.path.rglob("*tfevents*"):
        with path.open("rb") as file:
            while file.read(1 << 20):
                continue
    results: dict[str, list[Measured]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, read in readers.items():
            results[name].append(read(logs))
    return results


def table(kind: str, logs: Logs, results: dict[str, list[Measured]]) -> Iterator[str]:
    """Yield the lines of a Markdown table; a ratio is the time of a reader divided by the time of lossmon."""
    yield f"\n**{kind}**: {logs.points:,} points, {logs.bytes / 1e6:,.0f} MB\n"
    yield "| reader | wall s | ratio | CPU s | ratio | peak MB | points |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, rounds in results.items():
        # Compared with lossmon in the same round, since the speed of the machine changes.
        pairs = list(zip(rounds, results[_LOSSMON_NAME], strict=True))
        wall, wall_ratio = median(own.wall for own in rounds), median(own.wall / base.wall for own, base in pairs)
        cpu, cpu_ratio = median(own.cpu for own in rounds), median(own.cpu / base.cpu for own, base in pairs)
        memory = median(own.memory for own in rounds) / 1e6
        times = f"{wall:.3f} | {wall_ratio:.1f} | {cpu:.3f} | {cpu_ratio:.1f}"
        yield f"| {name} | {times} | {memory:.0f} | {rounds[0].points:,} |"


if __name__ == "__main__":
    main()
