"""``lossmon checkpoints``: which file to keep, what is missing, what could go; as frameworks name their files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.saved_files import EPOCH_SECONDS, START, hugging_face, save, timed_log, written_after
from tests.support.trainer_states import over_confident, steps, turned_loss, write_state
from tests.support.training_logs import OVERFITTING, keras_csv

from lossmon.cli import main

DATA = Path(__file__).parents[1] / "data"
Report = Callable[..., dict[str, Any]]
TURNED = steps(30, 100, loss=lambda i: 0.9**i, eval_loss=turned_loss)
"""Records of Hugging Face's Trainer whose validation loss is lowest at step 800."""


@pytest.fixture
def report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Report:
    """Return what is reported of the only run below the test's directory."""

    def read() -> dict[str, Any]:
        assert main(["checkpoints", str(tmp_path), "--json"]) == 0
        (run,) = json.loads(capsys.readouterr().out)["runs"]
        found: dict[str, Any] = run["checkpoints"]
        return found

    return read


def places(found: dict[str, Any]) -> dict[str, Any]:
    """Return the index of the evaluation that each file holds, by the last part of its path."""
    return {file["path"].rpartition("/")[2]: file["index"] for file in found["files"]}


def kept(found: dict[str, Any]) -> str:
    return str(found["keep"]).rpartition("/")[2]


def test_the_checkpoint_of_the_best_step_is_kept(tmp_path: Path, report: Report) -> None:
    write_state(tmp_path / "bert", TURNED)
    hugging_face(tmp_path / "bert", [700, 800, 900, 2000, 3000])
    found = report()
    assert (kept(found), found["best_saved"]) == ("checkpoint-800", True)
    marks = {file["path"].rpartition("/")[2]: file["mark"] for file in found["files"]}
    assert marks["checkpoint-2000"] == "could go"
    assert marks["checkpoint-3000"] == "", "the newest is needed to go on from"
    assert all(file["bytes"] == 3020 for file in found["files"])


def test_the_best_between_two_saves_was_never_saved(tmp_path: Path, report: Report) -> None:
    write_state(tmp_path, TURNED)
    hugging_face(tmp_path, [500, 1000, 1500, 2000, 2500, 3000])
    found = report()
    assert found["best_saved"] is False
    (missing,) = (text for text in found["findings"] if "never saved" in text)
    assert "step 800" in missing
    assert "checkpoint-500" in missing
    assert "checkpoint-1000" in missing
    assert "% higher" in missing


def test_a_run_that_keeps_its_newest_has_deleted_its_best(tmp_path: Path, report: Report) -> None:
    write_state(tmp_path, TURNED)
    hugging_face(tmp_path, [2800, 2900, 3000])
    found = report()
    assert (found["kept_newest"], kept(found), found["best_saved"]) == (3, "checkpoint-2800", False)
    assert any("no longer on disk" in text for text in found["findings"])


@pytest.mark.parametrize("epochs", [11, 30])
def test_a_run_that_may_keep_its_best_few_is_not_said_to_rotate(epochs: int, tmp_path: Path, report: Report) -> None:
    timed_log(tmp_path / "log.csv", OVERFITTING[:epochs])
    for epoch in (8, 9, 10):
        save(tmp_path / f"epoch_{epoch}.pt", modified=written_after(epoch))
    assert report()["kept_newest"] is None


def test_the_trainer_of_hugging_face_always_deletes_its_oldest(tmp_path: Path, report: Report) -> None:
    write_state(tmp_path, TURNED[:9], max_steps=3000)
    hugging_face(tmp_path, [700, 800, 900])
    found = report()
    assert (found["kept_newest"], found["deleted_after_saves"]) == (3, 2)


def test_checkpoints_from_the_middle_of_a_run_are_not_its_newest(tmp_path: Path, report: Report) -> None:
    write_state(tmp_path, TURNED)
    hugging_face(tmp_path, [700, 800, 900])
    assert report()["kept_newest"] is None


def test_all_checkpoints_of_a_run_are_there_if_none_is_missing_before_the_first(tmp_path: Path, report: Report) -> None:
    write_state(tmp_path, TURNED)
    hugging_face(tmp_path, [1000, 2000, 3000])
    assert report()["kept_newest"] is None


def test_the_advice_names_the_file_or_says_that_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_state(tmp_path / "bert", TURNED)

    def advice() -> str:
        assert main(["check", str(tmp_path), "--json"]) == 0
        (run,) = json.loads(capsys.readouterr().out)["runs"]
        return str(run["advice"][0]["do"])

    assert advice().startswith("Keep the checkpoint of step 800, and stop")
    hugging_face(tmp_path / "bert", [800, 1000])
    assert advice().startswith("Keep the checkpoint of step 800 (checkpoint-800), and stop")
    (tmp_path / "bert" / "checkpoint-800").rename(tmp_path / "bert" / "checkpoint-500")
    assert advice().startswith(
        "Keep the checkpoint of step 800 (not on disk; the best on disk is checkpoint-1000, 0.4549"
    )


def test_a_checkpoint_without_weights_is_not_kept(tmp_path: Path, report: Report) -> None:
    write_state(tmp_path / "checkpoint-800", TURNED)
    found = report()
    assert (found["keep"], found["best_saved"]) == (None, False)
    assert [(file["index"], file["mark"]) for file in found["files"]] == [(7, "no weights")]


def test_two_checkpoints_are_named_where_score_and_loss_disagree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_state(tmp_path, over_confident(lambda i: 0.8 + 0.005 * i))
    hugging_face(tmp_path, [800, 3000])
    assert main(["check", str(tmp_path), "--json"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    do = run["advice"][0]["do"]
    assert do.startswith(
        "Keep the checkpoint of step 3000 (checkpoint-3000) for accuracy, that of step 800 (checkpoint-800)"
    )


def test_keras_counts_its_files_from_one_and_its_log_from_zero(tmp_path: Path, report: Report) -> None:
    (tmp_path / "training.log").write_text(keras_csv(OVERFITTING))
    for epoch in (9, 10, 11, 30):
        save(tmp_path / "ckpt" / f"weights.{epoch:02d}-{OVERFITTING[epoch - 1]:.2f}.keras")
    found = report()
    assert places(found) == {
        "weights.09-0.36.keras": 8,
        "weights.10-0.34.keras": 9,
        "weights.11-0.36.keras": 10,
        "weights.30-0.90.keras": 29,
    }
    assert all(file["known_by"] == "name, loss" for file in found["files"])
    assert kept(found) == "weights.10-0.34.keras"


def test_lightning_counts_steps_that_are_done(tmp_path: Path, report: Report) -> None:
    rows = []
    for epoch, loss in enumerate(OVERFITTING):
        rows += [f"{epoch},{10 * epoch + 9},,{loss}", f"{epoch},{10 * epoch + 9},{0.85**epoch},"]
    run = tmp_path / "lightning_logs" / "version_0"
    run.mkdir(parents=True)
    (run / "metrics.csv").write_text("\n".join(["epoch,step,train_loss,val_loss", *rows, ""]))
    save(run / "checkpoints" / "epoch=9-step=100.ckpt")
    save(run / "checkpoints" / "epoch=29-step=300.ckpt")
    assert places(report()) == {"epoch=9-step=100.ckpt": 9, "epoch=29-step=300.ckpt": 29}


def test_ultralytics_counts_its_files_from_zero_and_its_log_from_one(tmp_path: Path, report: Report) -> None:
    header = "epoch,train/box_loss,train/cls_loss,train/dfl_loss,val/box_loss,val/cls_loss,val/dfl_loss"
    rows = [f"{i + 1},{0.85**i},0.1,0.1,{loss},0.1,0.1" for i, loss in enumerate(OVERFITTING)]
    run = tmp_path / "runs" / "detect" / "train"
    run.mkdir(parents=True)
    (run / "results.csv").write_text("\n".join([header, *rows, ""]))
    for name in ("best.pt", "last.pt", "epoch9.pt", "epoch10.pt"):
        save(run / "weights" / name)
    found = report()
    assert places(found) == {"epoch9.pt": 9, "epoch10.pt": 10, "best.pt": None, "last.pt": None}
    assert kept(found) == "epoch9.pt"


def test_a_file_that_is_overwritten_is_placed_by_its_time(tmp_path: Path, report: Report) -> None:
    timed_log(tmp_path / "log.csv", OVERFITTING)
    save(tmp_path / "best.pt", modified=written_after(9))
    save(tmp_path / "last.pt", modified=written_after(29))
    found = report()
    assert places(found) == {"best.pt": 9, "last.pt": 29}
    assert {file["known_by"] for file in found["files"]} == {"time"}
    assert found["best_saved"] is True


def test_a_model_that_is_saved_after_the_end_may_hold_any_weights(tmp_path: Path, report: Report) -> None:
    timed_log(tmp_path / "log.csv", OVERFITTING)
    save(tmp_path / "model.keras", modified=written_after(29))
    found = report()
    assert places(found) == {"model.keras": None}
    assert found["best_saved"] is None


def test_times_tell_from_where_a_script_counts(tmp_path: Path, report: Report) -> None:
    timed_log(tmp_path / "log.csv", OVERFITTING)
    for epoch in (5, 10, 15):
        save(tmp_path / f"model_{epoch}.pt", modified=written_after(epoch - 1))
    assert places(report()) == {"model_5.pt": 4, "model_10.pt": 9, "model_15.pt": 14}


def by_step(path: Path) -> None:
    """Write a log of 3000 steps, a second each, with an evaluation every 100 steps: ``OVERFITTING``."""
    rows = []
    for step in range(1, 3001):
        loss = OVERFITTING[step // 100 - 1] if step % 100 == 0 else ""
        rows.append(f"{step},{0.999**step},{loss},{START + step}")
    path.write_text("\n".join(["step,train_loss,val_loss,wall_time", *rows, ""]))


def test_a_number_that_counts_epochs_is_no_step(tmp_path: Path, report: Report) -> None:
    by_step(tmp_path / "log.csv")
    for epoch in (3, 10, 20):
        save(tmp_path / f"model_{epoch}.pt", modified=START + 100 * epoch + 1)
    assert places(report()) == {"model_3.pt": 2, "model_10.pt": 9, "model_20.pt": 19}


def test_without_times_such_a_number_says_nothing(tmp_path: Path, report: Report) -> None:
    by_step(tmp_path / "log.csv")
    for epoch in (3, 10, 20):
        save(tmp_path / f"model_{epoch}.pt", modified=START + 1e6)
    assert set(places(report()).values()) == {None}


def test_a_number_that_counts_steps_is_found_at_its_evaluation(tmp_path: Path, report: Report) -> None:
    by_step(tmp_path / "log.csv")
    for step in (300, 1000):
        save(tmp_path / f"model_{step}.pt", modified=START + 1e6)
    save(tmp_path / "ckpt" / "step_1050.pt", modified=START + 1e6)
    assert places(report()) == {"model_300.pt": 2, "model_1000.pt": 9, "step_1050.pt": None}


def test_lightning_may_name_epochs_where_the_log_counts_them(tmp_path: Path, report: Report) -> None:
    timed_log(tmp_path / "log.csv", OVERFITTING)
    save(tmp_path / "epoch=9-step=1000.ckpt", modified=written_after(9))
    assert places(report()) == {"epoch=9-step=1000.ckpt": 9}


def test_the_times_of_a_copy_say_nothing(tmp_path: Path, report: Report) -> None:
    timed_log(tmp_path / "log.csv", OVERFITTING)
    for epoch in (4, 9, 14):
        save(tmp_path / f"model_{epoch}.pt", modified=START + 1e6)
    save(tmp_path / "best.pt", modified=START + 1e6)
    found = report()
    assert places(found) == {"model_4.pt": 4, "model_9.pt": 9, "model_14.pt": 14, "best.pt": None}


def test_a_file_older_than_the_run_is_not_its_own(tmp_path: Path, report: Report) -> None:
    timed_log(tmp_path / "log.csv", OVERFITTING)
    save(tmp_path / "model_3.pt", modified=START - 100 * EPOCH_SECONDS)
    for epoch in (9, 19):
        save(tmp_path / "ckpt" / f"epoch_{epoch}.pt", modified=written_after(epoch))
    assert places(report()) == {"epoch_9.pt": 9, "epoch_19.pt": 19}


def test_checkpoints_as_good_as_the_best_are_equal_within_the_noise(tmp_path: Path, report: Report) -> None:
    losses = [loss + 0.02 * (-1) ** i for i, loss in enumerate(OVERFITTING)]
    timed_log(tmp_path / "log.csv", losses)
    for epoch in (3, 8, 9, 10, 11, 29):
        save(tmp_path / f"epoch_{epoch}.pt", modified=written_after(epoch))
    marks = {file["path"].rpartition("/")[2]: file["mark"] for file in report()["files"]}
    assert "equal" in marks.values()
    assert (marks["epoch_3.pt"], marks["epoch_29.pt"]) == ("could go", "")


def test_where_two_runs_could_have_saved_a_file_nobody_gets_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, losses in (("a", OVERFITTING), ("b", [1.1 * loss**2 for loss in OVERFITTING])):
        timed_log(tmp_path / name / "log.csv", losses)
    save(tmp_path / "checkpoints" / "epoch_9.pt")
    assert main(["checkpoints", str(tmp_path)]) == 0
    assert "no checkpoints of 2 runs found" in capsys.readouterr().out


def test_the_text_names_the_worst_first_and_nothing_is_deleted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_state(tmp_path / "good", TURNED)
    hugging_face(tmp_path / "good", [800, 2000, 3000])
    write_state(tmp_path / "bad", steps(30, 100, loss=lambda i: 0.8**i, eval_loss=lambda i: 2 * turned_loss(i)))
    hugging_face(tmp_path / "bad", [2800, 2900, 3000])
    before = sorted(tmp_path.rglob("*"))
    assert main(["checkpoints", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert out.index("bad: ") < out.index("good: ")
    assert "could go: 1 checkpoint of 2.9K" in out
    assert sorted(tmp_path.rglob("*")) == before


def test_no_escape_sequence_of_a_file_name_reaches_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    timed_log(tmp_path / "log.csv", OVERFITTING)
    save(tmp_path / "\x1b[2Jmodel_9.pt")
    for command in ("checkpoints", "check", "explain"):
        assert main([command, str(tmp_path)]) == 0
    assert "\x1b[2J" not in capsys.readouterr().out


def test_files_of_the_same_name_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    timed_log(tmp_path / "log.csv", OVERFITTING)
    save(tmp_path / "ema" / "epoch_9.pt")
    save(tmp_path / "raw" / "epoch_9.pt")
    assert main(["checkpoints", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "ema/epoch_9.pt" in out
    assert "raw/epoch_9.pt" in out


def test_mmengine_names_its_files_after_the_epoch_that_it_logs(tmp_path: Path, report: Report) -> None:
    shutil.copy(DATA / "records" / "mmengine.json", tmp_path / "20240101.json")
    for epoch in (1, 2):
        save(tmp_path / f"epoch_{epoch}.pth")
    assert places(report()) == {"epoch_1.pth": 0, "epoch_2.pth": 1}


def test_a_path_without_logs_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "checkpoint-20" / "model.safetensors")
    assert main(["checkpoints", str(tmp_path)]) == 2
    assert "no training log found" in capsys.readouterr().err


def test_check_warns_of_a_best_that_will_be_deleted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_state(tmp_path / "bert", TURNED[:10], max_steps=3000)
    hugging_face(tmp_path / "bert", [800, 900, 1000])
    assert main(["check", str(tmp_path)]) == 0
    assert "copy checkpoint-800, the best, now: the training seems to keep only its newest 3" in capsys.readouterr().out


def test_in_a_long_run_a_single_evaluation_may_be_better_than_the_best_stretch(tmp_path: Path, report: Report) -> None:
    losses = [1 + 0.5 ** (i / 100) + 1e-5 * max(0, i - 1200) + 0.05 * (-1) ** i for i in range(2000)]
    losses[1601], losses[1602] = 0.9, 1.3
    timed_log(tmp_path / "log.csv", losses)
    save(tmp_path / "epoch_1601.pt", modified=written_after(1601))
    found = report()
    assert (kept(found), found["best_saved"]) == ("epoch_1601.pt", True)
    assert not any("higher" in text for text in found["findings"])


def test_explain_says_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_state(tmp_path, TURNED)
    hugging_face(tmp_path, [800, 3000])
    assert main(["explain", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "checkpoints on disk" in out
    assert "keep checkpoint-800: the best evaluation" in out


def test_a_checkpoint_without_bytes_is_called_empty_and_never_the_one_to_keep(
    tmp_path: Path, report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    write_state(tmp_path / "bert", TURNED)
    hugging_face(tmp_path / "bert", [700, 800, 900, 3000])
    save(tmp_path / "bert" / "checkpoint-800" / "model.safetensors", 0)
    found = report()
    assert (kept(found), found["best_saved"]) in [("checkpoint-700", False), ("checkpoint-900", False)]
    marks = {file["path"].rpartition("/")[2]: (file["mark"], file["weights"]) for file in found["files"]}
    assert marks["checkpoint-800"] == ("empty", False)
    assert main(["checkpoints", str(tmp_path)]) == 0
    assert "is not on disk: checkpoint-800 is empty" in capsys.readouterr().out


def test_a_directory_whose_second_part_is_empty_is_empty(tmp_path: Path, report: Report) -> None:
    write_state(tmp_path / "bert", TURNED)
    hugging_face(tmp_path / "bert", [800])
    save(tmp_path / "bert" / "checkpoint-800" / "model-00002-of-00002.safetensors", 0)
    (file,) = report()["files"]
    assert file["mark"] == "empty"
