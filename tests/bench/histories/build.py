"""Trains the histories and writes the table: ``python -m tests.bench.histories.build``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from tests.bench.histories.boosting import boost
from tests.bench.histories.families import FAMILIES
from tests.bench.histories.layers import Array, Rng
from tests.bench.histories.table import TABLE, print_line
from tests.bench.histories.tasks import Family
from tests.bench.histories.training import Setting, train

_STEPS = 4500
"""Optimizer steps that one history may take; fewer epochs are trained where there are more batches."""


def _pick(rng: Rng, *choices: float) -> float:
    return float(choices[int(rng.integers(len(choices)))])


def _log_uniform(rng: Rng, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def draw_setting(family: Family, rng: Rng) -> Setting:
    """Draw a setting such as people choose: usually sensible."""
    examples = round(_log_uniform(rng, 40, 2000))
    batch = int(min(_pick(rng, 8, 16, 32, 64, 128, 100_000), examples))
    steps = -(-examples // batch)
    epochs = round(_log_uniform(rng, 5, 500))
    slow = family.kind in ("series", "picture")
    epochs = max(5, min(epochs, (_STEPS // 3 if slow else _STEPS) // steps, 120 if slow else 500))
    adam = bool(rng.random() < 0.6)
    schedules: tuple[Literal["constant", "steps", "cosine", "restarts"], ...] = (
        "constant",
        "steps",
        "cosine",
        "restarts",
    )
    continuous = family.kind in ("table", "series", "picture")
    return Setting(
        examples=examples,
        validation=round(_log_uniform(rng, 30, 1000)),
        epochs=epochs,
        batch=batch,
        width=int(_pick(rng, 8, 16, 32) if slow else _pick(rng, 8, 32, 64, 128)),
        depth=int(_pick(rng, 1, 2, 3, 4) if family.boosted else _pick(rng, 1, 1, 2, 3)),
        rate=_rate(family, adam, rng),
        schedule=schedules[int(rng.choice(4, p=[0.6, 0.15, 0.2, 0.05]))],
        adam=adam,
        dropout=_pick(rng, 0, 0, 0, 0.2, 0.5),
        decay=_pick(rng, 0, 0, 1e-4, 1e-2, 1e-1),
        blur=_pick(rng, 0, 0, 0, 0.2) if continuous else 0.0,
        mislabelled=_pick(rng, 0, 0, 0.1, 0.3),
        logged="running" if rng.random() < 0.7 else "evaluated",
    )


def _rate(family: Family, adam: bool, rng: Rng) -> float:
    if family.boosted:
        return _log_uniform(rng, 0.03, 0.5)
    return _log_uniform(rng, 1e-4, 2e-2) if adam else _log_uniform(rng, 1e-3, 1e-1)


@dataclass(frozen=True)
class TrainedHistory:
    """The train, validation and test losses of one training, and its setting."""

    family: int
    setting: Setting
    losses: tuple[Array, Array, Array]


def train_job(job: tuple[int, int, int]) -> TrainedHistory:
    """Train one history; *job* is (seed, family, number), and seeds the random numbers."""
    rng = np.random.default_rng(job)
    family = FAMILIES[job[1]]
    setting = draw_setting(family, rng)
    with np.errstate(all="ignore"):
        losses = (boost if family.boosted else train)(family, setting, rng)
    return TrainedHistory(job[1], setting, losses)


def _rounded(values: Array) -> Array:
    """Keep fourteen bits of each number, more than a log shows, so that the table packs well."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x100) & np.uint32(0xFFFFFE00)).view(np.float32)


def _train_all(count: int, jobs: int, seed: int) -> Iterator[TrainedHistory]:
    numbers = [(seed, family, number) for number in range(count) for family in range(len(FAMILIES))]
    if jobs == 1:
        yield from map(train_job, numbers)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(train_job, numbers, chunksize=8)


def write(histories: list[TrainedHistory], path: Path) -> None:
    """Write the table: all losses end to end, and for each history where it starts and its setting."""
    lengths = [len(h.losses[0]) for h in histories]
    train, validation, test = (_rounded(np.concatenate([h.losses[k] for h in histories])) for k in range(3))
    np.savez_compressed(
        path,
        starts=np.cumsum([0, *lengths]).astype(np.int32),
        family=np.array([h.family for h in histories], np.int8),
        families=np.array([family.name for family in FAMILIES]),
        examples=np.array([h.setting.examples for h in histories], np.int32),
        held_out=np.array([h.setting.validation for h in histories], np.int32),
        train=train,
        validation=validation,
        test=test,
    )


def main() -> None:
    """Build the table from a seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50, help="histories of each family")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=2401)
    parser.add_argument("--out", type=Path, default=TABLE)
    args = parser.parse_args()
    start = time.perf_counter()
    histories = list(_train_all(args.count, args.jobs, args.seed))
    write(histories, args.out)
    points = sum(len(h.losses[0]) for h in histories)
    print_line(f"{len(histories)} histories, {points} evaluations, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
