"""Write what a training saves, with the names that its framework gives."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

START = 1_700_000_000.0
"""When the trainings of these tests began, in seconds since 1970."""
EPOCH_SECONDS = 60.0


def save(path: Path, size: int = 1000, *, modified: float | None = None) -> Path:
    """Write a file of *size* bytes, last written at *modified* in seconds since 1970."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    if modified is not None:
        os.utime(path, (modified, modified))
    return path


def hugging_face(output: Path, steps: Iterable[int], *, size: int = 1000) -> None:
    """Write the checkpoints of Hugging Face's Trainer of these *steps*."""
    for step in steps:
        folder = output / f"checkpoint-{step}"
        save(folder / "model.safetensors", size)
        save(folder / "optimizer.pt", 2 * size)
        save(folder / "rng_state.pth", 10)
        save(folder / "training_args.bin", 10)


def timed_log(path: Path, losses: Iterable[float], first_epoch: int = 0) -> None:
    """Write a log with a line for each epoch, which says when it was logged: every minute."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{first_epoch + i},{0.85**i},{loss},{START + EPOCH_SECONDS * (i + 1)}" for i, loss in enumerate(losses)]
    path.write_text("\n".join(["epoch,train_loss,val_loss,wall_time", *rows, ""]))


def written_after(epoch: int, seconds: float = 2.0) -> float:
    """Return a time soon after the epoch number *epoch*, counted from 0, was logged by ``timed_log``."""
    return START + EPOCH_SECONDS * (epoch + 1) + seconds
