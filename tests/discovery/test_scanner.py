"""Which files the scanner finds, under which names, and how soon it notices changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.watcher import Watcher, write, write_runs

from lossmon.discovery import Changes, ScanLimits, Scanner

HOUR = 3600.0


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write_runs(tmp_path / "runs")


def test_files_come_in_the_order_of_their_paths_with_size_and_time(runs: Path) -> None:
    watcher = Watcher(runs)
    assert watcher.names == ["a/train/events", "a/validation/events", "b/log.csv", "c.csv"]
    found, status = watcher.scanner.files[2], (runs / "b/log.csv").stat()
    assert (found.path, found.root) == (str(runs / "b/log.csv"), str(runs))
    assert (found.size, found.modified) == (5, status.st_mtime)
    assert watcher.scanner.complete


def test_the_first_tick_returns_all_files_and_the_next_no_changes(runs: Path) -> None:
    scanner = Scanner([str(runs) + "/"])
    first = scanner.tick(0.0)
    assert [file.name for file in first.files] == ["a/train/events", "a/validation/events", "b/log.csv", "c.csv"]
    assert first.directories == tuple(str(runs / name) for name in (".", "a", "a/train", "a/validation", "b"))
    assert scanner.tick(0.5) == Changes()


def test_a_relative_root_gives_relative_paths(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs)
    assert Watcher(".").names == ["a/train/events", "a/validation/events", "b/log.csv", "c.csv"]
    assert [file.path for file in Watcher("b/").scanner.files] == ["b/log.csv"]


def test_a_new_run_is_found_within_three_seconds(runs: Path) -> None:
    watcher = Watcher(runs)
    watcher.tick(HOUR)
    write(runs / "new" / "log.csv")
    assert watcher.changes_within(3) == (["new/log.csv"], [])


def test_a_new_run_beside_deeper_runs_is_found_within_three_seconds(runs: Path) -> None:
    watcher = Watcher(runs)
    watcher.tick(HOUR)
    write(runs / "a" / "test" / "events")
    assert watcher.changes_within(3) == (["a/test/events"], [])


def test_a_new_file_in_a_run_that_is_new_itself_is_found_within_three_seconds(runs: Path) -> None:
    watcher = Watcher(runs)
    write(runs / "new" / "events.1")
    watcher.changes_within(30)
    write(runs / "new" / "events.2")
    assert watcher.changes_within(3) == (["new/events.2"], [])


def test_a_new_file_in_a_run_of_yesterday_is_found_within_two_minutes(runs: Path) -> None:
    watcher = Watcher(runs)
    watcher.tick(HOUR)
    write(runs / "b" / "events.2")
    assert watcher.changes_within(120) == (["b/events.2"], [])


def test_a_new_file_is_found_although_the_timestamps_of_its_directory_stay_the_same(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher, before, real = Watcher(runs), runs.stat(), os.stat
    write(runs / "d.csv")
    monkeypatch.setattr(os, "stat", lambda path, **_: before if str(path) == str(runs) else real(path))
    assert watcher.changes_within(3) == (["d.csv"], [])


def test_a_hint_makes_the_next_tick_find_a_file(runs: Path) -> None:
    watcher = Watcher(runs)
    watcher.tick(HOUR)
    write(runs / "b" / "deep" / "events")
    watcher.scanner.hint(str(runs / "b" / "deep" / "events"))
    assert [file.name for file in watcher.tick(0.0).files] == ["b/deep/events"]


@pytest.mark.parametrize("path", ["", "nowhere", "/nowhere/at/all", "/"])
def test_a_hint_at_an_unrelated_path_is_ignored(runs: Path, path: str) -> None:
    watcher = Watcher(runs)
    watcher.scanner.hint(path)
    assert watcher.tick(0.0) == Changes()


def test_a_deleted_file_is_reported(runs: Path) -> None:
    watcher = Watcher(runs)
    (runs / "c.csv").unlink()
    assert watcher.changes_within(3) == ([], [str(runs / "c.csv")])


def test_with_a_removed_directory_everything_below_it_is_removed(runs: Path) -> None:
    watcher = Watcher(runs)
    for name in ("a/train", "a/validation"):
        (runs / name / "events").unlink()
        (runs / name).rmdir()
    (runs / "a").rmdir()
    changes = watcher.tick()
    assert changes.gone == (str(runs / "a/train/events"), str(runs / "a/validation/events"))
    assert changes.left == (str(runs / "a"), str(runs / "a/train"), str(runs / "a/validation"))


def test_a_directory_removed_and_made_again_between_two_ticks_is_read_again(runs: Path) -> None:
    watcher = Watcher(runs)
    watcher.tick(HOUR)
    (runs / "b/log.csv").unlink()
    (runs / "b").rmdir()
    write(runs / "b" / "log.csv")
    write(runs / "b" / "other.csv")
    watcher.scanner.hint(str(runs / "b/log.csv"))
    changes = watcher.tick(0.0)
    assert [file.name for file in changes.files] == ["b/other.csv"]
    assert changes.gone == ()
    assert changes.directories == (str(runs / "b"),)


def test_a_renamed_directory_is_listed_once_under_its_new_name(runs: Path) -> None:
    watcher = Watcher(runs)
    (runs / "b").rename(runs / "z")
    assert watcher.changes_within(3) == (["z/log.csv"], [str(runs / "b/log.csv")])
    (runs / "z").rename(runs / "b")
    assert watcher.changes_within(3) == (["b/log.csv"], [str(runs / "z/log.csv")])


def test_a_directory_moved_elsewhere_is_found_under_its_new_path(runs: Path) -> None:
    watcher = Watcher(runs)
    watcher.tick(HOUR)
    (runs / "a" / "train").rename(runs / "moved")
    watcher.scanner.hint(str(runs / "moved"))
    new, _ = watcher.changes_within(5)
    assert new == ["moved/events"]
    assert watcher.names == ["a/validation/events", "b/log.csv", "c.csv", "moved/events"]


def test_a_missing_root_is_found_when_it_appears_and_may_disappear_and_return(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    watcher = Watcher(runs)
    assert (watcher.scanner.missing, watcher.scanner.files) == ([str(runs)], [])
    log = write(runs / "log.csv")
    assert watcher.changes_within(2) == (["log.csv"], [])
    assert watcher.scanner.missing == []
    log.unlink()
    runs.rmdir()
    assert watcher.changes_within(2) == ([], [str(log)])
    assert watcher.scanner.missing == [str(runs)]
    write(runs / "log.csv")
    assert watcher.changes_within(2) == (["log.csv"], [])


def test_a_root_may_be_a_file_and_then_a_directory(tmp_path: Path) -> None:
    root = write(tmp_path / "log.csv")
    watcher = Watcher(root)
    assert watcher.names == ["log.csv"]
    assert watcher.tick() == Changes()
    root.unlink()
    write(root / "run" / "inner.csv")
    assert watcher.changes_within(2) == (["run/inner.csv"], [str(root)])
    root.rename(tmp_path / "away")
    write(root)
    assert watcher.changes_within(2) == (["log.csv"], [str(root / "run" / "inner.csv")])


def test_for_a_root_that_is_a_file_the_directory_above_is_to_be_watched(tmp_path: Path) -> None:
    assert Scanner([str(write(tmp_path / "log.csv"))]).tick(0.0).directories == (str(tmp_path),)


def test_a_root_that_is_neither_file_nor_directory_is_reported(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    watcher = Watcher(fifo)
    assert watcher.scanner.skipped == [(str(fifo), "not a regular file or directory")]
    fifo.unlink()
    write(fifo)
    watcher.tick()
    assert watcher.scanner.skipped == []


def test_the_same_root_given_twice_or_within_another_is_listed_once(runs: Path) -> None:
    watcher = Watcher(runs, runs / "a", str(runs) + "/", str(runs / "."))
    assert sorted(file.path for file in watcher.scanner.files) == [
        str(runs / name) for name in ("a/train/events", "a/validation/events", "b/log.csv", "c.csv")
    ]


def test_a_directory_of_thousands_does_not_delay_what_is_beside_it(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / "many" / f"{number:04}").mkdir(parents=True)
    log = tmp_path / "zz" / "run" / "training.log"
    log.parent.mkdir(parents=True)
    log.touch()
    scanner = Scanner([str(tmp_path)], limits=ScanLimits(calls_per_tick=50))
    assert [entry.path for entry in scanner.tick(0.0).files] == [str(log)]
    assert not scanner.complete
