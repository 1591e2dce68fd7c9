"""How long ``lossmon report`` takes for many runs once they are read, and how large its page is.

``python -m tests.bench.report`` prints CPU seconds and megabytes for 1,000 runs of three lengths.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np
from tests.support.evaluated import snapshot_of

from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot, Snapshot
from lossmon.core.text import Name
from lossmon.report.html import PageOptions, write_page

RUNS = 1000
DIFFERENT = 20
"""Runs that are made; each of them is in the report many times, under different names."""
LENGTHS = ((50, 50), (1_000, 100), (20_000, 2_000))
"""Train points and evaluations of a run."""


def noisy_run(number: int, points: int, evaluations: int) -> RunSnapshot:
    """Return a run whose every second one overfits."""
    rng = np.random.default_rng(number)
    x = np.arange(1.0, points + 1)
    at = np.linspace(points / evaluations, points, evaluations).round()
    train = 2 * np.exp(-4 * x / points) + rng.normal(0, 0.1, points)
    rise = 0.8 * (at / points - 0.4).clip(0) if number % 2 else 0.0
    val = 2 * np.exp(-3 * at / points) + 0.5 + rng.normal(0, 0.05, evaluations) + rise
    history = EvaluationHistory("step", at, at * np.nan, train[at.astype(int) - 1], val)
    train_curve, val_curve = (
        Curve(Name.of(tag), "step", places, places * np.nan, losses, len(places))
        for tag, places, losses in (("train/loss", x, train), ("val/loss", at, val))
    )
    return snapshot_of("run", "tensorboard", train_curve, val_curve, history)


def main() -> None:
    """Print a line for each length."""
    for points, evaluations in LENGTHS:
        made = [noisy_run(number, points, evaluations) for number in range(DIFFERENT)]
        runs = [replace(made[n % DIFFERENT], name=Name.of(f"sweep/run_{n:04d}/lr_0.001")) for n in range(RUNS)]
        start = time.process_time()
        size = sum(len(piece.encode()) for piece in write_page(Snapshot(tuple(runs)), PageOptions("sweep")))
        seconds = time.process_time() - start
        sys.stdout.write(
            f"{RUNS} runs of {points} points, {evaluations} evaluations: {seconds:.2f} CPU-s, {size / 1e6:.2f} MB\n"
        )


if __name__ == "__main__":
    main()
