"""Counts false alarms on plateaus and turns found in their noise: ``python -m tests.bench.histories.plateaus``."""

from __future__ import annotations

import argparse
from math import exp
from statistics import mean

import numpy as np
from tests.bench.histories.layers import Array, Rng
from tests.bench.histories.rivals import lossmon
from tests.bench.histories.table import print_line

_CASES = (
    ("white", 0.0, 20),
    ("white", 0.0, 50),
    ("white", 0.0, 200),
    ("white", 0.0, 1000),
    ("AR .6", 0.6, 50),
    ("AR .6", 0.6, 200),
    ("AR .9", 0.9, 50),
    ("AR .9", 0.9, 200),
)


def deviations(count: int, rho: float, rng: Rng) -> Array:
    """Return unit-variance autoregressive noise."""
    shocks, values = rng.normal(size=count), np.zeros(count)
    values[0] = shocks[0]
    for at in range(1, count):
        values[at] = rho * values[at - 1] + (1 - rho**2) ** 0.5 * shocks[at]
    return values


def curves(count: int, rho: float, turn: float, rng: Rng) -> tuple[list[float], list[float]]:
    """Return train, which keeps falling, and a validation that falls from 1.5 to 0.5 and stays there.

    Its noise is five per cent of the plateau. From two fifths of the run on it rises, to *turn* times the drop.
    """
    at = np.arange(count)
    train = 0.3 + 0.7 * np.exp(-5 * at / count) + 0.005 * rng.normal(size=count)
    rise = turn * np.maximum(0, at - 0.4 * count) / (0.6 * count)
    val = 0.5 + np.array([exp(-10 * i / count) for i in at]) + rise + 0.025 * deviations(count, rho, rng)
    return train.tolist(), val.tolist()


def shares(count: int, rho: float, turn: float, runs: int) -> tuple[float, float]:
    """Return the fractions of *runs* that are reported as overfitting at the end, and at any time."""
    rng = np.random.default_rng([count, int(100 * rho), int(100 * turn)])
    reports = [lossmon()(*curves(count, rho, turn, rng)) for _ in range(runs)]
    return mean(states[-1] for states in reports), mean(any(states) for states in reports)


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluations", type=int, default=20_000, help="evaluations judged for each row")
    args = parser.parse_args()
    print_line("| noise | evaluations | called at the end | at any time | turn of 30 % of the drop found | of 60 % |")
    print_line("| --- | --- | --- | --- | --- | --- |")
    for name, rho, count in _CASES:
        runs = max(20, args.evaluations // count)
        end, ever = shares(count, rho, 0.0, runs)
        found = [shares(count, rho, turn, max(20, runs // 4))[0] for turn in (0.3, 0.6)]
        figures = " | ".join(f"{100 * share:.1f} %" for share in (end, ever, *found))
        print_line(f"| {name} | {count} | {figures} |")


if __name__ == "__main__":
    main()
