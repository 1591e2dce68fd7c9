"""What the command line says of the runs that experiment trackers keep."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.tracker_databases import MLFLOW, TRACKIO, add_losses, execute, fingerprint
from tests.support.training_logs import IMPROVING, OVERFITTING

from lossmon.cli import main


def write_mlflow(path: Path) -> None:
    """Write a run that overfits and one that does not."""
    execute(path, MLFLOW)
    for run, losses in (("a1", OVERFITTING), ("b2", IMPROVING)):
        rows = "".join(
            f"INSERT INTO metrics VALUES ('val_loss', {loss}, {step}, '{run}', {step}, 0);"
            for step, loss in enumerate(losses)
        )
        execute(path, f"BEGIN; {rows} COMMIT")
        add_losses(path, range(30), run)


def write_trackio(path: Path) -> None:
    execute(path, TRACKIO)
    for step, (overfit, healthy) in enumerate(zip(OVERFITTING, IMPROVING, strict=True)):
        for run, loss in (("overfit", overfit), ("healthy", healthy)):
            metrics = json.dumps({"train/loss": 0.85**step, "val/loss": loss})
            execute(path, f"INSERT INTO metrics VALUES (NULL, '{run}', '2026-11-22', '{run}', {step}, '{metrics}')")


@pytest.mark.parametrize(("write", "log_format"), [(write_mlflow, "mlflow"), (write_trackio, "trackio")])
def test_each_run_of_a_database_has_its_name_and_its_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], write: Callable[[Path], None], log_format: str
) -> None:
    write(tmp_path / "runs.db")
    before = fingerprint(tmp_path)
    assert main(["check", str(tmp_path), "--json"]) == 0
    runs = {run["run"]: run for run in json.loads(capsys.readouterr().out)["runs"]}
    assert list(runs) == ["runs.db/healthy", "runs.db/overfit"]
    assert {run["format"] for run in runs.values()} == {log_format}
    assert runs["runs.db/overfit"]["verdict"] == "overfitting"
    assert runs["runs.db/healthy"]["verdict"] != "overfitting"
    assert fingerprint(tmp_path) == before


def test_a_run_of_the_file_store_is_read_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "mlruns" / "1" / "36a1"
    (run / "metrics").mkdir(parents=True)
    (run / "meta.yaml").write_text("run_name: overfit\nstatus: 3\n")
    (run.parent / "meta.yaml").write_text("experiment_id: '1'\nname: vision\n")
    for name, losses in (("loss", [0.85**step for step in range(30)]), ("val_loss", OVERFITTING)):
        (run / "metrics" / name).write_text("".join(f"{step} {loss} {step}\n" for step, loss in enumerate(losses)))
    assert main(["check", str(tmp_path), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["runs"]
    assert (found["run"], found["verdict"]) == ("mlruns/vision/overfit", "overfitting")


def test_a_repository_of_aim_is_said_not_to_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".aim" / "seqs").mkdir(parents=True)
    (tmp_path / ".aim" / "run_metadata.sqlite").touch()
    assert main(["doctor", str(tmp_path)]) == 0
    assert "an Aim repository, whose format is not read" in capsys.readouterr().out
