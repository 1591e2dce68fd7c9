"""Snapshots of example runs and GPUs, and a source that returns what it was given instead of reading files."""

from __future__ import annotations

import queue
from collections.abc import Iterable
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from lossmon.core.assessment import Advice, Assessment
from lossmon.core.points import Axis, Floats
from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot, RunStatus, SkippedFile, Snapshot, VerdictChange
from lossmon.core.text import Name
from lossmon.core.verdict import Severity, Verdict
from lossmon.gpu import Gpu, GpuProcess, GpuSnapshot

START = 1_700_000_000.0
"""When every example run began, in seconds since 1970."""
EPOCH_SECONDS = 42.0
T = TypeVar("T")


def curve(tag: str, values: Floats, axis: Axis = "epoch", first: int = 1) -> Curve:
    x = np.arange(first, first + len(values), dtype=np.float64)
    return Curve(Name.of(tag), axis, x, START + EPOCH_SECONDS * x, values, len(values))


def losses(epochs: int, turn: int | None, seed: int = 7) -> tuple[Floats, Floats]:
    """Return train and validation loss; validation rises after epoch *turn*."""
    noise = np.random.default_rng(seed).normal(0, 0.012, (epochs, 2)).T
    epoch = np.arange(epochs)
    train = 0.08 + 1.9 * np.exp(-epoch / 9) + noise[0] * 0.5
    val = 0.34 + 1.7 * np.exp(-epoch / 4.5) + noise[1]
    if turn is not None:
        val = val + np.clip(epoch - turn, 0, None) * 0.016
    return train, val


def run_snapshot(
    name: str = "lstm-512",
    verdict: Verdict = Verdict.OVERFITTING,
    *,
    epochs: int = 31,
    planned: int | None = 50,
    turn: int | None = 10,
    severity: Severity | None = Severity.MODERATE,
    status: RunStatus = RunStatus.RUNNING,
    trouble: tuple[str, ...] = (),
    catching_up: float | None = None,
    with_val: bool = True,
    nan_from: int | None = None,
    seed: int = 7,
    advice: tuple[Advice, ...] | None = None,
    extra: Iterable[str] = (),
) -> RunSnapshot:
    """Return a run with *verdict* and curves that look like it.

    It has logged *epochs* of *planned* epochs; the validation loss is best in epoch *turn* if it overfits, and all
    losses are NaN after *nan_from* epochs. *extra* are the tags of further scalars.
    """
    train, val = losses(epochs, turn if verdict is Verdict.OVERFITTING else None, seed)
    if nan_from is not None:
        train[nan_from:], val[nan_from:] = np.nan, np.nan
    x = np.arange(1, epochs + 1, dtype=np.float64)
    history = EvaluationHistory("epoch", x, START + EPOCH_SECONDS * x, train, val if with_val else None)
    judged = val if with_val else train
    overfits, known = verdict is Verdict.OVERFITTING, with_val and nan_from is None
    best = int(np.nanargmin(judged)) if not overfits or turn is None else turn - 1
    assessment = Assessment(
        verdict,
        severity if overfits else None,
        0.97,
        onset=turn - 1 if overfits and turn is not None else None,
        detected=min(epochs - 1, (turn or 5) + 3) if nan_from is None else nan_from,
        best=best,
        best_value=float(judged[best]),
        gap=float(val[-1] - train[-1]) if known else None,
        gap_slope=0.031 if known else None,
        flags=() if with_val else ("no-validation",),
    )
    curves = {"train/loss": train, "val/loss": val} if with_val else {"train/loss": train}
    loss_curves = {tag: curve(tag, values) for tag, values in curves.items()}
    others = [curve(tag, train * (2 + number)) for number, tag in enumerate(extra)]
    return RunSnapshot(
        name=Name.of(name),
        path=Name.of(f"runs/{name}"),
        format="keras",
        train=loss_curves["train/loss"],
        val=loss_curves.get("val/loss"),
        history=history,
        assessment=assessment,
        timeline=(
            VerdictChange(0, Verdict.WARMING_UP),
            VerdictChange(4, Verdict.LEARNING),
            VerdictChange(min(13, epochs - 1), verdict),
        ),
        evidence=EVIDENCE.get(verdict, ()),
        advice=ADVICE.get(verdict, ()) if advice is None else advice,
        metrics=(*loss_curves.values(), *others),
        status=status,
        warnings=trouble,
        last_write=START + EPOCH_SECONDS * epochs,
        planned_end=planned,
        share_read=catching_up,
        probabilities=_probabilities(x, turn if overfits else None) if with_val else None,
    )


def _probabilities(x: Floats, turn: int | None) -> Floats:
    """Return a probability of overfitting that is one half some epochs after *turn*; NaN in the first epochs."""
    rising = np.full(len(x), 0.03) if turn is None else 1 / (1 + np.exp((turn + 4 - x) / 1.5))
    return np.where(x > 4, rising, np.nan)


EVIDENCE = {
    Verdict.OVERFITTING: (
        "validation loss rose from 0.41 (epoch 10) to 0.83 (epoch 31), 18 times its noise, while train fell",
        "the gap grew by 0.031 an epoch over the last 12 epochs",
    ),
    Verdict.DIVERGED: ("train loss is NaN since epoch 22",),
    Verdict.LEARNING: ("validation loss fell by 0.05 over the last 8 epochs, 4 times its noise",),
}
ADVICE = {
    Verdict.OVERFITTING: (
        Advice("keep the epoch-10 checkpoint", "validation was best there"),
        Advice("dropout 0.2-0.5", "the gap grows late and steadily"),
        Advice("fewer units", "train still falls fast"),
    ),
    Verdict.DIVERGED: (Advice("lower the learning rate ten times", "the loss exploded within two epochs"),),
}


def four_runs() -> tuple[RunSnapshot, ...]:
    """Return runs as in the screenshot of the README: one overfits, one diverged, two need no action."""
    return (
        run_snapshot("cnn-a", Verdict.CONVERGED, epochs=50, status=RunStatus.ENDED, seed=3),
        run_snapshot("lstm-128", Verdict.LEARNING, epochs=18, seed=5),
        run_snapshot("lstm-512"),
        run_snapshot("rnn", Verdict.DIVERGED, epochs=24, nan_from=21, status=RunStatus.STALLED, seed=9),
    )


def snapshot(*runs: RunSnapshot, skipped: tuple[SkippedFile, ...] = (), catching_up: float | None = None) -> Snapshot:
    """Return the snapshot that a monitor would return for these runs."""
    ordered = tuple(sorted(runs, key=lambda run: run.name.raw))
    return Snapshot(ordered, skipped, catching_up, "inotify", START + EPOCH_SECONDS * 31 + 12)


def gpus() -> GpuSnapshot:
    """Return two GPUs, one of them busy."""
    busy = tuple((START + 14.0 * sample, 20.0 if 45 < sample < 52 else 88.0 + sample % 7) for sample in range(94))
    idle = tuple((time, 0.0) for time, _ in busy)
    working = Gpu(
        0,
        "NVIDIA H200",
        93.0,
        61 << 30,
        139 << 30,
        71.0,
        612.0,
        (GpuProcess(4127, "python train.py", 61 << 30, (str(Path.cwd() / "runs/lstm-512/events.out"),)),),
        "",
        busy,
    )
    return GpuSnapshot((working, Gpu(1, "NVIDIA H200", 0.0, 0, 139 << 30, 34.0, 78.0, (), "", idle)), taken_at=START)


class ScriptedSource(Generic[T]):
    """A source that returns the given *items* in order, raises those that are errors, and then has nothing new."""

    def __init__(self, *items: T | Exception) -> None:
        self._items: queue.SimpleQueue[T | Exception] = queue.SimpleQueue()
        self.preferred: list[Name] = []
        self.closed = False
        self.reads = 0
        for item in items:
            self.put(item)

    def put(self, item: T | Exception) -> None:
        self._items.put(item)

    def wait_for_snapshot(self, timeout: float) -> T | None:
        self.reads += 1
        try:
            item = self._items.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(item, Exception):
            raise item
        return item

    def prefer(self, name: Name) -> None:
        self.preferred.append(name)

    def close(self) -> None:
        self.closed = True
