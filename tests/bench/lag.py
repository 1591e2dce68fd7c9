"""How long after a write ``lossmon tail --json`` prints it, while many runs write: lag, CPU and memory.

    python -m tests.bench.lag [--seconds N] [--runs N]

Besides the *runs*, which write once a second, five event files get 1,000 scalars a second each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

import numpy as np
from tests.support.decoding import event, record, simple, version
from tests.support.processes import resident

_EVENT_FILES, _SCALARS_PER_SECOND = 5, 1000
_PERIOD = 0.05
"""Seconds between two writes to an event file."""
_SETTLING = 15.0
"""Seconds after which memory counts."""
_ADDED = 1_000_000


class Writer(threading.Thread):
    """Writes to all logs, and notes when each evaluation was written."""

    def __init__(self, root: Path, runs: int, seconds: float) -> None:
        super().__init__(daemon=True)
        self.written: dict[tuple[str, float], float] = {}
        self.scalars = 0
        self._seconds = seconds
        self._logs = [root / f"run{number:03}" / "training.log" for number in range(runs)]
        self._events = [root / f"events{number}" / "events.out.tfevents.1.host" for number in range(_EVENT_FILES)]
        for log in self._logs:
            log.parent.mkdir(parents=True)
            log.write_text("epoch,loss,val_loss\n-1,1.0,1.0\n")
        for log in self._events:
            log.parent.mkdir(parents=True)
            log.write_bytes(record(version()))

    def run(self) -> None:
        """Write until the time is over; the runs are spread over each second."""
        began, turn, per_turn = time.monotonic(), 0, int(len(self._logs) * _PERIOD)
        while time.monotonic() - began < self._seconds:
            turns_per_epoch = max(1, len(self._logs) // per_turn)
            epoch, part = divmod(turn, turns_per_epoch)
            for log in self._logs[part * per_turn : (part + 1) * per_turn]:
                self._write_row(log, epoch)
            for log in self._events:
                self._write_scalars(log, turn)
            turn += 1
            time.sleep(max(0.0, began + turn * _PERIOD - time.monotonic()))

    def _write_row(self, log: Path, epoch: int) -> None:
        with log.open("a") as file:
            file.write(f"{epoch},{0.99**epoch},{0.98**epoch + 0.3}\n")
        self.written[log.parent.name, epoch] = time.time()

    def _write_scalars(self, log: Path, turn: int) -> None:
        count = int(_SCALARS_PER_SECOND * _PERIOD)
        steps = range(turn * count, (turn + 1) * count)
        with log.open("ab") as file:
            file.write(b"".join(record(event(time.time(), step, simple(b"train/loss", 0.999**step))) for step in steps))
        self.scalars += count


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.lag", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, metavar="N", help="how long (60)")
    parser.add_argument("--runs", type=int, default=200, metavar="N", help="how many runs write once a second (200)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        writer = Writer(Path(name), arguments.runs, arguments.seconds)
        command = [sys.executable, "-m", "lossmon", "tail", name, "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            seen: dict[tuple[str, float], float] = {}
            threading.Thread(target=_note, args=(program.stdout, seen), daemon=True).start()
            # What is written before it has looked once was there before it.
            while len(seen) < arguments.runs:
                time.sleep(_PERIOD)
            writer.start()
            _report(program.pid, writer, seen, arguments.seconds)
            program.terminate()


def _note(output: IO[str], seen: dict[tuple[str, float], float]) -> None:
    """Note when each evaluation was printed."""
    for line in output:
        line_event = json.loads(line)
        if line_event["event"] == "evaluation":
            seen.setdefault((line_event["run"], line_event["x"]), time.time())


def _report(pid: int, writer: Writer, seen: dict[tuple[str, float], float], seconds: float) -> None:
    time.sleep(min(_SETTLING, seconds / 2))
    cpu, own, began, usages = _cpu(pid), _speed(), time.monotonic(), []
    while writer.is_alive():
        usages.append((_points(writer), resident(pid)))
        writer.join(1.0)
    used, speed = (_cpu(pid) - cpu) / (time.monotonic() - began), (own + _speed()) / 2
    time.sleep(3.0)
    lags = np.array([seen[key] - written for key, written in writer.written.items() if key in seen])
    middle, late = np.percentile(lags, [50, 99])
    missing = sum(key not in seen for key in writer.written)
    # A line through many readings, because one may fall before or after freed memory is given back.
    points, memory = np.array(usages, dtype=float).T
    per_point = np.polyfit(points, memory, 1)[0]
    sys.stdout.write(
        f"lag: median {middle:.2f} s, 99 % within {late:.2f} s, most {lags.max():.2f} s; {missing} not printed\n"
        f"CPU: {100 * used:.1f} % of a core that adds {speed:.1f} million numbers a second; machine load "
        f"{os.getloadavg()[0]:.1f}\n"
        f"memory: {per_point:.1f} bytes a point, {resident(pid) / 1e6:.0f} MB\n"
    )


def _speed() -> float:
    """Return how many million numbers Python adds in a second of CPU time now: a busy machine is slower."""
    began, total = time.thread_time(), 0
    for number in range(_ADDED):
        total += number
    return _ADDED / (time.thread_time() - began) / 1e6


def _points(writer: Writer) -> int:
    return writer.scalars + 2 * len(writer.written)


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process, see proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    main()
