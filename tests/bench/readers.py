"""How fast lossmon reads event files, beside the readers there are; nothing is dropped by any of them.

    python -m tests.bench.readers [--rounds N] [--only KIND] [--files DIRECTORY] [--terminalboard PYTHON] [--slow]

The files are generated and read once before anything is measured, so they come from memory; readers take turns, each
reading in a process of its own; medians are given. ``--slow`` adds EventAccumulator, which needs minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.readers_files import KINDS, Logs, logs
from tests.bench.readers_rivals import (
    ACCUMULATOR,
    LOSSMON,
    Measured,
    Reader,
    command,
    rustboard,
    terminalboard,
    watched,
)

_OURS = "lossmon"
_USUAL = [kind for kind in KINDS if not kind.startswith("10 M")]


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
        for kind in arguments.only or _USUAL:
            some = logs(kind, arguments.files or Path(temporary))
            results = interleaved(readers(arguments), some, arguments.rounds)
            for line in table(kind, some, results):
                sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


def readers(arguments: argparse.Namespace) -> dict[str, Reader]:
    """Return the readers to measure, by name."""
    checked = [str(Path(sys.executable).with_name("lossmon")), "check"]
    found = {_OURS: LOSSMON, "lossmon check, the whole process": command(*checked)}
    found |= {"lossmon watch, first chart": watched(complete=False), "lossmon watch, all": watched(complete=True)}
    found |= {"rustboard": rustboard(), "rustboard --checksum": rustboard("--checksum")}
    if arguments.terminalboard:
        found["terminalboard"] = terminalboard(arguments.terminalboard)
    if arguments.slow:
        found["EventAccumulator"] = ACCUMULATOR
    return found


def interleaved(found: dict[str, Reader], some: Logs, rounds: int) -> dict[str, list[Measured]]:
    """Let each reader read *rounds* times, in turns, after the files were read once."""
    for path in some.path.rglob("*tfevents*"):
        with path.open("rb") as file:
            while file.read(1 << 20):
                continue
    results: dict[str, list[Measured]] = {name: [] for name in found}
    for _ in range(rounds):
        for name, read in found.items():
            results[name].append(read(some))
    return results


def table(kind: str, some: Logs, results: dict[str, list[Measured]]) -> Iterator[str]:
    """Yield the lines of a table in Markdown; ratios say how many times as long as lossmon a reader takes."""
    yield f"\n**{kind}**: {some.points:,} points, {some.bytes / 1e6:,.0f} MB\n"
    yield "| reader | wall s | ratio | CPU s | ratio | peak MB | points |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    ours = results[_OURS]
    for name, taken in results.items():
        wall, cpu = (median(getattr(one, what) for one in taken) for what in ("wall", "cpu"))
        # Each reading is compared with ours of the same round, since the machine's own pace changes.
        slower = median(one.wall / base.wall for one, base in zip(taken, ours, strict=True))
        dearer = median(one.cpu / base.cpu for one, base in zip(taken, ours, strict=True))
        memory = median(one.memory for one in taken) / 1e6
        yield f"| {name} | {wall:.3f} | {slower:.1f} | {cpu:.3f} | {dearer:.1f} | {memory:.0f} | {taken[0].points:,} |"


if __name__ == "__main__":
    main()
