"""Which files are found, under which names, and what is told of the rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.watcher import Watcher, write, write_runs

from lossmon.discovery import Changes, Scanner

HOUR = 3600.0


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write_runs(tmp_path / "runs")


def test_files_come_in_the_order_of_their_paths_with_size_and_time(runs: Path) -> None:
    watcher = Watcher(runs)
    assert watcher.names == ["a/train/events", "a/validation/events", "b/log.csv", "c.csv"]
    found, status = watcher.discovery.files[2], (runs / "b/log.csv").stat()
    assert (found.path, found.root) == (str(runs / "b/log.csv"), str(runs))
    assert (found.size, found.modified) == (5, status.st_mtime)
    assert watcher.discovery.complete


def test_the_first_tick_tells_everything_and_the_next_nothing(runs: Path) -> None:
    discovery = Scanner([str(runs) + "/"])
    first = discovery.tick(0.0)
    assert [file.name for file in first.files] == ["a/train/events", "a/validation/events", "b/log.csv", "c.csv"]
    assert first.directories == tuple(str(runs / name) for name in (".", "a", "a/train", "a/validation", "b"))
    assert discovery.tick(0.5) == Changes()


def test_a_path_below_the_current_directory_is_named_as_it_was_given(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(runs)
    assert Watcher(".").names == ["a/train/events", "a/validation/events", "b/log.csv", "c.csv"]
    assert [file.path for file in Watcher("b/").discovery.files] == ["b/log.csv"]


def test_a_new_run_is_found_within_three_seconds(runs: Path) -> None:
    watcher = Watcher(runs)
    watcher.look(HOUR)
    write(runs / "new" / "log.csv")
    assert watcher.within(3) == (["new/log.csv"], [])


def test_a_new_run_beside_other_runs_further_down_is_found_within_three_seconds(runs: Path) -> None:
    watcher = Watcher(runs)
    watcher.look(HOUR)
    write(runs / "a" / "test" / "events")
    assert watcher.within(3) == (["a/test/events"], [])


def test_a_new_file_in_a_run_that_began_while_we_watched_is_found_within_three_seconds(runs: Path) -> None:
    watcher = Watcher(runs)
    write(runs / "new" / "events.1")
    watcher.within(30)
    write(runs / "new" / "events.2")
    assert watcher.within(3) == (["new/events.2"], [])


def test_a_new_file_in_a_run_of_yesterday_is_found_within_two_minutes(runs: Path) -> None:
    watcher = Watcher(runs)
    watcher.look(HOUR)
    write(runs / "b" / "events.2")
    assert watcher.within(120) == (["b/events.2"], [])


def test_an_entry_made_within_the_same_tick_of_the_file_system_is_found(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher, before, real = Watcher(runs), runs.stat(), os.stat
    write(runs / "d.csv")
    monkeypatch.setattr(os, "stat", lambda path, **_: before if str(path) == str(runs) else real(path))
    assert watcher.within(3) == (["d.csv"], [])


def test_a_hint_makes_it_found_at_once(runs: Path) -> None:
    watcher = Watcher(runs)
    watcher.look(HOUR)
    write(runs / "b" / "deep" / "events")
    watcher.discovery.hint(str(runs / "b" / "deep" / "events"))
    assert [file.name for file in watcher.look(0.0).files] == ["b/deep/events"]


@pytest.mark.parametrize("path", ["", "nowhere", "/nowhere/at/all", "/"])
def test_a_hint_at_something_else_is_ignored(runs: Path, path: str) -> None:
    watcher = Watcher(runs)
    watcher.discovery.hint(path)
    assert watcher.look(0.0) == Changes()


def test_what_is_deleted_is_told(runs: Path) -> None:
    watcher = Watcher(runs)
    (runs / "c.csv").unlink()
    assert watcher.within(3) == ([], [str(runs / "c.csv")])


def test_a_run_that_is_removed_takes_everything_below_along(runs: Path) -> None:
    watcher = Watcher(runs)
    for name in ("a/train", "a/validation"):
        (runs / name / "events").unlink()
        (runs / name).rmdir()
    (runs / "a").rmdir()
    changes = watcher.look()
    assert changes.gone == (str(runs / "a/train/events"), str(runs / "a/validation/events"))
    assert changes.left == (str(runs / "a"), str(runs / "a/train"), str(runs / "a/validation"))


def test_a_run_removed_and_made_again_between_two_looks_is_read_again(runs: Path) -> None:
    watcher = Watcher(runs)
    watcher.look(HOUR)
    (runs / "b/log.csv").unlink()
    (runs / "b").rmdir()
    write(runs / "b" / "log.csv")
    write(runs / "b" / "other.csv")
    watcher.discovery.hint(str(runs / "b/log.csv"))
    changes = watcher.look(0.0)
    assert [file.name for file in changes.files] == ["b/other.csv"]
    assert changes.gone == ()
    assert changes.directories == (str(runs / "b"),)


def test_a_run_that_is_renamed_is_gone_and_new_and_never_there_twice(runs: Path) -> None:
    watcher = Watcher(runs)
    (runs / "b").rename(runs / "z")
    assert watcher.within(3) == (["z/log.csv"], [str(runs / "b/log.csv")])
    (runs / "z").rename(runs / "b")
    assert watcher.within(3) == (["b/log.csv"], [str(runs / "z/log.csv")])


def test_a_run_that_is_moved_elsewhere_is_found_under_its_new_name(runs: Path) -> None:
    watcher = Watcher(runs)
    watcher.look(HOUR)
    (runs / "a" / "train").rename(runs / "moved")
    watcher.discovery.hint(str(runs / "moved"))
    new, _ = watcher.within(5)
    assert new == ["moved/events"]
    assert watcher.names == ["a/validation/events", "b/log.csv", "c.csv", "moved/events"]


def test_a_missing_root_is_waited_for_and_may_go_and_return(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    watcher = Watcher(runs)
    assert (watcher.discovery.missing, watcher.discovery.files) == ([str(runs)], [])
    log = write(runs / "log.csv")
    assert watcher.within(2) == (["log.csv"], [])
    assert watcher.discovery.missing == []
    log.unlink()
    runs.rmdir()
    assert watcher.within(2) == ([], [str(log)])
    assert watcher.discovery.missing == [str(runs)]
    write(runs / "log.csv")
    assert watcher.within(2) == (["log.csv"], [])


def test_a_root_may_be_a_file_and_then_a_directory(tmp_path: Path) -> None:
    root = write(tmp_path / "log.csv")
    watcher = Watcher(root)
    assert watcher.names == ["log.csv"]
    assert watcher.look() == Changes()
    root.unlink()
    write(root / "run" / "inner.csv")
    assert watcher.within(2) == (["run/inner.csv"], [str(root)])
    root.rename(tmp_path / "away")
    write(root)
    assert watcher.within(2) == (["log.csv"], [str(root / "run" / "inner.csv")])


def test_of_a_root_that_is_a_file_the_directory_is_to_be_watched(tmp_path: Path) -> None:
    assert Scanner([str(write(tmp_path / "log.csv"))]).tick(0.0).directories == (str(tmp_path),)


def test_a_root_that_is_neither_is_told(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    watcher = Watcher(fifo)
    assert watcher.discovery.skipped == [(str(fifo), "not a regular file or directory")]
    fifo.unlink()
    write(fifo)
    watcher.look()
    assert watcher.discovery.skipped == []


def test_the_same_root_given_twice_or_within_another_is_listed_once(runs: Path) -> None:
    watcher = Watcher(runs, runs / "a", str(runs) + "/", str(runs / "."))
    assert sorted(file.path for file in watcher.discovery.files) == [
        str(runs / name) for name in ("a/train/events", "a/validation/events", "b/log.csv", "c.csv")
    ]
