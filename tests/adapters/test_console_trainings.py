"""Several trainings in one output."""

from __future__ import annotations

import pytest
from tests.support.decoding import DATA, new_decoder

from lossmon_adapters import BUILTIN

EPOCHS = "Epoch 1/2 loss 0.9\nEpoch 2/2 loss 0.8\n"


def trainings(text: str) -> dict[str, int]:
    """Return how many points of its loss each training in *text* has."""
    points: dict[str, int] = {}
    for scalars in new_decoder("text").feed(text.encode()):
        if "loss" in scalars.tag.text:
            points[scalars.run] = points.get(scalars.run, 0) + len(scalars)
    return points


def test_each_fold_is_a_training_and_the_first_has_no_name() -> None:
    text = (DATA / "text" / "three_folds.txt").read_text()
    assert trainings(text) == {"": 16, "fold 2": 16, "fold 3": 16}


def test_headings_stand_behind_a_logging_prefix_and_among_words() -> None:
    heading = "2024-01-01 10:00:00,000 - INFO - --- Running fold {} of 2 ---\n"
    assert trainings(heading.format(1) + EPOCHS + heading.format(2) + EPOCHS) == {"": 2, "fold 2": 2}


def test_folds_may_take_turns_if_each_line_says_its_fold() -> None:
    text = "".join(f"[Fold {fold}] Epoch {epoch} loss 0.{epoch}\n" for epoch in (1, 2, 3) for fold in (1, 2))
    assert trainings(text) == {"": 3, "fold 2": 3}


def test_the_trainings_of_a_sweep_are_named_by_their_settings() -> None:
    assert trainings(f"lr=0.1\n{EPOCHS}Training with lr=0.01\n{EPOCHS}") == {"": 2, "lr=0.01": 2}


def test_fits_of_different_keras_models_are_different_trainings() -> None:
    text = f'Model: "sequential"\n{EPOCHS}Model: "sequential_1"\n{EPOCHS}'
    assert trainings(text) == {"": 2, "sequential_1": 2}


def test_a_training_that_is_started_again_is_one_training() -> None:
    assert trainings(f"seed: 42\n{EPOCHS}seed: 42\n{EPOCHS}") == {"": 4}
    killed = "Epoch 1/9 loss 0.9\nEpoch 2/9 loss 0.8\n"
    assert trainings(killed + killed) == {"": 4}


def test_after_the_last_planned_epoch_another_training_begins() -> None:
    assert trainings(EPOCHS * 3) == {"": 2, "training 2": 2, "training 3": 2}


def test_fewer_epochs_of_another_plan_are_another_training() -> None:
    first = "".join(f"Epoch #{epoch}: train_loss=0.5, val_loss=0.5\n" for epoch in range(30))
    second = "".join(f"Epoch {epoch}/100: train_loss=0.1, val_loss=0.4\n" for epoch in range(10, 101, 10))
    assert trainings(first + second) == {"": 60, "training 2": 20}
    assert trainings(first + "Epoch 28/100: train_loss=0.1, val_loss=0.4\n") == {"": 60 + 2}


def test_a_line_about_the_best_model_is_no_point_and_starts_nothing() -> None:
    best = "Loaded best model from epoch 1 (val_loss=0.7)\nSaved best model from epoch 1 (val_loss=0.7)\n"
    assert trainings("Epoch 1: loss=0.9\nEpoch 2: loss=0.8\n" + best) == {"": 2}


@pytest.mark.parametrize(
    "line",
    ["[{}]\ttrain-rmse:{}\tval-rmse:{}", "[{}]\ttraining's l2: {}\tvalid_1's l2: {}", "{}:\tlearn: {}\ttest: {}"],
)
def test_a_booster_whose_rounds_begin_again_is_another_training(line: str) -> None:
    rounds = "".join(line.format(number, 1 / (number + 1), 2 / (number + 1)) + "\n" for number in range(5))
    best = "Stopping. Best iteration:\n" + line.format(3, 0.25, 0.5) + "\n"
    decoder = new_decoder("text")
    runs = {scalars.run: len(scalars) for scalars in decoder.feed((rounds + best + rounds + rounds).encode())}
    assert runs == {"": 5, "training 2": 5, "training 3": 5}


def test_advice_for_a_booster_is_not_that_for_a_network() -> None:
    text = next(adapter for adapter in BUILTIN if adapter.name == "text")
    assert text.framework(["validation_0-logloss", "validation_1-logloss"]) == "xgboost"
    assert text.framework(["training's binary_logloss", "valid_1's auc"]) == "lightgbm"
    assert text.framework(["learn", "test"]) == "catboost"
    assert text.framework(["Train-accuracy", "Validation-accuracy", "loss", "val_loss"]) == ""


def test_a_training_that_is_resumed_is_one_training() -> None:
    assert trainings(f"run 1\n{EPOCHS}run 2\nEpoch 3/4 loss 0.7\n") == {"": 3}


def test_names_that_come_twice_get_a_number() -> None:
    text = "".join(f"fold {fold}\n{EPOCHS}" for fold in (1, 2, 1, 2))
    assert trainings(text) == {"": 2, "fold 2": 2, "fold 1": 2, "fold 2 (2)": 2}


def test_a_program_that_is_started_again_from_the_first_epoch_is_another_training() -> None:
    start = "Namespace(epochs=9, lr=0.1)\n"
    killed = "Epoch 0 loss 0.9\nEpoch 1 loss 0.8\n"
    assert trainings(start + killed + start + killed) == {"": 2, "training 2": 2}
    resumed = "Epoch 1 loss 0.7\nEpoch 2 loss 0.6\n"
    assert trainings(start + "Epoch 0 loss 1.0\nEpoch 2 loss 0.9\n" + start + resumed.replace("1", "2")) == {"": 4}


def test_the_rounds_of_federated_learning_are_one_training() -> None:
    text = "".join(f"Communication round {number}/300\n{EPOCHS}" for number in range(300))
    scalars = [one for one in new_decoder("text").feed(text.encode()) if "loss" in one.tag.text]
    assert {one.run for one in scalars} == {""}
    assert [x for one in scalars for x in one.x.tolist()] == list(range(1, 601))


def test_many_short_trainings_in_a_row_are_not_as_many_runs() -> None:
    assert len(trainings(EPOCHS * 300)) < 25
