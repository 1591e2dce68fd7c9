"""Runs with several validation sets: each is evaluated, and the one with the most urgent verdict is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lossmon.cli import main

EPOCHS = 40
IMPROVING = [0.5 + 0.9**epoch for epoch in range(EPOCHS)]
OVERFITTING = [0.5 + 0.8**epoch + max(0, epoch - 12) * 0.03 for epoch in range(EPOCHS)]
TRAIN = [0.9**epoch for epoch in range(EPOCHS)]


def csv(path: Path, *names: str) -> None:
    """Write a table of a train loss and of validation losses called *names*; the last one overfits."""
    vals = [*[IMPROVING] * (len(names) - 1), OVERFITTING]
    rows = [",".join(map(str, row)) for row in zip(range(EPOCHS), TRAIN, *vals, strict=True)]
    path.write_text("\n".join([f"epoch,train_loss,{','.join(names)}", *rows, ""]))


def check(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    main(["check", str(path), "--json", *options])
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    return dict(run)


@pytest.mark.parametrize(
    "names",
    [
        ("val_loss/dataloader_idx_0", "val_loss/dataloader_idx_1"),
        ("val_loss", "test_loss"),
        ("valid_1_loss", "valid_2_loss"),
        ("val_loss/dataloader_idx_0", "val_loss/dataloader_idx_1", "val_loss/dataloader_idx_2"),
    ],
)
def test_the_set_with_the_most_urgent_verdict_is_shown(
    names: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    csv(tmp_path / "log.csv", *names)
    run = check(tmp_path / "log.csv", capsys)
    assert (run["verdict"], run["val"]["tag"]) == ("overfitting", names[-1])
    assert [one["tag"] for one in run["vals"]] == [names[-1], *names[:-1]]
    assert [one["verdict"] for one in run["vals"]][:2] == ["overfitting", "learning"]
    assert "different-metrics" not in run["flags"]
    assert any(names[-1] in sentence and "validation sets" in sentence for sentence in run["evidence"])


def test_the_tag_that_is_asked_for_is_the_only_one_evaluated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    csv(tmp_path / "log.csv", "val_loss/dataloader_idx_0", "val_loss/dataloader_idx_1")
    run = check(tmp_path / "log.csv", capsys, "--val", "*idx_0")
    assert run["verdict"] == "learning"
    assert [one["tag"] for one in run["vals"]] == ["val_loss/dataloader_idx_0"]


def test_a_run_with_one_set_or_none_lists_what_it_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    csv(tmp_path / "log.csv", "val_loss")
    assert [one["verdict"] for one in check(tmp_path / "log.csv", capsys)["vals"]] == ["overfitting"]
    (tmp_path / "log.csv").write_text("epoch,train_loss\n" + "".join(f"{i},{TRAIN[i]}\n" for i in range(EPOCHS)))
    assert check(tmp_path / "log.csv", capsys)["vals"] == []


def trainer_state(names: tuple[str, str], train: str = "loss") -> str:
    """Return the state of a Hugging Face Trainer that evaluates on two sets."""
    history: list[dict[str, float]] = []
    for step, losses in enumerate(zip(TRAIN, IMPROVING, OVERFITTING, strict=True)):
        history.append({"epoch": step, "step": step * 10, train: losses[0]})
        history.append({"epoch": step, "step": step * 10, **dict(zip(names, losses[1:], strict=True))})
    return json.dumps({"global_step": 400, "log_history": history})


def test_named_evaluation_sets_of_hugging_face_are_evaluated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "trainer_state.json").write_text(trainer_state(("eval_news_loss", "eval_wiki_loss")))
    run = check(tmp_path, capsys)
    assert (run["train"]["tag"], run["val"]["tag"], run["verdict"]) == ("loss", "eval_wiki_loss", "overfitting")
    assert len(run["vals"]) == 2


def test_parts_of_a_loss_are_no_validation_sets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "trainer_state.json").write_text(trainer_state(("eval_kl_loss", "eval_reconstruction_loss")))
    assert len(check(tmp_path, capsys)["vals"]) <= 1


def test_a_summary_after_training_is_no_validation_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    csv(tmp_path / "log.csv", "val_loss", "test_loss")
    lines = (tmp_path / "log.csv").read_text().splitlines()
    cut = [lines[0], *[line.rpartition(",")[0] + "," for line in lines[1:-1]], lines[-1]]
    (tmp_path / "log.csv").write_text("\n".join([*cut, ""]))
    run = check(tmp_path / "log.csv", capsys)
    assert [one["tag"] for one in run["vals"]] == ["val_loss"]
