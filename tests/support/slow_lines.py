"""Lines of text that take a careless pattern long, and the time that a decoder needs for them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable

from tests.support.decoding import new_decoder

_PIECES = ["epoch", "loss", ":", "=", "[", "]", "1", "/", " ", "'", "step", "val", "-", ".", "nan", "e", "\t", "\x1b["]
_LONGEST_LINE = 8192

SLOW_LINES = [
    *(
        piece * (_LONGEST_LINE // len(piece))
        for piece in [*_PIECES, "epoch ", "loss 1 ", "a:1,", "1.1.", "epoch 1/1[1/1", ": "]
    ),
    *("".join(random.Random(seed).choices(_PIECES, k=4000))[:_LONGEST_LINE] for seed in range(20)),
    "loss" + " " * 8000 + "x",
    "epoch" + " " * 8000 + "x",
    "loss: " + "1" * 8000,
    "nan " * 2000 + "loss: 1",
]


def slowest_line_seconds(lines: Iterable[str], *, below: str = "") -> float:
    """Return the CPU seconds that the decoder of captured output needs for the slowest of *lines*.

    Each is tried three times and the fastest try counts; *below* is the line before it, which is not timed.
    """
    return max(min(_seconds(line, below) for _ in range(3)) for line in lines)


def _seconds(line: str, below: str) -> float:
    decoder = new_decoder("text")
    decoder.feed(f"{below}\n".encode())
    begin = time.process_time()
    decoder.feed(f"{line}\n".encode())
    return time.process_time() - begin
