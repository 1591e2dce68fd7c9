from __future__ import annotations

import gzip
import os
import pickle
from collections.abc import Iterator
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
from tests.support.watched_monitor import WatchedMonitor

from lossmon.core.snapshot import RunSnapshot, RunStatus
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.discovery import ChangeNotifier
from lossmon.monitor import Monitor, MonitorSettings
from lossmon.runs import Limits, LogPlacement, RunGroup, TagOverride, group_logs
from lossmon_adapters import BUILTIN

VAL = [1.0 * 0.7**i + 0.3 + 0.03 * max(0, i - 9) for i in range(30)]
TRAIN = [1.0 * 0.85**i for i in range(30)]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[WatchedMonitor]:
    watched = WatchedMonitor(tmp_path)
    yield watched
    watched.monitor.close()


def keras(path: Path, length: int = 30, start: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("a", newline="") as file:
        if new:
            file.write("epoch,loss,val_loss\r\n")
        for index in range(start, length):
            file.write(f"{index},{TRAIN[index]},{VAL[index]}\r\n")


def losses(run: RunSnapshot) -> list[float]:
    assert run.val is not None
    return [float(loss) for loss in run.val.value]


def checked(root: Path, name: str) -> RunSnapshot:
    """Return a run as ``check`` sees it."""
    monitor = Monitor([str(root / name)], BUILTIN, MonitorSettings(once=True))
    (run,) = monitor.read_all().runs
    monitor.close()
    return run


def test_a_log_is_found_read_and_evaluated(tmp_path: Path, watch: WatchedMonitor) -> None:
    keras(tmp_path / "lstm" / "training.log")
    run = watch.run("lstm")
    assert run.assessment.verdict is Verdict.OVERFITTING
    assert run.format == "keras-csv"
    assert run.path.text.endswith("lstm/training.log")


def test_an_empty_directory_has_no_runs_and_a_run_that_appears_is_found(tmp_path: Path, watch: WatchedMonitor) -> None:
    assert watch.look().runs == ()
    keras(tmp_path / "late" / "training.log", 8)
    assert [run.name.text for run in watch.look().runs] == ["late"]


def test_a_large_tree_is_searched_without_waiting_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1500):
        (tmp_path / f"empty{number:04}").mkdir()
    keras(tmp_path / "zz" / "training.log")
    waits: list[float] = []

    def wait(_: ChangeNotifier, timeout: float) -> set[str]:
        waits.append(timeout)
        return set()

    monkeypatch.setattr(ChangeNotifier, "wait", wait)
    watched = WatchedMonitor(tmp_path)
    while not (snapshot := watched.monitor.wait_for_snapshot(60.0)) or not snapshot.runs:
        continue
    watched.monitor.close()
    assert waits
    assert set(waits) == {0.0}


def test_a_log_that_was_not_there_at_the_start_is_new(tmp_path: Path, watch: WatchedMonitor) -> None:
    keras(tmp_path / "early" / "training.log", 3)
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "training.log").touch()
    watch.look()
    keras(tmp_path / "late" / "training.log", 3)
    (tmp_path / "begun" / "training.log").write_text("epoch,loss,val_loss\n0,1.0,1.0\n")
    assert {run.name.text: run.is_new for run in watch.look().runs} == {"early": False, "begun": True, "late": True}


def test_each_new_evaluation_is_seen(tmp_path: Path, watch: WatchedMonitor) -> None:
    for length in range(1, 15):
        keras(tmp_path / "run" / "training.log", length, length - 1)
        run = watch.run("run")
        assert run.history is not None
        assert len(run.history.x) == length


def test_there_is_no_snapshot_while_nothing_changes(tmp_path: Path, watch: WatchedMonitor) -> None:
    keras(tmp_path / "run" / "training.log")
    watch.look()
    watch.clock.now += 0.5
    assert watch.monitor.wait_for_snapshot(0) is None


def test_runs_that_did_not_change_stay_the_same_objects(tmp_path: Path, watch: WatchedMonitor) -> None:
    keras(tmp_path / "a" / "training.log")
    keras(tmp_path / "b" / "training.log", 10)
    before = {run.name.text: run for run in watch.look().runs}
    keras(tmp_path / "b" / "training.log", 11, 10)
    after = {run.name.text: run for run in watch.look().runs}
    assert before["a"] is after["a"]
    assert before["b"] is not after["b"]


def test_a_deleted_run_keeps_its_curves_and_is_marked_gone(tmp_path: Path, watch: WatchedMonitor) -> None:
    log = tmp_path / "run" / "training.log"
    keras(log)
    watch.look()
    log.unlink()
    run = watch.run("run")
    assert run.status is RunStatus.GONE
    assert run.assessment.verdict is Verdict.OVERFITTING
    keras(log, 3)
    run = watch.run("run")
    assert run.status is not RunStatus.GONE
    assert run.history is not None
    assert len(run.history.x) == 3


def test_an_unreadable_log_is_reported_and_the_others_are_still_followed(tmp_path: Path, watch: WatchedMonitor) -> None:
    keras(tmp_path / "good" / "training.log")
    keras(tmp_path / "bad" / "training.log")
    watch.look()
    (tmp_path / "bad" / "training.log").unlink()
    os.mkfifo(tmp_path / "bad" / "training.log")
    keras(tmp_path / "good" / "training.log", 30, 29)
    runs = {run.name.text: run for run in watch.look().runs}
    assert runs["bad"].status in (RunStatus.UNREADABLE, RunStatus.GONE)
    assert runs["good"].assessment.verdict is Verdict.OVERFITTING


def test_every_file_that_is_not_a_log_is_listed_with_a_reason(tmp_path: Path, watch: WatchedMonitor) -> None:
    keras(tmp_path / "run" / "training.log")
    (tmp_path / "run" / "model.pt").write_bytes(os.urandom(5000))
    (tmp_path / "run" / "empty").touch()
    (tmp_path / "run" / "old.csv.gz").write_bytes(gzip.compress(b"epoch,loss\n0,1\n"))
    reasons = {Path(one.path.text).name: one.reason for one in watch.look().skipped}
    assert reasons == {
        "model.pt": "not a training log of a known format",
        "empty": "empty",
        "old.csv.gz": "compressed; unpack it first",
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_logs_in_any_unicode_with_a_byte_order_mark_are_read(
    tmp_path: Path, watch: WatchedMonitor, encoding: str
) -> None:
    texts = {
        "a.csv": "epoch,loss,val_loss\n1,1.5,2\n2,1,1.5\n",
        "b.jsonl": '{"epoch": 1, "loss": 2.5}\n{"epoch": 2, "loss": 2}\n',
        "c.log": "epoch 1 loss: 3.5 val_loss: 4\nepoch 2 loss: 3 val_loss: 3.5\n",
        "d.json": '{"loss": [4.5, 4], "val_loss": [5, 4.5]}',
    }
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text.encode(encoding))
    found = {run.name.text: run.train.value.tolist() for run in watch.look().runs if run.train}
    assert found == {"a.csv": [1.5, 1], "b.jsonl": [2.5, 2], "c.log": [3.5, 3], "d.json": [4.5, 4]}


def test_a_file_that_was_empty_becomes_a_run_once_it_is_a_log(tmp_path: Path, watch: WatchedMonitor) -> None:
    log = tmp_path / "run" / "training.log"
    log.parent.mkdir()
    log.touch()
    assert watch.look().runs == ()
    keras(log, 5)
    log.write_text("epoch,loss,val_loss\n0,1,2\n")
    assert [run.name.text for run in watch.look().runs] == ["run"]
    assert watch.look().skipped == ()


@pytest.mark.parametrize("greeting", [0, 200, 20_000], ids=["none", "longer than a head", "longer than what is read"])
def test_output_becomes_a_run_when_its_first_loss_comes_late(
    tmp_path: Path, watch: WatchedMonitor, greeting: int
) -> None:
    log = tmp_path / "run" / "train.out"
    log.parent.mkdir()
    log.write_text("INFO loading shard 17 of the data set from disk\n" * greeting)
    assert watch.look().runs == ()
    with log.open("a") as file:
        file.writelines(f"Epoch {n}/20 - loss: {1 / n:.3f} - val_loss: {2 / n:.3f}\n" for n in range(1, 11))
    assert watch.run("run").assessment.verdict is Verdict.LEARNING


def test_a_text_that_is_not_a_log_is_read_again_only_when_it_has_changed(
    tmp_path: Path, watch: WatchedMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("not a log\n" * 1000)
    watch.look()
    opened: list[str] = []
    original = os.open

    def counted(path: str, *arguments: Any, **options: Any) -> int:
        opened.append(str(path))
        return original(path, *arguments, **options)

    monkeypatch.setattr(os, "open", counted)
    watch.look(3600.0)
    assert str(notes) not in opened
    notes.write_text("not a log\n" * 1001)
    watch.look(3600.0)
    assert opened.count(str(notes)) == 2, "its head, then more of it"


def test_a_log_overwritten_with_other_losses_is_a_restart_that_keeps_the_old_curve(
    tmp_path: Path, watch: WatchedMonitor
) -> None:
    log = tmp_path / "run" / "training.log"
    keras(log, 20)
    watch.look()
    log.write_text("epoch,loss,val_loss\n0,5,6\n1,4,5\n")
    run = watch.run("run")
    assert run.history is not None
    assert len(run.history.x) == 2
    assert "restarted" in run.assessment.flags
    assert {len(curve.x) for curve in run.earlier_attempts} == {20}


def test_tags_can_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss,val_other_loss\n0,1,2,3\n1,1,2,3\n")
    watch = WatchedMonitor(tmp_path, TagOverride(val="val_other*"))
    (run,) = watch.look().runs
    watch.monitor.close()
    assert run.val is not None
    assert run.val.tag.text == "val_other_loss"
    assert run.warnings == ()


def test_an_option_that_matches_no_tag_is_reported(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss\n0,1,2\n1,1,2\n")
    watch = WatchedMonitor(tmp_path, TagOverride(train="\x1b]0;x", val="vall*"))
    (run,) = watch.look().runs
    watch.monitor.close()
    assert run.warnings == (
        "no tag matches --train ␛]0;x; there are loss, val_loss",
        "no tag matches --val vall*; there are val_loss, loss",
    )


def test_a_run_is_quiet_and_then_stalled_by_its_usual_interval(tmp_path: Path, watch: WatchedMonitor) -> None:
    log = tmp_path / "run" / "training.log"
    keras(log, 10)
    watch.wall_clock.now = log.stat().st_mtime
    assert watch.run("run").status is RunStatus.RUNNING
    keras(log, 11, 10)
    watch.wall_clock.now = log.stat().st_mtime + 1
    assert watch.run("run").status is RunStatus.RUNNING
    watch.clock.now += 400
    assert watch.run("run").status is RunStatus.QUIET
    watch.clock.now += 4000
    assert watch.run("run").status is RunStatus.STALLED


@pytest.mark.parametrize("rest", ["\n", "5\n", "5\n3,0.2,0.4\n", "\n3,0.2,0.4\n", ""])
def test_a_last_line_without_newline_is_shown_when_nothing_more_comes_and_may_still_go_on(
    tmp_path: Path, watch: WatchedMonitor, rest: str
) -> None:
    log, whole = tmp_path / "run" / "training.log", tmp_path / "whole" / "training.log"
    begin = "epoch,loss,val_loss\n0,0.5,0.7\n1,0.4,0.6\n2,0.3,0.5"
    log.parent.mkdir()
    log.write_text(begin)
    watch.wall_clock.now = log.stat().st_mtime
    assert losses(watch.run("run")) == [0.7, 0.6]
    watch.clock.now += 1000.0
    watch.look()
    assert losses(watch.run("run")) == [0.7, 0.6, 0.5]
    assert losses(watch.run("run")) == losses(checked(tmp_path, "run"))
    with log.open("a") as file:
        file.write(rest)
    whole.parent.mkdir()
    whole.write_text(begin + rest)
    watch.clock.now += 1000.0
    watch.look()
    assert losses(watch.run("run")) == losses(checked(tmp_path, "whole"))
    assert "restarted" not in watch.run("run").assessment.flags


def test_many_ended_runs_do_not_keep_it_busy(tmp_path: Path) -> None:
    for number in range(12):
        keras(tmp_path / f"run{number}" / "training.log", 10 + number)
    limits = Limits(round_seconds=0.1, round_seconds_per_run=0.0)
    seconds = count(1000.0, 0.02)
    monitor = Monitor([str(tmp_path)], BUILTIN, MonitorSettings(poll=1e4, limits=limits), clock=lambda: next(seconds))
    for path in tmp_path.rglob("training.log"):
        os.utime(path, (1.6e9, 1.6e9))
    for _ in range(100):
        monitor.wait_for_snapshot(0.0)
    assert monitor.complete
    monitor.close()


@pytest.mark.parametrize("step", [86_400.0, -86_400.0])
def test_setting_the_clock_changes_neither_status_nor_pace(tmp_path: Path, watch: WatchedMonitor, step: float) -> None:
    log, began = tmp_path / "run" / "training.log", 1.7e9
    statuses = []
    for epoch in range(8):
        clock_set = step if epoch > 4 else 0.0
        keras(log, epoch + 1, epoch)
        os.utime(log, (began + 20 * epoch + clock_set, began + 20 * epoch + clock_set))
        watch.wall_clock.now = began + 20 * epoch + clock_set
        statuses.append(watch.run("run").status)
        if epoch == 4:
            watch.wall_clock.now += step
            statuses.append(watch.run("run").status)
    history = watch.run("run").history
    assert history is not None
    assert set(statuses) == {RunStatus.RUNNING}
    assert np.diff(history.wall_time[1:]).tolist() == pytest.approx([20.0, 20.0, 20.0, 40.0, 20.0, 20.0])
    watch.clock.now += 400
    assert watch.run("run").status is RunStatus.QUIET


def test_a_run_that_never_grew_and_is_silent_has_finished(tmp_path: Path, watch: WatchedMonitor) -> None:
    log = tmp_path / "run" / "training.log"
    keras(log, 10)
    watch.wall_clock.now = log.stat().st_mtime + 100_000
    assert watch.run("run").status is RunStatus.ENDED


def test_a_run_that_continues_after_it_seemed_finished_is_evaluated_to_its_end(
    tmp_path: Path, watch: WatchedMonitor
) -> None:
    log = tmp_path / "run" / "training.log"
    keras(log, 20)
    watch.wall_clock.now = log.stat().st_mtime
    live = pickle.dumps(watch.run("run").assessment)
    watch.clock.now += 100_000
    assert pickle.dumps(watch.run("run").assessment) == live
    keras(log, 30, 20)
    assert watch.run("run").assessment.verdict is Verdict.OVERFITTING


def test_a_snapshot_can_be_sent_to_another_process(tmp_path: Path, watch: WatchedMonitor) -> None:
    keras(tmp_path / "run" / "training.log")
    snapshot = watch.look()
    copy = pickle.loads(pickle.dumps(snapshot))
    assert copy.runs[0].assessment == snapshot.runs[0].assessment


def test_names_on_disk_are_sanitised(tmp_path: Path, watch: WatchedMonitor) -> None:
    keras(tmp_path / "\x1b]52;c;cHduZWQ=\x07" / "training.log")
    keras(tmp_path / os.fsdecode(b"\xff[/x]") / "training.log")
    shown = [run.name.text for run in watch.look().runs]
    assert len(shown) == 2
    assert all(text.isprintable() for text in shown)


def test_the_preferred_run_is_known_by_its_name(tmp_path: Path, watch: WatchedMonitor) -> None:
    keras(tmp_path / "a" / "training.log")
    watch.monitor.prefer(Name.of("a"))
    assert watch.run("a").assessment.verdict is Verdict.OVERFITTING


def test_one_round_reads_as_much_of_a_large_log_as_there_is_time_for(tmp_path: Path) -> None:
    watch = WatchedMonitor(tmp_path, limits=Limits(read_bytes=64))
    keras(tmp_path / "run" / "training.log")
    watch.clock.now += 1.0
    snapshot = watch.monitor.wait_for_snapshot(0)
    watch.monitor.close()
    assert snapshot is not None
    assert snapshot.runs[0].val is not None
    assert len(snapshot.runs[0].val.x) == 30
    assert snapshot.share_read is None


def test_files_that_are_no_logs_do_not_delay_a_log(tmp_path: Path, watch: WatchedMonitor) -> None:
    keras(tmp_path / "run" / "training.log", 10)
    for number in range(500):
        (tmp_path / f"{number}.npy").write_bytes(bytes(64))
        (tmp_path / f"{number}.txt").write_text("no log")
    watch.look()
    keras(tmp_path / "run" / "training.log", 11, 10)
    (run,) = watch.look(2.0).runs
    assert run.history is not None
    assert len(run.history.x) == 11


def test_a_deleted_file_that_was_no_log_is_no_longer_listed(tmp_path: Path, watch: WatchedMonitor) -> None:
    keras(tmp_path / "run" / "training.log")
    for name in ("model.pt", "notes.txt"):
        (tmp_path / name).write_bytes(b"\0" if name == "model.pt" else b"no log")
    assert len(watch.look().skipped) == 2
    (tmp_path / "model.pt").unlink()
    (tmp_path / "notes.txt").unlink()
    assert watch.look(200.0).skipped == ()


def test_a_monitor_may_be_closed_twice_and_gives_no_snapshot_afterwards(tmp_path: Path, watch: WatchedMonitor) -> None:
    keras(tmp_path / "run" / "training.log")
    watch.monitor.close()
    watch.monitor.close()
    assert watch.monitor.wait_for_snapshot(1.0) is None


def test_runs_are_grouped_once_when_everything_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        keras(tmp_path / f"run{number}" / "training.log", 5)
    rounds: list[float] = []
    grouped: list[int] = []

    def counted(files: list[LogPlacement]) -> dict[PurePosixPath, RunGroup]:
        grouped.append(len(files))
        return group_logs(files)

    monkeypatch.setattr("lossmon.runs.run_set.group_logs", counted)
    ticks = count()
    monitor = Monitor([str(tmp_path)], BUILTIN, MonitorSettings(once=True), clock=lambda: next(ticks) / 50)
    assert len(monitor.read_all(rounds.append).runs) == 20
    assert len(rounds) > 3
    assert grouped == [20]
