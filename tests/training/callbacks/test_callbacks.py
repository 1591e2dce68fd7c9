from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from tests.training.callbacks.frameworks import (
    FITS,
    callback_class,
    fit_keras,
    fit_lightgbm,
    fit_lightning,
    fit_xgboost,
    install,
    install_torch,
)

import lossmon

OVERFIT = [{"train": 0.9**epoch, "val": 0.6**epoch + 0.02 * epoch + 0.2} for epoch in range(60)]
BEST = 7
"""Its epoch with the lowest validation loss, from 1."""
HEALTHY = [{"train": 0.9**epoch, "val": 0.3 + 0.9**epoch} for epoch in range(60)]
DIVERGED = [*HEALTHY[:10], *[{"train": math.nan, "val": math.nan}] * 50]
OVER_CONFIDENT = [{**row, "accuracy": 0.9 - 0.5 * 0.95**epoch} for epoch, row in enumerate(OVERFIT)]

each_framework = pytest.mark.parametrize("name", FITS)


@each_framework
def test_what_overfits_is_stopped_the_best_is_kept_and_one_line_says_why(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fit = FITS[name](monkeypatch, OVERFIT)
    assert BEST < fit.epochs < 25
    assert fit.kept in (BEST, None)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("lossmon: stopped at ")
    assert "overfitting" in line
    assert "validation loss rose from 0.3667" in line
    assert fit.callback.decision.judgement.stop


@each_framework
def test_what_is_healthy_runs_to_its_end_in_silence(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fit = FITS[name](monkeypatch, HEALTHY)
    assert (fit.epochs, fit.kept) in ((60, 60), (60, None))
    assert len(fit.callback.decision.probabilities) == 60
    assert capsys.readouterr().err == ""


@each_framework
def test_what_has_diverged_is_stopped_and_the_last_finite_best_is_kept(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = FITS[name](monkeypatch, DIVERGED)
    assert 10 < fit.epochs < 20
    assert fit.kept in (10, None)


@each_framework
def test_with_the_action_warn_the_training_goes_on_and_is_told_once(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fit = FITS[name](monkeypatch, OVERFIT, action="warn")
    assert (fit.epochs, fit.kept) in ((60, 60), (60, None))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("lossmon: time to stop at ")
    assert "restored" not in line
    assert fit.callback.decision.stopped_at is not None


@each_framework
def test_a_training_whose_score_still_improves_goes_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = FITS[name](monkeypatch, OVER_CONFIDENT)
    assert fit.epochs == 60
    assert "score-still-improves" in fit.callback.decision.judgement.flags


@each_framework
def test_an_error_in_the_callback_is_one_warning_and_the_training_goes_on(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("lossmon.training.callbacks.decision.Monitor.update", fail)
    with pytest.warns(
        RuntimeWarning, match="silent from now on, the training goes on: ZeroDivisionError: a bug"
    ) as seen:
        fit = FITS[name](monkeypatch, OVERFIT)
    assert (fit.epochs, len(seen)) == (60, 1)


@each_framework
def test_metrics_without_a_loss_are_told_once_and_stop_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fit = FITS[name](monkeypatch, OVERFIT, monitor="nothing", train="nothing")
    assert fit.epochs == 60
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("lossmon: no loss is known among: ")


@each_framework
def test_an_option_that_does_not_exist_is_an_error_before_the_training(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="action is 'stopp'; it must be 'stop' or 'warn'"):
        FITS[name](monkeypatch, OVERFIT, action="stopp")


@pytest.mark.parametrize("name", ["keras", "lightning", "huggingface"])
def test_the_probability_goes_to_the_logger_of_the_framework(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = FITS[name](monkeypatch, OVERFIT)
    assert len(fit.logged) == fit.epochs
    assert fit.logged[-1] > 0.8 > 0.2 > fit.logged[0] >= 0


@pytest.mark.parametrize("name", ["keras", "lightning", "fastai", "xgboost"])
def test_without_restore_best_the_last_weights_are_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = FITS[name](monkeypatch, OVERFIT, restore_best=False)
    assert fit.epochs < 25
    if name == "xgboost":
        assert fit.callback.decision.best_at == BEST - 1
    else:
        assert fit.kept == fit.epochs


def test_after_an_error_the_loggers_of_keras_still_find_each_metric_that_they_expect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lossmon.training.callbacks.decision.Monitor.update", None)
    with pytest.warns(RuntimeWarning, match="silent from now on"):
        fit = fit_keras(monkeypatch, HEALTHY[:3])
    assert fit.logged == [0.0, 0.0, 0.0]


def test_an_endless_epoch_of_lightning_is_counted_in_steps(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    callback = fit_lightning(monkeypatch, []).callback
    trainer = SimpleNamespace(
        sanity_checking=False, val_check_batch=100, num_training_batches=math.inf, is_global_zero=True, world_size=1,
        should_stop=False, loggers=[], strategy=None,
    )  # fmt: skip
    for index, row in enumerate(OVERFIT):
        trainer.global_step = 100 * (index + 1)
        trainer.callback_metrics = {"train_loss": row["train"], "val_loss": row["val"]}
        callback.on_validation_end(trainer, None)
        if trainer.should_stop:
            break
    assert f"(step {100 * BEST})" in capsys.readouterr().err


def test_a_callback_that_is_used_again_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    callback = fit_keras(monkeypatch, OVERFIT).callback
    callback.on_train_begin()
    assert callback.decision.judgement is None
    assert callback.decision.stopped_at is None


def test_lightning_under_its_old_name_gets_a_callback_of_that_package(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fit_lightning(monkeypatch, OVERFIT, package="pytorch_lightning").kept == BEST


def test_validation_every_few_epochs_is_judged_where_it_is_and_named_by_its_epoch(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spread = [{"train": 0.98**epoch} for epoch in range(300)]
    for index, row in enumerate(OVERFIT):
        spread[5 * index + 4]["val"] = row["val"]
    fit = fit_keras(monkeypatch, spread)
    assert fit.kept == 5 * BEST
    assert f"(epoch {5 * BEST})" in capsys.readouterr().err


def test_a_model_of_xgboost_that_was_trained_before_keeps_its_first_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fit_xgboost(monkeypatch, OVERFIT, before=100).kept == 100 + BEST


def test_one_of_several_machines_with_lightgbm_is_only_warned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fit = fit_lightgbm(monkeypatch, OVERFIT, params={"num_machines": 2})
    assert fit.epochs == 60
    assert "lossmon: " in capsys.readouterr().err


def test_in_torch_each_process_does_what_rank_zero_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    def broadcast(shared: list[Any], src: int) -> None:
        shared[0] = (True, False)

    install_torch(monkeypatch, is_initialized=lambda: True, get_rank=lambda: 1, broadcast_object_list=broadcast)
    install(monkeypatch, "transformers", TrainerCallback=type("TrainerCallback", (), {}))
    callback = callback_class(monkeypatch, "huggingface")()
    control = SimpleNamespace(should_training_stop=False)
    callback.on_evaluate(None, SimpleNamespace(global_step=1), control, metrics={"eval_loss": 1.0})
    assert control.should_training_stop
    assert callback.decision.judgement is None


def test_in_lightning_each_process_does_what_rank_zero_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    callback = fit_lightning(monkeypatch, HEALTHY[:3]).callback
    strategy = SimpleNamespace(broadcast=lambda value, src: (True, False))
    trainer = SimpleNamespace(
        sanity_checking=False, val_check_batch=4, num_training_batches=4, enable_validation=True, is_global_zero=False,
        world_size=2, strategy=strategy, should_stop=False,
    )  # fmt: skip
    callback.on_validation_end(trainer, None)
    assert not trainer.should_stop
    callback.on_train_epoch_end(trainer, None)
    assert trainer.should_stop


def test_an_error_on_rank_zero_is_no_deadlock_because_the_decision_is_shared_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared: list[Any] = []
    callback = fit_lightning(monkeypatch, HEALTHY[:3]).callback

    def broadcast(value: object, src: int) -> object:
        shared.append(value)
        return value

    trainer = SimpleNamespace(
        sanity_checking=False, val_check_batch=4, num_training_batches=4, enable_validation=True, is_global_zero=True,
        world_size=2, strategy=SimpleNamespace(broadcast=broadcast), should_stop=False,
    )  # fmt: skip
    callback.on_train_epoch_end(trainer, None)  # nothing was validated, so nothing is judged
    callback.on_validation_end(trainer, None)
    with pytest.warns(RuntimeWarning, match="current_epoch"):
        callback.on_train_epoch_end(trainer, None)
    assert shared == [(False, False)]


def test_each_callback_is_found_at_the_top_and_imports_its_framework_only_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(monkeypatch, "keras", callbacks=SimpleNamespace(Callback=type("Callback", (), {})))
    found = lossmon.KerasCallback
    monkeypatch.delitem(vars(lossmon), "KerasCallback")
    assert found.__module__ == "lossmon.training.callbacks.keras"
