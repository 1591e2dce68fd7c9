"""Checkpoints are followed while the training runs: new ones, deleted ones, those that are written again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.saved_files import EPOCH_SECONDS, START, hugging_face, save, timed_log, written_after
from tests.support.training_logs import OVERFITTING, keras_csv
from tests.support.watched_monitor import WatchedMonitor

from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation.checkpoints import warning
from lossmon.runs.checkpoint_review import review_checkpoints


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[WatchedMonitor]:
    watched = WatchedMonitor(tmp_path)
    yield watched
    watched.monitor.close()


def log(root: Path, epochs: int) -> None:
    timed_log(root / "run" / "log.csv", OVERFITTING[:epochs])


def epoch_file(root: Path, epoch: int) -> Path:
    return save(root / "run" / f"epoch_{epoch}.pt", modified=written_after(epoch))


def run_at(watch: WatchedMonitor, epochs: int) -> RunSnapshot:
    """Return the run as it is shown soon after so many epochs, when all directories have been looked at."""
    watch.wall_clock.now = START + EPOCH_SECONDS * epochs + 5
    watch.look(seconds=200.0)
    return watch.run("run")


def test_the_best_that_will_be_deleted_is_told_while_the_training_runs(tmp_path: Path, watch: WatchedMonitor) -> None:
    log(tmp_path, 10)
    for epoch in (7, 8, 9):
        epoch_file(tmp_path, epoch)
    assert warning(run_at(watch, 10)) == ""
    log(tmp_path, 12)
    for epoch in (10, 11):
        epoch_file(tmp_path, epoch)
        (tmp_path / "run" / f"epoch_{epoch - 3}.pt").unlink()
    run = run_at(watch, 12)
    review = review_checkpoints(run)
    assert (review.keep and review.keep.name, review.will_be_deleted) == ("epoch_9.pt", 1)
    assert warning(run).startswith("copy epoch_9.pt, the best, now: the training keeps only its newest 3 checkpoints")
    assert "in about 1 min" in warning(run)
    (tmp_path / "run" / "epoch_9.pt").unlink()
    epoch_file(tmp_path, 12)
    log(tmp_path, 13)
    review = review_checkpoints(run_at(watch, 13))
    assert (review.deleted and review.deleted.name, review.is_best_saved) == ("epoch_9.pt", False)
    assert review.absence == "no longer on disk"


def test_a_training_that_keeps_only_its_newest_file_is_seen_to_do_so(tmp_path: Path, watch: WatchedMonitor) -> None:
    for epoch in range(8, 13):
        log(tmp_path, epoch + 1)
        epoch_file(tmp_path, epoch)
        (tmp_path / "run" / f"epoch_{epoch - 1}.pt").unlink(missing_ok=True)
        run_at(watch, epoch + 1)
    review = review_checkpoints(run_at(watch, 13))
    assert review.will_be_deleted is None, "the newest is the best that is left"
    assert review.rotation is not None
    assert len(review.rotation.kept) == 1
    assert review.deleted is not None


def test_a_file_that_is_written_again_is_placed_anew(tmp_path: Path, watch: WatchedMonitor) -> None:
    log(tmp_path, 8)
    best = save(tmp_path / "run" / "best.pt", modified=written_after(5))
    (found,) = run_at(watch, 8).checkpoints
    assert (found.evaluation, found.size) == (5, 1000)
    with best.open("r+b") as file:
        file.write(bytes(2000))
    os.utime(best, (written_after(9), written_after(9)))
    log(tmp_path, 11)
    (found,) = run_at(watch, 11).checkpoints
    assert (found.evaluation, found.size) == (9, 2000)


def test_a_directory_that_is_deleted_is_remembered_as_gone(tmp_path: Path, watch: WatchedMonitor) -> None:
    log(tmp_path, 30)
    hugging_face(tmp_path / "run", [5])
    assert [one.is_gone for one in run_at(watch, 30).checkpoints] == [False]
    shutil.rmtree(tmp_path / "run" / "checkpoint-5")
    assert [one.is_gone for one in run_at(watch, 30).checkpoints] == [True]


def test_a_snapshot_stays_the_same_object_while_nothing_changes(tmp_path: Path, watch: WatchedMonitor) -> None:
    log(tmp_path, 12)
    epoch_file(tmp_path, 9)
    first = run_at(watch, 12)
    assert first.checkpoints
    assert watch.run("run") is first


def test_the_best_that_was_just_evaluated_may_still_be_saved(tmp_path: Path, watch: WatchedMonitor) -> None:
    log(tmp_path, 9)
    for epoch in (5, 6, 7):
        epoch_file(tmp_path, epoch)
    review = review_checkpoints(run_at(watch, 9))
    assert review.is_best_saved is None


def test_times_of_arrival_place_a_file_where_the_log_has_no_times(tmp_path: Path, watch: WatchedMonitor) -> None:
    path, best = tmp_path / "run" / "training.log", tmp_path / "run" / "best.keras"
    path.parent.mkdir()
    for epochs in range(3, 15):
        watch.wall_clock.now = START + EPOCH_SECONDS * epochs
        path.write_text(keras_csv(OVERFITTING[:epochs]))
        os.utime(path, (watch.wall_clock.now, watch.wall_clock.now))
        if epochs <= 10:
            save(best, modified=watch.wall_clock.now + 1)
        watch.look(seconds=EPOCH_SECONDS)
    watch.look(seconds=200.0)
    (found,) = watch.run("run").checkpoints
    assert (found.evaluation, found.known_by) == (9, "time")


def test_a_checkpoint_of_which_two_runs_may_be_the_owner_is_no_longer_shown(
    tmp_path: Path, watch: WatchedMonitor
) -> None:
    log(tmp_path, 12)
    save(tmp_path / "models" / "epoch_9.pt", modified=written_after(9))
    assert run_at(watch, 12).checkpoints
    timed_log(tmp_path / "other" / "log.csv", OVERFITTING[:12])
    assert run_at(watch, 12).checkpoints == ()
