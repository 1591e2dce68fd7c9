from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import pytest
from tests.support.watched_monitor import WatchedMonitor

from lossmon.runs.hyperparameters import PlacedFormat, settings_directories

LOSSES = "epoch,loss,val_loss\n" + "".join(f"{epoch},{1 / epoch},{1.5 / epoch}\n" for epoch in range(1, 9))


def write_run(path: Path, settings: str, scale: float = 1.0) -> None:
    path.mkdir(parents=True)
    rows = "".join(f"{epoch},{scale / epoch},{1.5 * scale / epoch}\n" for epoch in range(1, 9))
    (path / "log.csv").write_text(f"epoch,loss,val_loss\n{rows}")
    (path / "config.yaml").write_text(settings)


def test_each_run_has_the_settings_beside_its_log(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "lr: 0.1\n")
    write_run(tmp_path / "b", "lr: 0.2\n", 2.0)
    runs = WatchedMonitor(tmp_path).look().runs
    assert [dict(run.hyperparameters) for run in runs] == [{"lr": "0.1"}, {"lr": "0.2"}]
    assert [one.hyperparameters for one in pickle.loads(pickle.dumps(runs))] == [one.hyperparameters for one in runs]


def test_a_change_of_the_settings_shows_when_the_log_goes_on(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "lr: 0.1\n")
    monitor = WatchedMonitor(tmp_path)
    assert dict(monitor.look().runs[0].hyperparameters) == {"lr": "0.1"}
    (tmp_path / "a" / "config.yaml").write_text("lr: 0.25\n")
    with (tmp_path / "a" / "log.csv").open("a") as log:
        log.write("9,0.1,0.2\n")
    assert dict(monitor.look().runs[0].hyperparameters) == {"lr": "0.25"}


def test_settings_of_a_directory_with_several_runs_belong_to_none_of_them(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "lr: 0.1\n")
    (tmp_path / "a" / "other.csv").write_text(LOSSES.replace("1.5", "1.75").replace("0.", "3."))
    assert [run.hyperparameters for run in WatchedMonitor(tmp_path).look().runs] == [(), ()]


def test_what_another_log_of_the_same_training_states_is_told_with_the_run_that_is_kept(tmp_path: Path) -> None:
    write_run(tmp_path / "out" / "csv", "lr: 0.1\n")
    printed = "".join(f"epoch {epoch} loss {1 / epoch:.4f} val_loss {1.5 / epoch:.4f}\n" for epoch in range(1, 9))
    (tmp_path / "out" / "printed").mkdir()
    (tmp_path / "out" / "printed" / "train.log").write_text(printed)
    shutil.move(tmp_path / "out" / "csv" / "config.yaml", tmp_path / "out" / "printed" / "config.yaml")
    (run,) = WatchedMonitor(tmp_path).look().runs
    assert (run.path.text, dict(run.hyperparameters)) == (str(tmp_path / "out" / "csv" / "log.csv"), {"lr": "0.1"})


@pytest.mark.parametrize(
    ("path", "directories"),
    [
        ("w/a/log.csv", ("w/a",)),
        ("w/a/lightning_logs/version_0/metrics.csv", ("w/a/lightning_logs/version_0", "w/a/lightning_logs", "w/a")),
        ("w/a/train/events", ("w/a/train", "w/a")),
        ("w/a/runs/Nov22_21-53-37_vm/events", ("w/a/runs/Nov22_21-53-37_vm", "w/a/runs", "w/a")),
        ("w/log.csv", ("w",)),
        ("-", ()),
    ],
)
def test_directories_that_frameworks_make_belong_to_the_run_above(path: str, directories: tuple[str, ...]) -> None:
    assert settings_directories({"run": [PlacedFormat(path, "w", "csv")]}) == {"run": directories}


def test_versions_beside_each_other_do_not_share_the_settings_above_them() -> None:
    logs = {number: [PlacedFormat(f"w/a/version_{number}/metrics.csv", "w", "csv")] for number in range(2)}
    assert settings_directories(logs) == {number: (f"w/a/version_{number}",) for number in range(2)}


def test_nothing_above_the_watched_path_is_looked_at() -> None:
    log = PlacedFormat("/home/me/logs/log.csv", "/home/me/logs", "csv")
    assert settings_directories({"run": [log]}) == {"run": ("/home/me/logs",)}
