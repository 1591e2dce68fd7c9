"""Logs as Hugging Face's Trainer writes them, one for each cause that the curves beside the loss tell."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

Record = dict[str, Any]


def write_state(path: Path, records: list[Record], **state: Any) -> Path:
    """Write a ``trainer_state.json`` with these *records* into the directory *path*, and return the file."""
    path.mkdir(parents=True, exist_ok=True)
    last = max(record["step"] for record in records)
    document = {"global_step": last, "max_steps": last, "log_history": records, **state}
    (path / "trainer_state.json").write_text(json.dumps(document))
    return path / "trainer_state.json"


def steps(count: int, step: int, **values: Callable[[int], float]) -> list[Record]:
    """Return *count* records, each with the epoch and with what each function gives for its number from 0."""
    return [
        {"step": step * (i + 1), "epoch": (i + 1) / 4, **{key: value(i) for key, value in values.items()}}
        for i in range(count)
    ]


def turned_loss(i: int) -> float:
    """Return a validation loss that is lowest at number 7 and rises by far after it."""
    return 0.4 + 0.3 * math.exp(-i / 3) + 0.02 * max(0, i - 7)


def falling_loss(i: int) -> float:
    return 0.01 + 0.7 * math.exp(-i / 5)


def over_confident(accuracy: Callable[[int], float]) -> list[Record]:
    """Return 30 records whose validation loss rises after step 800, with this *accuracy*."""
    return steps(30, 100, loss=falling_loss, eval_loss=turned_loss, eval_accuracy=accuracy)


IMPROVING: Callable[[int], float] = lambda i: 0.95 - 0.15 * math.exp(-i / 9)  # noqa: E731 - one value of each evaluation
HOLDING: Callable[[int], float] = lambda i: 0.9 - 0.1 * math.exp(-i / 2)  # noqa: E731
WORSENING: Callable[[int], float] = lambda i: 0.9 - 0.1 * math.exp(-i / 2) - 0.006 * max(0, i - 8)  # noqa: E731

CAUSES: dict[str, list[Record]] = {
    "zero-loss": [
        *steps(30, 10, loss=lambda _: 0.0, grad_norm=lambda _: 0.0, learning_rate=lambda i: 3.3e-5 * (30 - i)),
        *steps(5, 60, eval_loss=lambda _: math.nan),
    ],
    "zero-gradient": [
        *steps(30, 10, loss=lambda i: 2.3 + 0.01 * math.sin(i), grad_norm=lambda _: 0.0),
        *steps(30, 10, eval_loss=lambda i: 2.302 + 0.001 * math.cos(i)),
    ],
    "zero-learning-rate": [
        *steps(40, 10, loss=lambda i: 0.6 + math.exp(-i / 6), learning_rate=lambda i: 3.37e-5 * max(0, 24 - i)),
        *steps(20, 20, eval_loss=lambda i: 0.7 + math.exp(-i / 3)),
    ],
    "reinforcement-learning": steps(
        60, 1, loss=lambda i: 1e-4 * i * abs(math.sin(i)), reward=lambda i: 0.8 - 0.6 * math.exp(-i / 20),
        reward_std=lambda _: 0.2, kl=lambda i: 2e-4 * i,
    ),
    "val-far-below-train": steps(
        30, 10, loss=lambda i: 0.8 + 1.7 * math.exp(-i / 8), eval_loss=lambda i: 0.32 + 0.68 * math.exp(-i / 8)
    ),
    "no-validation": steps(60, 10, loss=lambda i: 0.6 + 1.8 * math.exp(-i / 12)),
}  # fmt: skip
"""For each flag, the records of a training that has it."""
