"""Scores are judged in their own direction; where that is unknown there is no verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lossmon.cli import main

RISING = [1.0 - 0.9**epoch for epoch in range(40)]
TURNING = [1.0 - 0.8**epoch - max(0, epoch - 12) * 0.02 for epoch in range(40)]


def check(path: Path, metric: str, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    """Check a run whose train metric rises while that of validation turns down after epoch 12."""
    rows = [f"{epoch},{pair[0]},{pair[1]},0.5" for epoch, pair in enumerate(zip(RISING, TURNING, strict=True))]
    last = "loss" if metric == "zorp" else "lr"  # an unknown name alone does not make a table a log
    (path / "log.csv").write_text("\n".join([f"epoch,train_{metric},val_{metric},{last}", *rows, ""]))
    main(["check", str(path / "log.csv"), "--json", *options])
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    return dict(run)


@pytest.mark.parametrize("score", ["accuracy", "mIoU", "mAP50", "BLEU", "PSNR", "ndcg@10", "f1", "spearman", "MRR"])
def test_a_score_that_falls_while_train_rises_overfits(
    score: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = check(tmp_path, score, capsys)
    assert (run["val"]["tag"], run["verdict"]) == (f"val_{score}", "overfitting")


@pytest.mark.parametrize("error", ["wer", "CER", "rmse", "FID"])
def test_an_error_that_falls_does_not_overfit(error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path, error, capsys)["verdict"] != "overfitting"


def test_a_metric_of_unknown_direction_has_no_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = check(tmp_path, "zorp", capsys, "--val", "val_zorp", "--train", "train_zorp")
    assert run["verdict"] == "warming-up"
    assert "unknown-direction" in run["flags"]
    assert any("--mode" in sentence for sentence in run["trouble"])


@pytest.mark.parametrize(("mode", "verdict"), [("max", "overfitting"), ("min", "learning")])
def test_the_mode_says_which_way_a_metric_improves(
    mode: str, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = check(tmp_path, "zorp", capsys, "--val", "val_zorp", "--train", "train_zorp", "--mode", mode)
    assert (run["verdict"] == "overfitting") is (verdict == "overfitting")
    assert "unknown-direction" not in run["flags"]
