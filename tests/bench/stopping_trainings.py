"""Small trainings with real frameworks, on tasks that are drawn; the loss on a test set is noted at each evaluation."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Sets: TypeAlias = tuple[tuple[Array, Array], tuple[Array, Array], tuple[Array, Array]]
"""Inputs and labels for training, validation and test."""
KINDS = ("overfits", "healthy", "diverges")
VALIDATION, TEST = 200, 4000
"""Examples: a validation set of usual, small size, and a test set that stands for the truth."""


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
    tensors = [tuple(torch.tensor(part) for part in one) for one in sets]
    loaders = [
        torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*one), size, shuffle=size != VALIDATION)
        for one, size in zip(tensors[:2], (_batch(kind), VALIDATION), strict=True)
    ]
    trainer = lightning.Trainer(
        max_epochs=_epochs(kind), accelerator="cpu", logger=False, enable_checkpointing=False, callbacks=[callback],
        enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
    )  # fmt: skip
    model = _lightning_model(kind, tensors[2])
    trainer.fit(model, *loaders)
    return model.vals, model.truth


def _lightning_model(kind: str, test: tuple[Any, ...]) -> Any:
    """Return a model that notes the validation loss, and that on *test*, after each epoch."""
    import lightning
    import torch

    loss = torch.nn.functional.cross_entropy

    class Model(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            widths, relu = (12, 64, 64, 2), torch.nn.ReLU()
            linear = [torch.nn.Linear(*pair) for pair in pairwise(widths)]
            self.net = torch.nn.Sequential(linear[0], relu, linear[1], relu, linear[2])
            self.vals: list[float] = []
            self.truth: list[float] = []

        def training_step(self, batch: Any, _: int) -> Any:
            value = loss(self.net(batch[0]), batch[1])
            self.log("train_loss", value, on_step=False, on_epoch=True)
            return value

        def validation_step(self, batch: Any, _: int) -> None:
            value = loss(self.net(batch[0]), batch[1])
            self.log("val_loss", value)
            self.vals.append(float(value))
            self.truth.append(float(loss(self.net(test[0]), test[1])))

        def configure_optimizers(self) -> Any:
            kind_of = torch.optim.SGD if kind == "diverges" else torch.optim.Adam
            return kind_of(self.parameters(), _rate(kind))

    return Model()


TRAINERS: dict[str, tuple[str, Callable[..., tuple[list[float], list[float]]]]] = {
    "xgboost": ("XGBoostCallback", train_xgboost),
    "lightgbm": ("LightGBMCallback", train_lightgbm),
    "catboost": ("CatBoostCallback", train_catboost),
    "keras": ("KerasCallback", train_keras),
    "lightning": ("LightningCallback", train_lightning),
}
