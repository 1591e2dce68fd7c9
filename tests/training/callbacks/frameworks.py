"""Stand-ins of the training frameworks, which call the hooks of a callback as the real ones do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

Row = Mapping[str, float]
"""Losses after one epoch: ``train``, ``val`` and perhaps ``accuracy``."""


@dataclass(frozen=True)
class Fit:
    """What came of a training."""

    epochs: int
    """How many were trained."""
    kept: int | None
    """The epoch of the model that is kept at the end, from 1; None where the framework has no say in it."""
    callback: Any
    logged: Sequence[float] = ()
    """The probabilities that went to the logger of the framework."""


def install(monkeypatch: pytest.MonkeyPatch, name: str, **attributes: object) -> ModuleType:
    """Put a module with *attributes* in the place of a framework."""
    module = ModuleType(name)
    module.__dict__.update(attributes)
    monkeypatch.setitem(sys.modules, name, module)
    return module


def callback_class(monkeypatch: pytest.MonkeyPatch, module: str) -> Any:
    """Import the callback anew, with the stand-in that is installed."""
    full_name = f"lossmon.training.callbacks.{module}"
    monkeypatch.delitem(sys.modules, full_name, raising=False)
    classes = [one for name, one in vars(import_module(full_name)).items() if name.endswith("Callback")]
    (found,) = [one for one in classes if one.__module__ == full_name]
    monkeypatch.delitem(sys.modules, full_name)
    return found


def fit_keras(monkeypatch: pytest.MonkeyPatch, rows: Sequence[Row], **options: Any) -> Fit:
    """``model.fit`` of Keras, whose weights are the number of the epoch."""
    install(monkeypatch, "keras", callbacks=SimpleNamespace(Callback=type("Callback", (), {})))
    callback = callback_class(monkeypatch, "keras")(**options)
    weights = {"now": 0}
    callback.model = SimpleNamespace(stop_training=False, get_weights=lambda: dict(weights), set_weights=weights.update)
    logged, epoch = [], 0
    callback.on_train_begin()
    for epoch, row in enumerate(rows):
        weights["now"] = epoch + 1
        names = {"loss": "train", "val_loss": "val", "val_accuracy": "accuracy"}
        logs: dict[str, Any] = {name: row[key] for name, key in names.items() if key in row}
        callback.on_epoch_end(epoch, logs)
        logged.append(logs.get("overfitting_probability", -1.0))
        if callback.model.stop_training:
            break
    callback.on_train_end()
    return Fit(epoch + 1, weights["now"], callback, logged)


class Tensor(int):
    """A weight that can be copied."""

    def detach(self) -> Tensor:
        return self

    cpu = clone = detach


class SingleDeviceStrategy:
    """Lightning's strategy for one process."""

    def broadcast(self, value: object, src: int) -> object:
        raise AssertionError("there is nobody to tell")


def fit_lightning(
    monkeypatch: pytest.MonkeyPatch, rows: Sequence[Row], *, package: str = "lightning.pytorch", **options: Any
) -> Fit:
    """``Trainer.fit`` of Lightning, with a validation at the end of each epoch and one before all."""
    for name in ("lightning.pytorch", "pytorch_lightning"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    if package == "lightning.pytorch":
        install(monkeypatch, "lightning")
    install(monkeypatch, package, Callback=type("Callback", (), {}))
    callback = callback_class(monkeypatch, "lightning")(**options)
    weights = {"net": Tensor(0)}
    module = SimpleNamespace(state_dict=lambda: weights, load_state_dict=weights.update)
    logged: list[float] = []
    logger = SimpleNamespace(log_metrics=lambda metrics, step: logged.extend(metrics.values()))
    trainer = SimpleNamespace(
        sanity_checking=True, callback_metrics={"val_loss": 9.0}, val_check_batch=4, num_training_batches=4,
        enable_validation=True, is_global_zero=True, world_size=1, strategy=SingleDeviceStrategy(), should_stop=False,
        current_epoch=0, global_step=0, loggers=[logger],
    )  # fmt: skip
    callback.on_fit_start(trainer, module)
    callback.on_validation_end(trainer, module)
    trainer.sanity_checking = False
    for epoch, row in enumerate(rows):
        weights["net"] = Tensor(epoch + 1)
        trainer.current_epoch = epoch
        names = {"val_loss": "val", "val_acc": "accuracy"}
        trainer.callback_metrics = {name: row[key] for name, key in names.items() if key in row}
        callback.on_validation_end(trainer, module)
        trainer.callback_metrics["train_loss"] = row["train"]
        callback.on_train_epoch_end(trainer, module)
        if trainer.should_stop:
            break
    callback.on_train_end(trainer, module)
    return Fit(trainer.current_epoch + 1, int(weights["net"]), callback, logged)


def install_torch(monkeypatch: pytest.MonkeyPatch, **distributed: Any) -> None:
    """Put torch in its place, of a single process unless *distributed* says otherwise."""
    alone = {"is_available": lambda: True, "is_initialized": lambda: False}
    install(monkeypatch, "torch", distributed=SimpleNamespace(**{**alone, **distributed}))


def fit_huggingface(monkeypatch: pytest.MonkeyPatch, rows: Sequence[Row], **options: Any) -> Fit:
    """``Trainer.train`` of Hugging Face, which logs twice between two evaluations, every 10 steps."""
    install_torch(monkeypatch)
    install(monkeypatch, "transformers", TrainerCallback=type("TrainerCallback", (), {}))
    callback = callback_class(monkeypatch, "huggingface")(**options)
    state = SimpleNamespace(global_step=0, epoch=0.0, log_history=[])
    control = SimpleNamespace(should_training_stop=False)
    epoch = 0
    callback.on_train_begin(None, state, control)
    for epoch, row in enumerate(rows):
        state.global_step, state.epoch = 10 * (epoch + 1), epoch + 1.0
        for part in (-0.01, 0.01):
            callback.on_log(None, state, control, logs={"loss": row["train"] + part, "learning_rate": 1e-4})
        names = {"eval_loss": "val", "eval_accuracy": "accuracy"}
        metrics = {name: row[key] for name, key in names.items() if key in row}
        callback.on_log(None, state, control, logs=metrics)
        callback.on_evaluate(None, state, control, metrics={**metrics, "eval_runtime": 0.1})
        if control.should_training_stop:
            break
    logged = [entry["overfitting_probability"] for entry in state.log_history]
    return Fit(epoch + 1, None, callback, logged)


class Booster:
    """Trees of XGBoost."""

    def __init__(self, rounds: int = 0) -> None:
        self.rounds = rounds
        self.attributes: dict[str, str] = {}

    def num_boosted_rounds(self) -> int:
        return self.rounds

    def __getitem__(self, part: slice) -> Booster:
        return Booster(len(range(self.rounds)[part]))

    def set_attr(self, **attributes: str) -> None:
        self.attributes.update(attributes)


def fit_xgboost(monkeypatch: pytest.MonkeyPatch, rows: Sequence[Row], *, before: int = 0, **options: Any) -> Fit:
    """``xgboost.train``, which goes on from a model with *before* rounds."""
    install(
        monkeypatch, "xgboost", Booster=Booster, collective=SimpleNamespace(get_rank=lambda: 0),
        callback=SimpleNamespace(TrainingCallback=type("TrainingCallback", (), {})),
    )  # fmt: skip
    callback = callback_class(monkeypatch, "xgboost")(**options)
    model, epoch = callback.before_training(Booster(before)), 0
    log: dict[str, dict[str, list[float]]] = {"train": {"logloss": []}, "valid": {"logloss": [], "auc": []}}
    for epoch, row in enumerate(rows):
        model.rounds += 1
        log["train"]["logloss"].append(row["train"])
        log["valid"]["logloss"].append(row["val"])
        log["valid"]["auc"].append(row.get("accuracy", 0.5))
        if callback.after_iteration(model, epoch, log):
            break
    model = callback.after_training(model)
    best = model.attributes.get("best_iteration")
    return Fit(epoch + 1, model.rounds if best is None or before else int(best) + 1, callback)


class EarlyStopException(Exception):  # noqa: N818 - the name in LightGBM
    """What LightGBM's callbacks raise to stop."""


def fit_lightgbm(
    monkeypatch: pytest.MonkeyPatch, rows: Sequence[Row], *, params: Mapping[str, Any] | None = None, **options: Any
) -> Fit:
    """``lightgbm.train``."""
    install(monkeypatch, "lightgbm")
    install(monkeypatch, "lightgbm.callback", EarlyStopException=EarlyStopException)
    callback = callback_class(monkeypatch, "lightgbm")(**options)
    for iteration, row in enumerate(rows):
        results = [("training", "l2", row["train"], False), ("valid_0", "l2", row["val"], False)]
        if "accuracy" in row:
            results.append(("valid_0", "auc", row["accuracy"], True))
        try:
            callback(
                SimpleNamespace(
                    iteration=iteration, begin_iteration=0, evaluation_result_list=results, params=params or {}
                )
            )
        except EarlyStopException as stop:
            return Fit(iteration + 1, stop.args[0] + 1, callback)
    return Fit(len(rows), len(rows), callback)


def fit_catboost(monkeypatch: pytest.MonkeyPatch, rows: Sequence[Row], **options: Any) -> Fit:
    """``fit`` of CatBoost."""
    callback = callback_class(monkeypatch, "catboost")(**options)
    metrics: dict[str, dict[str, list[float]]] = {"learn": {"Logloss": []}, "validation": {"Logloss": [], "AUC": []}}
    epoch = 0
    for epoch, row in enumerate(rows):
        metrics["learn"]["Logloss"].append(row["train"])
        metrics["validation"]["Logloss"].append(row["val"])
        metrics["validation"]["AUC"].append(row.get("accuracy", 0.5))
        if not callback.after_iteration(SimpleNamespace(iteration=epoch + 1, metrics=metrics)):
            break
    return Fit(epoch + 1, None, callback)


class CancelFitException(Exception):  # noqa: N818 - the name in fastai
    """What fastai's callbacks raise to stop."""


def fit_fastai(monkeypatch: pytest.MonkeyPatch, rows: Sequence[Row], **options: Any) -> Fit:
    """``learn.fit`` of fastai."""
    install_torch(monkeypatch)
    core = install(monkeypatch, "fastai.callback.core", Callback=type("Callback", (), {}))
    core.__dict__["CancelFitException"] = CancelFitException
    callback = callback_class(monkeypatch, "fastai")(**options)
    weights = {"net": Tensor(0)}
    model = SimpleNamespace(state_dict=lambda: weights, load_state_dict=weights.update)
    recorder = SimpleNamespace(metric_names=["epoch", "train_loss", "valid_loss", "accuracy", "time"], values=[])
    callback.learn = SimpleNamespace(recorder=recorder, model=model, epoch=0)
    callback.before_fit()
    for epoch, row in enumerate(rows):
        weights["net"] = Tensor(epoch + 1)
        callback.learn.epoch = epoch
        recorder.values.append([row["train"], row["val"], row.get("accuracy", 0.5)])
        try:
            callback.after_epoch()
        except CancelFitException:
            break
    callback.after_fit()
    return Fit(callback.learn.epoch + 1, int(weights["net"]), callback)


FITS: dict[str, Callable[..., Fit]] = {
    "catboost": fit_catboost,
    "fastai": fit_fastai,
    "huggingface": fit_huggingface,
    "keras": fit_keras,
    "lightgbm": fit_lightgbm,
    "lightning": fit_lightning,
    "xgboost": fit_xgboost,
}
