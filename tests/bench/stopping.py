"""What stopping costs and saves in real trainings: the callbacks beside early stopping with a patience.

``python -m tests.bench.stopping FRAMEWORK... --seeds 8 > rows.jsonl`` trains small models on the CPU, in an environment
with these frameworks; ``python -m tests.bench.stopping --table rows.jsonl...`` prints the table. Every training runs to
its end, with the callback only warning, so that all rules are judged on the same losses, and so that it is known what
going on would have brought.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from tests.made_parts import table

import lossmon

Array: TypeAlias = NDArray[Any]
Sets: TypeAlias = tuple[tuple[Array, Array], tuple[Array, Array], tuple[Array, Array]]
"""Inputs and labels for training, validation and test."""
KINDS = ("overfits", "healthy", "diverges")
PATIENCES = (3, 5, 10, 20)
VALIDATION, TEST = 200, 4000
"""Examples: a validation set of usual, small size, and a test set that stands for the truth."""
OVERFITS_FROM = 0.035
"""A training overfits if its true loss ends by this share above its minimum, as in the table of histories."""


@dataclass(frozen=True)
class Run:
    """One training to its end."""

    framework: str
    kind: str
    seed: int
    val: list[float]
    truth: list[float]
    """Loss on the test set after each epoch or round."""
    stopped: int | None
    """Index of the evaluation at which the callback would have stopped it."""
    why: str

    @property
    def overfits(self) -> bool:
        """Whether stopping would have been right, by the truth."""
        finite = [loss for loss in self.truth if math.isfinite(loss)]
        has_diverged = len(finite) < len(self.truth) or finite[-1] > max(2.0, 3 * finite[0])
        return has_diverged or finite[-1] >= (1 + OVERFITS_FROM) * min(finite)


def draw(kind: str, seed: int) -> Sets:
    """Draw a task with two classes, and its three sets; what overfits has few examples."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    examples = int(rng.integers(80, 200)) if kind == "overfits" else int(rng.integers(3000, 5000))
    weights, pairs = rng.normal(size=12), rng.integers(0, 12, size=(3, 2))
    x = rng.normal(size=(examples + VALIDATION + TEST, 12)).astype(np.float32)
    score = x @ weights + sum(2 * x[:, a] * x[:, b] for a, b in pairs)
    y = (rng.random(len(x)) < 1 / (1 + np.exp(-score / (1 + rng.random())))).astype(np.int64)
    cuts = [examples, examples + VALIDATION]
    train, validation, test = zip(np.split(x, cuts), np.split(y, cuts), strict=True)
    return train, validation, test


def log_loss(probability: Array, y: Array) -> float:
    """Return the mean cross entropy of probabilities of class 1."""
    p = np.clip(np.where(y == 1, probability, 1 - probability), 1e-7, 1)
    return float(-np.log(p).mean())


def train_xgboost(sets: Sets, kind: str, seed: int, callback: Any) -> tuple[list[float], list[float]]:
    """Return validation and test loss after each round."""
    import xgboost

    train, validation, test = (xgboost.DMatrix(x, y) for x, y in sets)
    rate = {"overfits": 0.3, "healthy": 0.1, "diverges": 4.0}[kind]
    settings = {"objective": "binary:logistic", "nthread": 1, "seed": seed, "eta": rate, "max_depth": 4}
    log: dict[str, Any] = {}
    model = xgboost.train(
        settings, train, _rounds(kind), evals=[(train, "train"), (validation, "validation")], evals_result=log,
        verbose_eval=False, callbacks=[callback],
    )  # fmt: skip
    ends = range(1, model.num_boosted_rounds() + 1)
    truth = [log_loss(model.predict(test, iteration_range=(0, end)), sets[2][1]) for end in ends]
    return log["validation"]["logloss"], truth


def train_lightgbm(sets: Sets, kind: str, seed: int, callback: Any) -> tuple[list[float], list[float]]:
    """Return validation and test loss after each round."""
    import lightgbm

    train = lightgbm.Dataset(*sets[0])
    validation = lightgbm.Dataset(*sets[1], reference=train)
    rate = {"overfits": 0.3, "healthy": 0.05, "diverges": 8.0}[kind]
    settings = {"objective": "binary", "num_threads": 1, "verbose": -1, "seed": seed, "learning_rate": rate}
    settings |= {"min_data_in_leaf": 5, "num_leaves": 15}
    log: dict[str, Any] = {}
    model = lightgbm.train(
        settings, train, _rounds(kind), valid_sets=[train, validation], valid_names=["train", "validation"],
        callbacks=[callback, lightgbm.record_evaluation(log)],
    )  # fmt: skip
    score, truth = np.zeros(TEST), []
    for iteration in range(model.current_iteration()):
        score = score + model.predict(sets[2][0], start_iteration=iteration, num_iteration=1, raw_score=True)
        truth.append(log_loss(1 / (1 + np.exp(-np.clip(score, -500, 500))), sets[2][1]))
    return log["validation"]["binary_logloss"], truth


def train_catboost(sets: Sets, kind: str, seed: int, callback: Any) -> tuple[list[float], list[float]]:
    """Return validation and test loss after each round."""
    import catboost

    rate = {"overfits": 0.3, "healthy": 0.1, "diverges": 30.0}[kind]
    model = catboost.CatBoostClassifier(
        iterations=_rounds(kind), depth=4, learning_rate=rate, thread_count=1, verbose=0, random_seed=seed,
        allow_writing_files=False, use_best_model=False,
    )  # fmt: skip
    model.fit(*sets[0], eval_set=sets[1], callbacks=[callback])
    truth = [log_loss(p[:, 1], sets[2][1]) for p in model.staged_predict_proba(sets[2][0])]
    return model.get_evals_result()["validation"]["Logloss"], truth


def _rounds(kind: str) -> int:
    return 60 if kind == "diverges" else 200


def _epochs(kind: str) -> int:
    return 30 if kind == "diverges" else 80


def _batch(kind: str) -> int:
    return 256 if kind == "healthy" else 64


def _rate(kind: str) -> float:
    return {"overfits": 0.003, "healthy": 0.0005, "diverges": 30.0}[kind]


def train_keras(sets: Sets, kind: str, seed: int, callback: Any) -> tuple[list[float], list[float]]:
    """Return validation and test loss after each epoch."""
    import keras

    keras.utils.set_random_seed(seed)
    layers = [
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(2),
    ]
    model = keras.Sequential(layers)
    optimizer = keras.optimizers.SGD(_rate(kind)) if kind == "diverges" else keras.optimizers.Adam(_rate(kind))
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    truth: list[float] = []

    class Truth(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            truth.append(float(model.evaluate(*sets[2], batch_size=TEST, verbose=0)))

    history = model.fit(
        *sets[0], validation_data=sets[1], epochs=_epochs(kind), batch_size=_batch(kind), verbose=0,
        validation_batch_size=VALIDATION, callbacks=[callback, Truth()],
    )  # fmt: skip
    return history.history["val_loss"], truth


def train_lightning(sets: Sets, kind: str, seed: int, callback: Any) -> tuple[list[float], list[float]]:
    """Return validation and test loss after each epoch."""
    import logging

    import lightning
    import torch

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    loss = torch.nn.functional.cross_entropy
    vals: list[float] = []
    truth: list[float] = []
    tensors = [tuple(torch.tensor(part) for part in one) for one in sets]

    class Model(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            widths, relu = (12, 64, 64, 2), torch.nn.ReLU()
            linear = [torch.nn.Linear(*pair) for pair in pairwise(widths)]
            self.net = torch.nn.Sequential(linear[0], relu, linear[1], relu, linear[2])

        def training_step(self, batch: Any, _: int) -> Any:
            value = loss(self.net(batch[0]), batch[1])
            self.log("train_loss", value, on_step=False, on_epoch=True)
            return value

        def validation_step(self, batch: Any, _: int) -> None:
            value = loss(self.net(batch[0]), batch[1])
            self.log("val_loss", value)
            vals.append(float(value))
            truth.append(float(loss(self.net(tensors[2][0]), tensors[2][1])))

        def configure_optimizers(self) -> Any:
            kind_of = torch.optim.SGD if kind == "diverges" else torch.optim.Adam
            return kind_of(self.parameters(), _rate(kind))

    loaders = [
        torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*one), size, shuffle=size != VALIDATION)
        for one, size in zip(tensors[:2], (_batch(kind), VALIDATION), strict=True)
    ]
    trainer = lightning.Trainer(
        max_epochs=_epochs(kind), accelerator="cpu", logger=False, enable_checkpointing=False, callbacks=[callback],
        enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
    )  # fmt: skip
    trainer.fit(Model(), *loaders)
    return vals, truth


TRAINERS: dict[str, tuple[str, Callable[..., tuple[list[float], list[float]]]]] = {
    "xgboost": ("XGBoostCallback", train_xgboost),
    "lightgbm": ("LightGBMCallback", train_lightgbm),
    "catboost": ("CatBoostCallback", train_catboost),
    "keras": ("KerasCallback", train_keras),
    "lightning": ("LightningCallback", train_lightning),
}


def train(framework: str, kind: str, seed: int) -> Run:
    """Train one model to its end, with the callback of its framework."""
    name, trainer = TRAINERS[framework]
    callback = getattr(lossmon, name)(action="warn")
    val, truth = trainer(draw(kind, seed), kind, seed, callback)
    decision = callback.decision
    first = 1 if framework in ("keras", "lightning") else 0
    stopped = None if decision.stopped_at is None else int(decision.stopped_at) - first
    why = decision.judgement.verdict if decision.judgement else ""
    return Run(framework, kind, seed, [float(v) for v in val], [float(t) for t in truth], stopped, why)


def patience_stop(val: Sequence[float], patience: int) -> int | None:
    """Return the evaluation at which early stopping ends a training: so many without a new best; None if never."""
    best, at = math.inf, 0
    for index, loss in enumerate(val):
        if loss < best:
            best, at = loss, index
        elif index - at >= patience:
            return index
    return None


def lost(run: Run, stop: int | None) -> float:
    """Return by which share the true loss of the model that is kept is above that after going on to the end.

    Kept is the evaluation with the best validation loss so far.
    """
    vals = np.nan_to_num(np.array(run.val), nan=math.inf)
    kept = int(np.argmin(vals if stop is None else vals[: stop + 1]))
    share = run.truth[kept] / run.truth[int(np.argmin(vals))] - 1
    return share if math.isfinite(share) else 0.0


def _could_go_on(run: Run) -> bool:
    return run.overfits and run.kind != "diverges"


def row(name: str, runs: Sequence[Run], stops: Sequence[int | None]) -> tuple[str, ...]:
    """Return the row of a rule."""
    pairs = list(zip(runs, stops, strict=True))
    wrong = [stop is not None for run, stop in pairs if not run.overfits]
    right = [stop is not None for run, stop in pairs if run.overfits]
    saved = [1 - (stop + 1) / len(run.val) for run, stop in pairs if _could_go_on(run) and stop is not None]
    losses = [100 * lost(run, stop) for run, stop in pairs]
    return (
        name,
        f"{sum(wrong)} of {len(wrong)}",
        f"{sum(right)} of {len(right)}",
        f"{100 * statistics.median(saved):.0f} %" if saved else "-",
        f"{statistics.mean(losses):.2f} %",
        f"{max(losses):.1f} %",
    )


def summary(runs: Sequence[Run]) -> str:
    """Return the table of all rules."""
    rows = [row(f"patience {p}", runs, [patience_stop(run.val, p) for run in runs]) for p in PATIENCES]
    rows.append(row("**lossmon**", runs, [run.stopped for run in runs]))
    head = (
        "rule",
        "stopped, healthy",
        "stopped, overfitting or diverged",
        "epochs saved of those that overfit",
        "true loss lost, mean",
        "most",
    )
    return table(head, rows)


def read_rows(paths: Iterable[str]) -> list[Run]:
    """Return the trainings that were written before."""
    return [Run(**json.loads(line)) for path in paths for line in Path(path).read_text().splitlines()]


def main() -> None:
    """Train, or print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("frameworks", nargs="*", choices=[[], *TRAINERS])
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--table", nargs="+", default=[])
    arguments = parser.parse_args()
    os.environ.setdefault("KERAS_BACKEND", "torch")
    if arguments.table:
        print(summary(read_rows(arguments.table)))  # noqa: T201 - what it is run for
        return
    for framework in arguments.frameworks:
        for kind in arguments.kinds:
            for seed in range(arguments.seeds):
                print(json.dumps(asdict(train(framework, kind, seed))), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
