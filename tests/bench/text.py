"""Measure how fast captured output is read, in megabytes of CPU time of one core.

    python -m tests.bench.text [--megabytes N] [--rounds N] [--only KIND]

The logs are generated, and fed to a decoder in pieces of 1 MiB; of several rounds the fastest counts.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count

from lossmon.sources.protocol import Decoder
from lossmon_adapters.console import ConsoleOutput

_PIECE_BYTES = 1 << 20
_CHANCE = random.Random(0)


def main() -> None:
    """Measure and print a line for each kind of log."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.text", description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=10, metavar="N", help="size of each log (10)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="readings of each log (3)")
    parser.add_argument("--only", action="append", choices=KINDS, metavar="KIND", help="one of: " + ", ".join(KINDS))
    arguments = parser.parse_args()
    for kind in arguments.only or KINDS:
        log = make_log(kind, arguments.megabytes * 1_000_000)
        readings = [read(log) for _ in range(arguments.rounds)]
        speed = len(log) / 1e6 / min(seconds for seconds, _ in readings)
        sys.stdout.write(f"{kind:36} {speed:7.1f} MB/s {readings[0][1]:8,} points\n")
        sys.stdout.flush()


def make_log(kind: str, size: int) -> bytes:
    """Return a log of about *size* bytes."""
    _CHANCE.seed(kind)
    parts: list[str] = []
    length = 0
    for part in KINDS[kind]():
        parts.append(part)
        length += len(part)
        if length >= size:
            break
    return "".join(parts).encode()


def read(log: bytes) -> tuple[float, int]:
    """Return the CPU seconds that reading *log* takes, and how many points it has."""
    decoder: Decoder = ConsoleOutput().decoder()
    began = time.process_time()
    points = 0
    for begin in range(0, len(log), _PIECE_BYTES):
        points += sum(map(len, decoder.feed(log[begin : begin + _PIECE_BYTES])))
    return time.process_time() - began, points


def _loss(step: int) -> float:
    return 2 / (1 + step / 5000) + _CHANCE.random() / 10


def _unrelated() -> Iterator[str]:
    for line in count():
        yield f"2026-01-01 00:00:{line % 60:02},{line % 1000:03} INFO worker {line % 8} fetched shard {line}\n"


def _mostly_unrelated() -> Iterator[str]:
    for step in count():
        yield from (f"INFO worker {rank} fetched shard {step} in {step % 97} ms\n" for rank in range(100))
        yield f"Epoch {step} train loss {_loss(step):.4f} val loss {_loss(step):.4f}\n"


def _step_on_each_line() -> Iterator[str]:
    for step in count():
        yield f"step done {step} rank {step % 8}\n"
        if step % 400 == 0:
            yield f"epoch {step // 400} loss: {_loss(step):.4f} val_loss: {_loss(step):.4f}\n"


def _nanogpt() -> Iterator[str]:
    for step in count():
        if step % 250 == 0:
            yield f"step {step}: train loss {_loss(step):.4f}, val loss {_loss(step):.4f}\n"
        time_and_use = f"time {100 * _CHANCE.random():.2f}ms, mfu {40 * _CHANCE.random():.2f}%"
        yield f"iter {step}: loss {_loss(step):.4f}, {time_and_use}\n"


def _hugging_face() -> Iterator[str]:
    for step in count():
        rate = 5e-5 * _CHANCE.random()
        yield (
            f"{{'loss': {_loss(step):.4f}, 'grad_norm': {9 * _CHANCE.random()}, 'learning_rate': {rate}, "
            f"'epoch': {step / 100:.2f}}}\n"
        )


def _logger() -> Iterator[str]:
    for step in count():
        yield (
            f"2026-01-01 00:{step // 60 % 60:02}:{step % 60:02},{step % 1000:03} - train - INFO - Epoch {step // 1000} "
            f"step {step} loss: {_loss(step):.4f} lr: 0.001\n"
        )


def _short_lines() -> Iterator[str]:
    return (f"Epoch 1 step {step} loss: {_loss(step):.4f} lr: 0.001\n" for step in count())


def _tqdm(colour: str = "", *, counts_steps: bool = False, end: str = "\r") -> Iterator[str]:
    stop = "\x1b[0m" if colour else ""
    for step in count():
        epoch, batch = divmod(step, 2000)
        eighths = batch * 80 // 2000
        picture = "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
        shown = f", step={step}" if counts_steps else ""
        times = f"[00:{batch // 40:02}<00:{50 - batch // 40:02}, {40 + 5 * _CHANCE.random():.2f}it/s"
        yield (
            f"{colour}Epoch {epoch}: {batch // 20:3}%|{picture:10}| {batch}/2000 {times}, "
            f"loss={_loss(step):.3f}{shown}]{stop}{end}"
        )
        if batch == 1999:
            yield f"Epoch {epoch}: val_loss={_loss(step):.4f}\n"


def _keras() -> Iterator[str]:
    for step in count():
        epoch, batch = divmod(step, 500)
        if batch == 0:
            yield f"Epoch {epoch + 1}/9999\n"
        bar = f"{batch + 1}/500 {'━' * (batch // 25):20} {12 - batch // 40}s 25ms/step"
        yield "\b" * 60 + f"\r{bar} - accuracy: 0.{batch:04} - loss: {_loss(step):.4f}"
        if batch == 499:
            yield f" - val_accuracy: 0.5 - val_loss: {_loss(step):.4f}\n"


def _table() -> Iterator[str]:
    yield "epoch     train_loss   valid_loss   accuracy   time\n"
    for step in count():
        yield f"{step:<9} {_loss(step):.6f}     {_loss(step):.6f}     0.{step % 1000000:06} 00:{step % 60:02}\n"


KINDS: dict[str, Callable[[], Iterator[str]]] = {
    "unrelated lines": _unrelated,
    "a loss in one of 100 lines": _mostly_unrelated,
    "a step on each line, few losses": _step_on_each_line,
    "tqdm redrawn": _tqdm,
    "tqdm redrawn in colour": lambda: _tqdm("\x1b[31m"),
    "tqdm redrawn, with steps": lambda: _tqdm(counts_steps=True),
    "tqdm, a line for each state": lambda: _tqdm(end="\n"),
    "Keras bars redrawn": _keras,
    "nanoGPT": _nanogpt,
    "Hugging Face": _hugging_face,
    "logger with time": _logger,
    "short lines with loss": _short_lines,
    "table rows": _table,
}


if __name__ == "__main__":
    main()
