"""What the scanner leaves out, and what it reports of paths that cannot be read."""

from __future__ import annotations

import errno
import inspect
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.watcher import Watcher, write, write_runs

from lossmon.discovery import ScanLimits, Scanner


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write_runs(tmp_path / "runs")


@pytest.mark.parametrize(
    "name",
    [".git/log", "__pycache__/log", "node_modules/x/log", ".venv/log", "wandb/run-2024_1-abc/files/output.log"],
)
def test_hidden_directories_caches_and_parts_of_wandb_runs_are_ignored(runs: Path, name: str) -> None:
    write(runs / name)
    assert Watcher(runs).names == ["a/train/events", "a/validation/events", "b/log.csv", "c.csv"]


def test_a_python_environment_is_ignored_unless_it_is_a_root(runs: Path) -> None:
    write(runs / "env" / "pyvenv.cfg")
    write(runs / "env" / "lib" / "python" / "log.csv")
    assert "env/lib/python/log.csv" not in Watcher(runs).names
    assert "lib/python/log.csv" in Watcher(runs / "env").names


def test_a_hidden_root_is_read(runs: Path) -> None:
    write(runs / ".hidden" / "log.csv")
    assert Watcher(runs / ".hidden").names == ["log.csv"]


def test_a_fifo_is_reported_and_other_files_are_found(runs: Path) -> None:
    os.mkfifo(runs / "b" / "events")
    watcher = Watcher(runs)
    assert watcher.scanner.skipped == [(str(runs / "b/events"), "not a regular file")]
    assert "b/log.csv" in watcher.names


def fail(monkeypatch: pytest.MonkeyPatch, call: str, path: Path, code: int) -> None:
    real = getattr(os, call)

    def maybe(target: Any, **kwargs: Any) -> Any:
        if str(target) == str(path):
            raise OSError(code, os.strerror(code))
        return real(target, **kwargs)

    monkeypatch.setattr(os, call, maybe)


@pytest.mark.parametrize("code", [errno.EACCES, errno.ESTALE, errno.EIO, errno.ENOTCONN])
@pytest.mark.parametrize("call", ["stat", "scandir"])
def test_an_unreadable_directory_is_reported_and_recovers(
    runs: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    with monkeypatch.context() as broken:
        fail(broken, call, runs / "b", code)
        watcher = Watcher(runs)
        (path, reason), *others = watcher.scanner.skipped
        assert (path, others) == (str(runs / "b"), [])
        assert os.strerror(code) in reason
        assert watcher.names == ["a/train/events", "a/validation/events", "c.csv"]
    assert watcher.changes_within(3) == (["b/log.csv"], [])
    assert watcher.scanner.skipped == []


def test_a_temporary_error_loses_no_file(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = Watcher(runs)
    watcher.changes_within(5)
    with monkeypatch.context() as broken:
        fail(broken, "stat", runs, errno.ESTALE)
        assert watcher.tick().gone == ()
        assert watcher.scanner.skipped == [(str(runs), "cannot be read: Stale file handle (ESTALE)")]
    assert watcher.tick().gone == ()
    assert watcher.scanner.skipped == []
    assert len(watcher.names) == 4


def test_a_directory_that_is_missing_for_a_moment_is_followed_again(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher(runs)
    watcher.changes_within(5)
    with monkeypatch.context() as broken:
        fail(broken, "stat", runs / "b", errno.ENOENT)
        watcher.scanner.hint(str(runs / "b"))
        assert watcher.changes_within(5) == ([], [str(runs / "b/log.csv")])
    assert watcher.changes_within(5) == (["b/log.csv"], [])


def test_a_link_whose_target_appears_later_is_followed(runs: Path, tmp_path: Path) -> None:
    (runs / "b" / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    scanner = Scanner([str(runs)], follow=True)
    for now in range(30):
        scanner.tick(float(now))
    write(tmp_path / "elsewhere.csv")
    found = [file.name for now in range(30, 90) for file in scanner.tick(float(now)).files]
    assert found == ["b/link.csv"]


def test_files_deleted_during_the_listing_are_ignored(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir
    for number in range(100):
        write(runs / "b" / f"{number}.tmp")

    class Vanishing:
        def __init__(self, path: str) -> None:
            self.scan = scandir(path)

        def __enter__(self) -> list[os.DirEntry[str]]:
            entries = list(self.scan)
            for entry in entries:
                if entry.name.endswith(".tmp"):
                    Path(entry.path).unlink()
            return entries

        def __exit__(self, *_: object) -> None:
            self.scan.close()

    monkeypatch.setattr(os, "scandir", Vanishing)
    watcher = Watcher(runs)
    assert len(watcher.names) == 4
    assert watcher.scanner.skipped == []


@pytest.mark.parametrize("name", [b"new\nline", b"\x1b]0;title\x07", b"[red]", b"\xff\xfe", b"n" * 255])
def test_a_file_with_unusual_bytes_in_its_name_is_found(runs: Path, name: bytes) -> None:
    write(runs / os.fsdecode(name) / os.fsdecode(name))
    assert f"{os.fsdecode(name)}/{os.fsdecode(name)}" in Watcher(runs).names


def test_of_a_directory_with_too_many_entries_the_first_are_listed(runs: Path) -> None:
    for number in range(10):
        write(runs / "b" / f"{number}.png")
    watcher = Watcher(runs, limits=ScanLimits(max_entries=5))
    assert sum(name.startswith("b/") for name in watcher.names) == 5
    assert watcher.scanner.skipped == [(str(runs / "b"), "holds more than 5 entries; the others are ignored")]


def test_a_tree_deeper_than_the_recursion_limit_is_found_and_removed(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    deep = write(runs / "/".join(["d"] * 300) / "log.csv")
    watcher = Watcher(runs)
    assert [file.path for file in watcher.scanner.files] == [str(deep)]
    runs.rename(tmp_path / "away")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        changes = watcher.tick()
    finally:
        sys.setrecursionlimit(limit)
    assert changes.gone == (str(deep),)
