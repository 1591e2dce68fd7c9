"""The bytes, CPU and memory that the screen needs: prints a table, measured on a pty of 120 x 40.

python -m tests.bench.screen [--long]    (--long leaves the terminal undrained for a minute instead of ten seconds)
"""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.support.ptys import Emulator, Terminal, live, lossmon, terminal

PICTURE = b"quit"
MOMENT = re.compile(r"as of (\d\d):(\d\d):(\d\d)")
WHOLE = b"\x1b[?2026l"
"""The end of a frame; before it, a terminal need not show any part of the frame."""
Figure = tuple[str, str, str]
_LONG = "--long" in sys.argv


def settled(shown: Terminal) -> Terminal:
    """Return *shown* after its first frame is complete."""
    shown.until(lambda: PICTURE in shown.output)
    shown.read(2.0)
    return shown


def first_picture() -> Iterator[Figure]:
    """Measure the cost up to the first frame."""
    with terminal(live("0")) as shown:
        seconds = shown.until(lambda: PICTURE in shown.output)
        shown.read(0.5)
        yield "bytes to the first full picture", f"{len(shown.output) / 1024:.1f} KB", "16 KB"
        yield "first full picture after", f"{seconds:.2f} s", ""
        yield "CPU to the first full picture", f"{shown.cpu():.2f} s", ""


def steady(hertz: int, seconds: float = 20.0) -> Iterator[Figure]:
    """Measure a run that logs *hertz* times a second, from epoch 30 on, beside two busy GPUs."""
    with terminal(live(str(hertz))) as shown:
        settled(shown)
        cpu, start = shown.cpu(), time.monotonic()
        came = shown.read(seconds)
        taken = time.monotonic() - start
        what, allowed = ("idle", "0 B/s, 0.2 %") if not hertz else (f"live at {hertz} Hz", "800 B/s, 1.5 %")
        load = (shown.cpu() - cpu) / taken
        yield what, f"{len(came) / taken:.0f} B/s, {load:.1%} CPU", allowed if hertz < 2 else ""


def memory() -> Iterator[Figure]:
    """Measure the memory of the real program: the demo, its writers included, after some seconds."""
    with terminal(lossmon("demo", "--speed", "20")) as shown:
        settled(shown).read(5.0)
        yield "memory of the demo, both processes", f"{shown.memory():.1f} MB", "75 MB"
    with terminal(lossmon("watch", "--no-gpu", str(Path(__file__).parents[1] / "data"))) as shown:
        settled(shown)
        yield "memory of watch, both processes", f"{shown.memory():.1f} MB", "75 MB"
    with tempfile.TemporaryDirectory() as logs:
        _write_runs(Path(logs), 500)
        with terminal(lossmon("watch", "--no-gpu", logs)) as shown:
            settled(shown).read(5.0)
            yield "memory of watch with 500 runs", f"{shown.memory():.1f} MB", "75 MB"


def _write_runs(logs: Path, count: int, epochs: int = 40) -> None:
    for run in range(count):
        losses = [
            {"epoch": at, "train/loss": 2 / at + run / 999, "val/loss": 3 / at + at / 99} for at in range(1, epochs)
        ]
        (logs / f"run-{run:03}.jsonl").write_text("\n".join(map(json.dumps, losses)))


def key_to_repaint(runs: int = 500, presses: int = 40) -> Iterator[Figure]:
    """Measure the CPU of one step down a long list."""
    with terminal(live("0", "--runs", str(runs))) as shown:
        settled(shown)
        cpu = shown.cpu()
        for _ in range(presses):
            shown.send(b"j")
            shown.read(0.1)
        yield f"key to repaint, {runs} runs", f"{(shown.cpu() - cpu) / presses * 1000:.1f} ms CPU", "15 ms"


def slow(rate: int = 5000) -> Iterator[Figure]:
    """Measure the age of what is shown, and the time to quit, on a link of *rate* bytes a second."""
    with terminal(live("1", "--from", "100")) as shown:
        shown.until(lambda: PICTURE in shown.output, rate=rate)
        shown.read(3.0, rate)
        behind = list(_lags(shown, rate))
        yield f"age of what is shown at {rate / 1000:.0f} KB/s", f"{max(behind):.2f} s at worst", "1 s"
        shown.send(b"jkjkjkjk")
        shown.read(0.2, rate)
        start = time.monotonic()
        shown.send(b"q")
        shown.ends(20, rate)
        yield "time to quit", f"{time.monotonic() - start:.2f} s", "1.5 s"


def _lags(shown: Terminal, rate: int) -> Iterator[float]:
    """Yield the age, in seconds, of each new state when its whole frame is shown."""
    emulator, seen, before = Emulator(), b"", ""
    until = time.monotonic() + 12
    while time.monotonic() < until:
        shown.read(0.05, rate)
        whole = bytes(shown.output[: shown.output.rfind(WHOLE) + len(WHOLE)])
        found = MOMENT.search(emulator.feed(whole[len(seen) :])[0])
        seen = whole
        if found is None or found[0] == before:
            continue
        if before:
            now = time.localtime()
            shown_at, wall = (int(part) for part in found.groups()), (now.tm_hour, now.tm_min, now.tm_sec)
            yield (_seconds(wall) - _seconds(shown_at)) % 86400 + time.time() % 1
        before = found[0]


def _seconds(clock: Iterable[int]) -> int:
    hours, minutes, seconds = clock
    return 3600 * hours + 60 * minutes + seconds


def undrained(seconds: float) -> Iterator[Figure]:
    """Measure the effect of a terminal that nobody reads, with updates at 10 Hz."""
    with terminal(live("10", "--stalls")) as shown:
        settled(shown)
        before = shown.allocated()
        time.sleep(seconds)
        grown = shown.allocated() - before
        start = time.monotonic()
        os.kill(shown.pid, signal.SIGTERM)
        code = shown.process.wait(20)
        taken = time.monotonic() - start
        shown.read(0.2)
        stall = re.findall(rb"longest stall (\d+) ms", shown.output)
        yield f"undrained for {seconds:.0f} s at 10 Hz: memory", f"{grown:+.1f} MB", "5 MB"
        yield "  longest stall of the loop", f"{int(stall[-1]) / 1000:.2f} s" if stall else "?", "0.5 s"
        yield "  SIGTERM meanwhile", f"exit {code} after {taken:.2f} s", "at once"


def endings() -> Iterator[Figure]:
    """Measure the time to quit."""
    times = []
    for _ in range(3):
        with terminal(live("1")) as shown:
            settled(shown)
            start = time.monotonic()
            shown.send(b"q")
            shown.ends()
            times.append(time.monotonic() - start)
            assert shown.is_as_before()
    yield "q to the shell's prompt", f"{statistics.median(times):.2f} s", ""


def main() -> None:
    """Print the table."""
    parts: list[Callable[[], Iterator[Figure]]] = [
        first_picture,
        lambda: steady(0),
        lambda: steady(1),
        lambda: steady(10, 10.0),
        memory,
        key_to_repaint,
        slow,
        lambda: undrained(60.0 if _LONG else 10.0),
        endings,
    ]
    sys.stdout.write(f"{'figure':44} {'measured':26} at most\n")
    for part in parts:
        for name, value, limit in part():
            sys.stdout.write(f"{name:44} {value:26} {limit}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
