"""Causes that the curves beside the loss tell are named, with numbers that stand in the log."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from tests.support.trainer_states import CAUSES, HOLDING, IMPROVING, WORSENING, over_confident, steps, write_state

from lossmon.cli import main
from lossmon.core.cause import Cause

SHARED = Path(__file__).parents[3] / "shared" / "cases" / "causes"
DATA = Path(__file__).parents[1] / "data"
OTHERS = {"loss", "cost"}


def checked(path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return what ``check --json`` says of the only run in *path*."""
    assert main(["check", str(path), "--json"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    return dict(run)


def numbers_of(path: Path) -> set[str]:
    """Return every number of a log as sentences write it: with four significant digits, steps in full."""
    logged: set[str] = set()
    for record in json.loads(path.read_text())["log_history"]:
        for value in record.values():
            logged |= {f"{value:.4g}", f"{value:.12g}"}
    return logged


@pytest.mark.parametrize("flag", CAUSES)
def test_a_cause_is_a_flag_a_note_a_sentence_and_the_first_advice(
    flag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = checked(write_state(tmp_path / flag, CAUSES[flag]).parent, capsys)
    cause = Cause(flag)  # type: ignore[call-arg]
    assert flag in run["flags"]
    assert run["note"] == cause.meaning
    assert any(run["advice"][0]["because"] == sentence for sentence in run["evidence"])


@pytest.mark.parametrize("flag", sorted(set(CAUSES) - {"val-far-below-train"}))
def test_every_number_in_the_sentence_of_a_cause_stands_in_the_log(
    flag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_state(tmp_path / flag, CAUSES[flag])
    sentence = checked(log.parent, capsys)["advice"][0]["because"]
    counted = {str(len(CAUSES[flag])), "30"}
    said = set(re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", sentence))
    assert said <= numbers_of(log) | counted | {"0"}


@pytest.mark.parametrize("flag", ["zero-loss", "zero-gradient", "zero-learning-rate"])
def test_where_nothing_is_learned_there_is_no_advice_but_that_against_the_cause(
    flag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = " ".join(piece["do"] for piece in checked(write_state(tmp_path, CAUSES[flag]).parent, capsys)["advice"])
    assert not re.search(r"best checkpoint|learning rate tenfold|Stop here", said)


@pytest.mark.parametrize(
    "rates",
    [
        [1e-4 * (39 - i) / 40 for i in range(40)],
        [round(1e-4 * (30 - i), 4) if i < 30 else 0.0 for i in range(40)],
        [0.0] * 40,
    ],
    ids=["0 on the last step alone", "printed with four decimals", "always 0"],
)
def test_a_rate_that_ends_at_0_or_was_rounded_to_it_is_no_cause(
    rates: list[float], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = steps(40, 10, loss=lambda i: 1 / (i + 1), learning_rate=lambda i: rates[i])
    assert "zero-learning-rate" not in checked(write_state(tmp_path, records).parent, capsys)["flags"]


def test_a_loss_of_0_beside_gradients_that_are_not_finite_was_nan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = steps(30, 10, loss=lambda _: 0.0, grad_norm=lambda _: float("nan"))
    run = checked(write_state(tmp_path, records).parent, capsys)
    assert "zero-loss" not in run["flags"]
    assert run["verdict"] == "diverged"


@pytest.mark.parametrize(
    ("accuracy", "flag", "trend"),
    [
        (IMPROVING, "score-still-improves", "improving"),
        (HOLDING, "score-holds", "holding"),
        (WORSENING, None, "worsening"),
    ],
)
def test_loss_and_score_are_judged_together(
    accuracy: Any, flag: str | None, trend: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = checked(write_state(tmp_path, over_confident(accuracy)).parent, capsys)
    assert run["verdict"] == "overfitting"
    assert [one for one in run["flags"] if one.startswith("score-")] == ([flag] if flag else [])
    assert run["score"]["trend"] == trend
    assert run["note"].startswith("over-confident") is (flag is not None)
    assert ("Smooth the labels" in run["advice"][1]["do"]) is (flag is not None)


def test_the_score_names_its_direction_its_best_and_its_newest_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    score = checked(write_state(tmp_path, over_confident(IMPROVING)).parent, capsys)["score"]
    assert (score["tag"], score["name"], score["direction"]) == ("eval_accuracy", "accuracy", "max")
    assert score["best"] == {"index": 29, "x": 3000, "value": IMPROVING(29)}
    assert score["last"] == score["best"]


def test_there_is_no_score_where_none_is_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(write_state(tmp_path, CAUSES["no-validation"]).parent, capsys)["score"] is None


@pytest.mark.skipif(not SHARED.is_dir(), reason="these logs are not part of the repository")
@pytest.mark.parametrize(
    ("case", "flag"),
    [
        ("acc_up", "score-still-improves"),
        ("masked", "zero-loss"),
        ("zerograd", "zero-gradient"),
        ("lrzero", "zero-learning-rate"),
        ("grpo", "reinforcement-learning"),
        ("evalbelow", "val-far-below-train"),
        ("noeval", "no-validation"),
    ],
)
def test_the_collected_cases_get_their_causes(case: str, flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    run = checked(SHARED / case, capsys)
    assert flag in run["flags"]
    assert run["note"]


def test_where_nothing_is_learned_any_more_the_verdict_is_not_learning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    losses = steps(20, 20, eval_loss=lambda i: 0.7 + math.exp(-i / 12))
    log = write_state(tmp_path, [*CAUSES["zero-learning-rate"][:40], *losses])
    run = checked(log.parent, capsys)
    assert run["timeline"][-1]["verdict"] == "learning"
    assert (run["verdict"], run["note"]) == ("converged", Cause.ZERO_LEARNING_RATE.meaning)
    assert (run["weak"], run["confidence"]) == (False, 1.0)
    assert not any("doubt" in said or "better" in said for said in run["evidence"])


def test_reinforcement_learning_in_episodes_shows_its_loss_and_says_what_its_reward_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{step * 100},{9.5 - step},{20 + step}" for step in range(9)]
    (tmp_path / "progress.csv").write_text(
        "\n".join(["time/total_timesteps,train/loss,rollout/ep_rew_mean", *rows, ""])
    )
    run = checked(tmp_path / "progress.csv", capsys)
    assert (run["train"]["tag"], run["train"]["last"], run["val"]) == ("train/loss", 1.5, None)
    assert "reinforcement-learning" in run["flags"]
    assert run["weak"] or run["verdict"] in ("diverged", "warming-up")
    assert run["confidence"] <= 0.5
    assert all(change["weak"] or change["verdict"] == "warming-up" for change in run["timeline"])
    assert not any("no validation" in said for said in run["evidence"])
    assert any("rollout/ep_rew_mean was 20 at step 0 and is 28 at step 800" in said for said in run["evidence"])


@pytest.mark.parametrize("log", ["xgboost.txt", "catboost.txt", "lightgbm.txt"])
def test_advice_about_boosted_trees_counts_rounds_not_steps(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(DATA / "text" / log), "--json"]) == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    advice = [f"{one['do']} {one['because']}" for run in runs for one in run["advice"]]
    assert any(re.search("round|trees", text) for text in advice)
    assert not any("step " in text for text in advice)


def test_doctor_names_the_score_that_is_judged_beside_the_loss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_state(tmp_path, over_confident(IMPROVING))
    assert main(["doctor", str(log), "--no-gpu"]) == 0
    assert "    score: " in capsys.readouterr().out
