from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.training.callbacks.decision import StopDecision
from lossmon.training.callbacks.metrics import MetricChoice, boosting_metrics, numbers


@pytest.mark.parametrize(
    ("metrics", "train", "val", "scores"),
    [
        ({"loss": 1, "val_loss": 2, "accuracy": 0.5, "val_accuracy": 0.6}, 1, 2, {"accuracy": 0.6}),
        ({"train/loss": 1, "val/loss": 2, "lr": 3}, 1, 2, {}),
        ({"loss": 1, "eval_loss": 2, "eval_wer": 0.3, "eval_runtime": 9}, 1, 2, {"wer": 0.3}),
        ({"train_loss": 1, "valid_loss": 2, "accuracy": 0.5}, 1, 2, {}),
        ({"val_accuracy": 0.5}, None, 0.5, {}),
    ],
)
def test_losses_and_scores_are_found_by_their_names(
    metrics: dict[str, float], train: float | None, val: float | None, scores: dict[str, float]
) -> None:
    assert MetricChoice().measured(metrics) == (train, val, scores)


@pytest.mark.parametrize(
    ("sets", "train", "val"),
    [
        ({"train": 1.0, "valid": 2.0}, 1, 2),
        ({"validation_0": 1.0, "validation_1": 2.0}, 1, 2),
        ({"learn": 1.0, "validation": 2.0}, 1, 2),
        ({"training": 1.0, "valid_0": 2.0}, 1, 2),
        ({"training": 1.0}, 1, None),
        ({"a": 1.0, "b": 2.0}, 1, 2),
        ({"holdout_2019": 2.0}, None, 2),
        ({"eval": 2.0}, None, 2),
    ],
)
def test_the_data_sets_of_boosters_are_told_apart(sets: dict[str, float], train: float, val: float) -> None:
    metrics = boosting_metrics({name: {"logloss": value} for name, value in sets.items()})
    assert MetricChoice().measured(metrics)[:2] == (train, val)


def test_a_validation_loss_that_is_chosen_stays_when_the_train_loss_is_known_later() -> None:
    choice = MetricChoice()
    choice.measured({"val_loss": 2.0})
    assert choice.measured({"val_loss": 2.0, "train_loss": 1.0, "val_mse": 0.1})[:2] == (1.0, 2.0)


def test_the_mean_of_the_train_losses_since_the_evaluation_before_counts() -> None:
    decision = StopDecision("huggingface", unit="step")
    for loss in (3.0, 2.0, 1.0):
        decision.note({"loss": loss})
    decision.see({"eval_loss": 2.0}, at=3)
    assert decision.best_value == 2.0
    assert decision._since_evaluation == {}


def test_a_metric_whose_direction_is_unknown_is_asked_for_and_judged_once_it_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asking = StopDecision("keras", monitor="val_elo")
    for epoch in range(3):
        asking.see({"val_elo": 1000.0 + epoch}, at=epoch)
    assert asking.judgement is None
    assert capsys.readouterr().err.count("mode='min' or 'max' says which way it improves") == 1
    told = StopDecision("keras", monitor="val_elo", mode="max")
    assert [told.see({"val_elo": 1000.0 + epoch}, at=epoch).is_best for epoch in range(3)] == [True] * 3


def test_a_validation_loss_that_comes_later_begins_the_judgement_anew() -> None:
    decision = StopDecision("lightning")
    decision.see({"train_loss": 0.1}, at=1)
    decision.see({"train_loss": 0.1, "val_loss": 5.0}, at=2)
    assert decision.judgement is not None
    assert (decision.judgement.evaluations, decision.best_at, decision.best_value) == (1, 2, 5.0)


def test_control_characters_in_names_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    StopDecision("keras").see({"\x1b[2Jfoo": 1.0}, at=1)
    assert "\x1b" not in capsys.readouterr().err


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["loss", "val_loss", "val_accuracy", "x[0]", "", "lr"]),
            st.one_of(st.floats(), st.none(), st.text(max_size=3), st.just(10**400)),
        ),
        max_size=12,
    )
)
def test_no_metrics_raise_and_nothing_is_best_that_is_not_finite(rows: list[dict[str, object]]) -> None:
    decision = StopDecision("keras")
    for epoch, row in enumerate(rows):
        outcome = decision.see(row, at=epoch)
        assert not outcome.is_best or (decision.best_value is not None and math.isfinite(decision.best_value))


def test_what_is_no_number_is_left_out() -> None:
    assert numbers({"a": "x", "b": None, "c": [1], "d": 2, "e": 10**400}) == {"d": 2.0}
    assert numbers(None) == {}
