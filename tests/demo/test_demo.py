from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pytest

from lossmon.demo import SCENARIO, Replay, load_histories, open_demo, schedule
from lossmon.demo.gpu_load import SAMPLES_PER_EPOCH, TAG
from lossmon.demo.histories import EpochEnd
from lossmon.monitor import Monitor
from lossmon_adapters import BUILTIN

Float32: TypeAlias = npt.NDArray[np.float32]
Points: TypeAlias = tuple[list[int], Float32, list[float]]

KERAS = ("lstm-512", "lstm-128-dropout")


@pytest.fixture(scope="module")
def demo_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("demo")
    replay = Replay(directory, speed=0, clock=lambda: 1_700_000_000.0)
    replay.write_until(math.inf)
    replay.close()
    return directory


def read_events(directory: Path) -> dict[str, Points]:
    """Return what TensorBoard reads from *directory*: steps, float32 values and wall times by tag."""
    from tensorboard.backend.event_processing.event_accumulator import STORE_EVERYTHING_SIZE_GUIDANCE, EventAccumulator

    reader = EventAccumulator(str(directory), STORE_EVERYTHING_SIZE_GUIDANCE)
    reader.Reload()
    found: dict[str, Points] = {}
    for tag in reader.Tags()["tensors"]:
        events = reader.Tensors(tag)
        values = np.frombuffer(b"".join(each.tensor_proto.tensor_content for each in events), "<f4")
        found[tag] = ([each.step for each in events], values, [each.wall_time for each in events])
    for tag in reader.Tags()["scalars"]:
        scalars = reader.Scalars(tag)
        values = np.array([each.value for each in scalars], np.float32)
        found[tag] = ([each.step for each in scalars], values, [each.wall_time for each in scalars])
    return found


def expected_values(run: str, column: str) -> Float32:
    return np.array([getattr(epoch, column) for epoch in load_histories()[run].epochs], np.float32)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("run", KERAS)
@pytest.mark.parametrize(
    ("folder", "tag", "column"),
    [
        ("train", "epoch_loss", "loss"),
        ("train", "epoch_accuracy", "accuracy"),
        ("validation", "epoch_loss", "val_loss"),
        ("validation", "epoch_accuracy", "val_accuracy"),
    ],
)
def test_tensorboard_reads_the_bundled_values_from_the_keras_runs(
    demo_logs: Path, run: str, folder: str, tag: str, column: str
) -> None:
    steps, values, _ = read_events(demo_logs / run / folder)[tag]
    assert steps == list(range(len(load_histories()[run].epochs)))
    np.testing.assert_array_equal(values, expected_values(run, column))


def test_a_keras_validation_folder_also_counts_by_iteration(demo_logs: Path) -> None:
    steps, values, _ = read_events(demo_logs / "lstm-512" / "validation")["evaluation_loss_vs_iterations"]
    assert steps == [epoch.steps for epoch in load_histories()["lstm-512"].epochs]
    np.testing.assert_array_equal(values, expected_values("lstm-512", "val_loss"))


def test_tensorboard_reads_the_torch_run_by_epoch_counted_from_one(demo_logs: Path) -> None:
    found = read_events(demo_logs / "cnn-small")
    assert found["Loss/train"][0] == found["Loss/val"][0] == list(range(1, 51))
    np.testing.assert_array_equal(found["Loss/train"][1], expected_values("cnn-small", "loss"))
    np.testing.assert_array_equal(found["Loss/val"][1], expected_values("cnn-small", "val_loss"))
    np.testing.assert_array_equal(found["Accuracy/val"][1], expected_values("cnn-small", "val_accuracy"))


def test_a_torch_run_that_logs_batches_counts_everything_by_step(demo_logs: Path) -> None:
    history, found = load_histories()["rnn-no-clip"], read_events(demo_logs / "rnn-no-clip")
    batch_losses = np.array([batch.loss for batch in history.batches], np.float32)
    assert found["Loss/train"][0] == [batch.steps for batch in history.batches]
    np.testing.assert_array_equal(found["Loss/train"][1], batch_losses)
    assert found["Loss/val"][0] == [epoch.steps for epoch in history.epochs]
    np.testing.assert_array_equal(found["Loss/val"][1], expected_values("rnn-no-clip", "val_loss"))
    assert np.isnan(found["Loss/val"][1][-1])


def test_the_keras_csv_has_one_row_per_epoch_and_one_header(demo_logs: Path) -> None:
    rows = read_csv(demo_logs / "mlp-lr-tiny" / "training.csv")
    assert list(rows[0]) == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    assert [int(row["epoch"]) for row in rows] == list(range(30))
    for column in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_array_equal(
            np.array([row[column] for row in rows], np.float32), expected_values("mlp-lr-tiny", column)
        )


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("train_loss_epoch", "loss"), ("train_acc", "accuracy"), ("val_loss", "val_loss"), ("val_acc", "val_accuracy")],
)
def test_the_lightning_csv_has_every_epoch_in_sparse_rows(demo_logs: Path, theirs: str, ours: str) -> None:
    rows = [row for row in read_csv(demo_logs / "resnet-aug" / "version_0" / "metrics.csv") if row[theirs]]
    assert [int(row["epoch"]) for row in rows] == list(range(40))
    np.testing.assert_array_equal(
        np.array([row[theirs] for row in rows], np.float32), expected_values("resnet-aug", ours)
    )


def test_the_lightning_csv_has_every_recorded_batch(demo_logs: Path) -> None:
    rows = [row for row in read_csv(demo_logs / "resnet-aug" / "version_0" / "metrics.csv") if row["train_loss_step"]]
    batches = load_histories()["resnet-aug"].batches
    assert [(int(row["epoch"]), int(row["step"])) for row in rows] == [(each.epoch, each.steps - 1) for each in batches]
    losses = np.array([row["train_loss_step"] for row in rows], np.float32)
    np.testing.assert_array_equal(losses, np.array([each.loss for each in batches], np.float32))


def test_the_lightning_header_is_rewritten_when_validation_appears(tmp_path: Path) -> None:
    replay, path = Replay(tmp_path), tmp_path / "resnet-aug" / "version_0" / "metrics.csv"
    first_end = next(each.due for each in schedule() if each.run == "resnet-aug" and each.record.steps == 38)
    replay.write_until(first_end - 0.01)
    before = path.read_text().splitlines()
    inode = path.stat().st_ino
    replay.write_until(first_end)
    after = path.read_text().splitlines()
    replay.close()
    assert before[0] == "epoch,step,train_loss_step"
    assert after[0] == "epoch,step,train_acc,train_loss_epoch,train_loss_step,val_acc,val_loss"
    assert len(after) == len(before) + 2
    assert path.stat().st_ino == inode


def test_four_runs_have_begun_when_the_screen_opens_and_two_begin_later(tmp_path: Path) -> None:
    replay = Replay(tmp_path)
    replay.write_until(0)
    first = {path.name for path in tmp_path.iterdir()}
    assert first == {"lstm-512", "lstm-128-dropout", "cnn-small", "mlp-lr-tiny"}
    steps, _, _ = read_events(tmp_path / "lstm-512" / "validation")["epoch_loss"]
    assert 5 <= len(steps) <= 11, "the overfitting begins while the screen is open"
    replay.write_until(20)
    replay.close()
    assert {path.name for path in tmp_path.iterdir()} == first | {"rnn-no-clip", "resnet-aug"}


@pytest.mark.parametrize("run", [f"{KERAS[0]}/train", "cnn-small"])
def test_runs_in_event_files_log_a_gpu_that_is_called_simulated(demo_logs: Path, run: str) -> None:
    steps, used, walls = read_events(demo_logs / run)[TAG]
    assert "simulated" in TAG
    assert len(steps) == SAMPLES_PER_EPOCH * len(load_histories()[run.partition("/")[0]].epochs)
    assert (np.diff(steps) >= 0).all()
    assert (np.diff(walls) >= 0).all()
    assert 0 < used.min() < 50 < used.max() < 100


def test_a_record_is_written_when_it_is_due_and_not_before(tmp_path: Path) -> None:
    replay = Replay(tmp_path)
    due = next(each.due for each in schedule() if each.run == "mlp-lr-tiny")
    path = tmp_path / "mlp-lr-tiny" / "training.csv"
    replay.write_until(due - 1e-6)
    assert not path.exists()
    replay.write_until(due)
    assert len(read_csv(path)) == 1
    replay.write_until(due)
    assert len(read_csv(path)) == 1
    replay.close()


def test_files_written_in_pieces_equal_files_written_at_once(demo_logs: Path, tmp_path: Path) -> None:
    replay = Replay(tmp_path)
    for second in range(-60, 80):
        replay.write_until(second + 0.37)
    replay.close()
    assert replay.next_due == math.inf
    for path in sorted(demo_logs.rglob("*.csv")):
        assert (tmp_path / path.relative_to(demo_logs)).read_bytes() == path.read_bytes()
    for run in (*(f"{run}/train" for run in KERAS), "cnn-small", "rnn-no-clip"):
        for tag, (steps, values, _) in read_events(demo_logs / run).items():
            again = read_events(tmp_path / run)[tag]
            assert again[0] == steps
            np.testing.assert_array_equal(again[1], values)


@pytest.mark.parametrize("speed", [0.0, math.inf])
def test_a_scenario_written_at_once_ends_now(tmp_path: Path, speed: float) -> None:
    replay = Replay(tmp_path, speed, clock=lambda: 1_700_000_000.0)
    replay.start()
    replay.close()
    walls = [read_events(tmp_path / run)["Loss/val"][2] for run in ("cnn-small", "rnn-no-clip")]
    end = max(each.due for each in schedule())
    epochs = [each.due for each in schedule() if each.run == "cnn-small" and isinstance(each.record, EpochEnd)]
    expected = [1_700_000_000.0 + due - end for due in epochs]
    assert walls[0] == pytest.approx(expected)
    assert max(map(max, walls)) <= 1_700_000_000.0


def test_wall_times_follow_the_speed_and_reach_back_before_the_start(tmp_path: Path) -> None:
    replay = Replay(tmp_path, speed=2.0, clock=lambda: 1_700_000_000.0)
    replay.write_until(math.inf)
    replay.close()
    walls = read_events(tmp_path / "cnn-small")["Loss/val"][2]
    run = next(run for run in SCENARIO if run.name == "cnn-small")
    assert walls[0] == pytest.approx(1_700_000_000.0 + (run.start + run.seconds_per_epoch) / 2)
    assert np.diff(walls) == pytest.approx(run.seconds_per_epoch / 2)


def test_the_thread_writes_records_when_they_are_due_and_stops_when_closed(tmp_path: Path) -> None:
    fast = Replay(tmp_path / "fast", speed=1e6)
    fast.start()
    fast.join()
    fast.close()
    assert len(read_csv(tmp_path / "fast" / "mlp-lr-tiny" / "training.csv")) == 30

    slow = Replay(tmp_path / "slow", speed=1e-6)
    slow.start()
    slow.close()
    assert slow.next_due > 0
    assert len(read_csv(tmp_path / "slow" / "mlp-lr-tiny" / "training.csv")) == 5


def test_start_raises_an_error_if_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "cnn-small").write_text("in the way")
    replay = Replay(tmp_path, speed=0)
    with pytest.raises(OSError, match="cnn-small"):
        replay.start()


def test_close_raises_the_error_with_which_the_thread_failed(tmp_path: Path) -> None:
    replay = Replay(tmp_path, speed=1e6)
    (tmp_path / "resnet-aug").write_text("in the way")
    replay.start()
    replay.join()
    with pytest.raises(OSError, match="resnet-aug"):
        replay.close()


def interrupted(demo: AbstractContextManager[Path], seen: list[Path]) -> None:
    with demo as directory:
        seen += [directory, *directory.iterdir()]
        raise KeyboardInterrupt


def test_the_directory_is_removed_at_the_end_even_after_ctrl_c() -> None:
    seen: list[Path] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(open_demo(speed=0), seen)
    assert len(seen) == 1 + len(SCENARIO)
    assert not seen[0].exists()


def test_a_directory_to_keep_must_be_empty_and_is_not_removed(tmp_path: Path) -> None:
    keep = tmp_path / "deep" / "demo"
    with open_demo(speed=0, keep=keep) as directory:
        assert directory == keep
    assert (keep / "mlp-lr-tiny" / "training.csv").exists()
    with pytest.raises(FileExistsError, match="is not empty"), open_demo(speed=0, keep=keep):
        pass


def test_the_six_bundled_histories_show_six_different_states_in_a_small_file() -> None:
    import lossmon.demo

    bundled = Path(lossmon.demo.__file__).with_name("histories.json")
    assert bundled.stat().st_size < 150_000
    assert set(load_histories()) == {run.name for run in SCENARIO}
    last = {run: history.epochs[-1] for run, history in load_histories().items()}
    best = {run: float(np.nanmin(expected_values(run, "val_loss"))) for run in load_histories()}
    assert int(np.argmin(expected_values("lstm-512", "val_loss"))) in range(8, 13)
    assert last["lstm-512"].val_loss > 1.5 * best["lstm-512"]
    assert last["lstm-128-dropout"].val_loss < 1.02 * best["lstm-128-dropout"]
    assert last["cnn-small"].val_loss < 1.15 * best["cnn-small"]
    assert last["mlp-lr-tiny"].loss > 0.98 * load_histories()["mlp-lr-tiny"].epochs[0].loss
    assert math.isnan(last["rnn-no-clip"].val_loss)
    assert last["resnet-aug"].val_loss < last["resnet-aug"].loss


def test_the_scenario_takes_about_a_minute() -> None:
    dues = [each.due for each in schedule()]
    assert dues == sorted(dues)
    assert 60 <= dues[-1] <= 90


def test_the_demo_imports_tensorboard_only_to_write_and_tensorflow_never(tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('tensorflow was imported')")
    code = (
        "import sys, lossmon.demo as demo\n"
        "assert not {'tensorboard', 'numpy', 'textual'} & set(sys.modules)\n"
        "with demo.open_demo(speed=0): pass\n"
        "assert 'tensorboard' in sys.modules and 'tensorflow' not in sys.modules\n"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("run", KERAS)
def test_train_and_validation_folders_of_one_run_give_scalars_with_different_names(demo_logs: Path, run: str) -> None:
    (snapshot,) = Monitor([str(demo_logs / run)], BUILTIN).read_all().runs
    tags = [curve.tag.text for curve in snapshot.metrics]
    assert len(set(tags)) == len(tags)
    assert {"train/epoch_loss", "validation/epoch_loss"} <= set(tags)
