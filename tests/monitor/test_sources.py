"""Logs that are no single file: a database with many runs, and a folder that is one run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.support.several_sources import Database, Folder, columns, rows, write_database, write_folder
from tests.support.watched_monitor import WatchedMonitor

from lossmon.core.snapshot import RunSnapshot, RunStatus, Snapshot
from lossmon.core.verdict import Verdict
from lossmon.monitor import Monitor, MonitorSettings
from lossmon.runs import Limits
from lossmon.sources.protocol import Budget, Location, Match, Source, Update
from lossmon.sources.registry import AnyFormat
from lossmon_adapters import BUILTIN

FORMATS: tuple[AnyFormat, ...] = (*BUILTIN, Database(), Folder())
EPOCHS = range(30)


def read(root: Path, formats: tuple[AnyFormat, ...] = FORMATS, limits: Limits | None = None) -> Snapshot:
    return Monitor([str(root)], formats, MonitorSettings(once=True, limits=limits or Limits())).read_all()


def described(run: RunSnapshot) -> tuple[str, str, Verdict, RunStatus]:
    return run.name.text, run.format, run.assessment.verdict, run.status


@pytest.fixture
def watch(tmp_path: Path) -> WatchedMonitor:
    return WatchedMonitor(tmp_path, formats=FORMATS)


def test_every_run_of_a_database_is_listed_and_judged_with_the_state_it_states(tmp_path: Path) -> None:
    data = [*rows("a", EPOCHS), *rows("b", EPOCHS, turn=9)]
    path = write_database(tmp_path / "x" / "runs.db", data, {"a": "finished", "b": "failed"})
    snapshot = read(path)
    assert [described(run) for run in snapshot.runs] == [
        ("runs.db/a", "database", Verdict.CONVERGED, RunStatus.ENDED),
        ("runs.db/b", "database", Verdict.OVERFITTING, RunStatus.FAILED),
    ]
    assert snapshot.runs[1].warnings == ("the training failed, as its log says",)


def test_a_large_database_is_read_in_parts(tmp_path: Path) -> None:
    data = [row for run in "abc" for row in rows(run, range(200))]
    path = write_database(tmp_path / "runs.db", data, {})
    runs = read(path, limits=Limits(read_rows=70)).runs
    assert [run.val.logged_points for run in runs if run.val] == [200] * 3


def test_what_is_added_to_a_database_is_seen(tmp_path: Path, watch: WatchedMonitor) -> None:
    path = write_database(tmp_path / "runs.db", rows("a", EPOCHS), {"a": "running"})
    assert [run.name.text.rpartition("/")[2] for run in watch.look().runs] == ["a"]
    write_database(path, [*rows("a", range(30, 35)), *rows("b", range(4))], {"b": "running"})
    assert [run.val.logged_points for run in watch.look().runs if run.val] == [35, 4]


def test_files_beside_a_database_that_belong_to_it_are_not_listed_as_unread(tmp_path: Path) -> None:
    path = write_database(tmp_path / "runs.db", rows("a", EPOCHS), {})
    path.with_name("runs.db-wal").write_bytes(b"")
    assert read(tmp_path).skipped == ()


def test_a_folder_is_one_run_and_its_files_are_no_others(tmp_path: Path) -> None:
    write_folder(tmp_path / "exp" / "run1", EPOCHS)
    (tmp_path / "exp" / "run1" / "metrics.csv").write_text("epoch,loss\n1,2\n2,1\n")
    snapshot = read(tmp_path)
    assert [(run.name.text, run.path.text) for run in snapshot.runs] == [("exp/run1", str(tmp_path / "exp" / "run1"))]
    assert [(curve.tag.text, curve.logged_points) for curve in snapshot.runs[0].metrics] == [
        ("loss", 30),
        ("val_loss", 30),
    ]
    assert snapshot.skipped == ()


def test_a_folder_given_as_a_path_has_its_own_name(tmp_path: Path) -> None:
    assert [run.name.text for run in read(write_folder(tmp_path / "run1", EPOCHS)).runs] == ["run1"]


def test_a_log_in_a_folder_is_left_to_the_source_that_recognises_the_folder_later(
    tmp_path: Path, watch: WatchedMonitor
) -> None:
    (tmp_path / "run1").mkdir()
    (tmp_path / "run1" / "metrics.csv").write_text("epoch,loss\n1,2\n2,1\n")
    assert [run.format for run in watch.look().runs] == ["keras-csv"]
    write_folder(tmp_path / "run1", EPOCHS)
    assert [(run.format, run.name.text) for run in watch.look(100).runs] == [("folder", "run1")]


def test_a_new_metric_in_a_folder_is_seen(tmp_path: Path, watch: WatchedMonitor) -> None:
    root = write_folder(tmp_path / "run1", EPOCHS)
    watch.look()
    write_folder(root, range(30, 33))
    (root / "metrics" / "accuracy").write_text("1 0.5\n")
    assert [curve.logged_points for curve in watch.look().runs[0].metrics] == [1, 33, 33]


def test_logs_below_a_folder_that_its_source_does_not_read_are_found(tmp_path: Path) -> None:
    class Part(Folder):
        def match(self, location: Location) -> Match | None:
            return Match(90, frozenset({"metrics", "params"})) if super().match(location) else None

    write_folder(tmp_path / "run1", EPOCHS)
    (tmp_path / "run1" / "other.csv").write_text("epoch,loss\n1,2\n2,1\n")
    assert [run.format for run in read(tmp_path, (*BUILTIN, Part())).runs] == ["folder", "keras-csv"]


class Told:
    """A source that says what it was told to say."""

    name, schemes = "told", frozenset({"file"})

    def __init__(self, *updates: Update, priority: int = 99) -> None:
        self.updates, self.priority, self.is_open = [*updates], priority, False

    def match(self, location: Location) -> Match | None:
        return Match(self.priority) if location.kind == "file" else None

    def open(self, location: Location) -> Source:
        self.is_open = True
        return self

    def poll(self, budget: Budget) -> Update:
        return self.updates.pop(0) if self.updates else Update()

    def watch_paths(self) -> list[str]:
        return []

    def close(self) -> None:
        self.is_open = False


def test_a_reset_run_begins_again_and_the_others_stay(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("")
    first = Update(columns([*rows("a", EPOCHS), *rows("b", EPOCHS)]), more=True)
    told = Told(first, Update(columns(rows("a", range(5), turn=1)), reset=frozenset({"a"})))
    runs = read(tmp_path, (told,)).runs
    assert [run.val.logged_points for run in runs if run.val] == [5, 30]
    assert [run.assessment.flags for run in runs] == [("restarted",), ()]


def test_what_a_source_cannot_read_is_the_error_of_its_runs(tmp_path: Path, watch: WatchedMonitor) -> None:
    path = write_database(tmp_path / "runs.db", rows("a", EPOCHS), {})
    watch.look()
    path.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    (run,) = watch.look().runs
    assert (run.status, len(run.metrics)) == (RunStatus.UNREADABLE, 2)
    assert run.warnings == ("file is not a database",)


def test_text_of_a_source_is_sanitised(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("")
    told = Told(Update(columns(rows("\x1b[2J", EPOCHS)), warnings=["\x1b[31m"], error="\x1b[32m"))
    (run,) = read(tmp_path, (told,)).runs
    assert run.warnings == ("␛[32m", "␛[31m")


@pytest.mark.parametrize(("priority", "expected"), [(99, "told"), (1, "keras-csv")])
def test_of_a_source_and_a_decoder_the_one_with_the_higher_priority_reads_a_file(
    tmp_path: Path, priority: int, expected: str
) -> None:
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss\n0,1,2\n1,0.5,1\n")
    told = Told(Update(columns(rows("", EPOCHS))), priority=priority)
    assert [run.format for run in read(tmp_path, (told, *BUILTIN)).runs] == [expected]


def test_sources_are_closed_with_the_monitor(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("")
    told = Told(Update(columns(rows("", EPOCHS))))
    monitor = Monitor([str(tmp_path)], (told,), MonitorSettings(once=True))
    monitor.read_all()
    assert told.is_open
    monitor.close()
    assert not told.is_open


def test_a_folder_that_disappears_does_no_harm(tmp_path: Path, watch: WatchedMonitor) -> None:
    root = write_folder(tmp_path / "run1", EPOCHS)
    before = watch.look()
    shutil.rmtree(root)
    assert [run.metrics for run in watch.look().runs] == [run.metrics for run in before.runs]
