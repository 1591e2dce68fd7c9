"""What is left out, what cannot be read, and what is told of it."""

from __future__ import annotations

import errno
import inspect
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.watcher import Watcher, write, write_runs

from lossmon.discovery import directory as listing_module


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write_runs(tmp_path / "runs")


@pytest.mark.parametrize(
    "name",
    [".git/log", "__pycache__/log", "node_modules/x/log", ".venv/log", "wandb/run-2024_1-abc/files/output.log"],
)
def test_where_no_log_is_nothing_is_looked_for(runs: Path, name: str) -> None:
    write(runs / name)
    assert Watcher(runs).names == ["a/train/events", "a/validation/events", "b/log.csv", "c.csv"]


def test_a_python_environment_is_left_out_unless_it_is_asked_for(runs: Path) -> None:
    write(runs / "env" / "pyvenv.cfg")
    write(runs / "env" / "lib" / "python" / "log.csv")
    assert "env/lib/python/log.csv" not in Watcher(runs).names
    assert "lib/python/log.csv" in Watcher(runs / "env").names


def test_a_hidden_directory_that_is_asked_for_is_read(runs: Path) -> None:
    write(runs / ".hidden" / "log.csv")
    assert Watcher(runs / ".hidden").names == ["log.csv"]


def test_what_is_no_file_is_told_and_the_rest_is_found(runs: Path) -> None:
    os.mkfifo(runs / "b" / "events")
    watcher = Watcher(runs)
    assert watcher.discovery.skipped == [(str(runs / "b/events"), "not a regular file")]
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
def test_a_directory_that_cannot_be_read_is_told_and_recovers(
    runs: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    with monkeypatch.context() as broken:
        fail(broken, call, runs / "b", code)
        watcher = Watcher(runs)
        (path, reason), *others = watcher.discovery.skipped
        assert (path, others) == (str(runs / "b"), [])
        assert os.strerror(code) in reason
        assert watcher.names == ["a/train/events", "a/validation/events", "c.csv"]
    assert watcher.within(120) == (["b/log.csv"], [])
    assert watcher.discovery.skipped == []


def test_an_error_that_passes_loses_no_file(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = Watcher(runs)
    watcher.within(5)
    with monkeypatch.context() as broken:
        fail(broken, "stat", runs, errno.ESTALE)
        assert watcher.look().gone == ()
        assert watcher.discovery.skipped == [(str(runs), "cannot be read: Stale file handle (ESTALE)")]
    assert watcher.look().gone == ()
    assert watcher.discovery.skipped == []
    assert len(watcher.names) == 4


def test_entries_that_vanish_while_they_are_read_are_nothing(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert watcher.discovery.skipped == []


@pytest.mark.parametrize("name", [b"new\nline", b"\x1b]0;title\x07", b"[red]", b"\xff\xfe", b"n" * 255])
def test_a_name_that_is_hard_to_write_is_found(runs: Path, name: bytes) -> None:
    write(runs / os.fsdecode(name) / os.fsdecode(name))
    assert f"{os.fsdecode(name)}/{os.fsdecode(name)}" in Watcher(runs).names


def test_of_a_folder_with_too_many_files_the_first_are_looked_at(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_module, "MOST_ENTRIES", 5)
    for number in range(10):
        write(runs / "b" / f"{number}.png")
    watcher = Watcher(runs)
    assert sum(name.startswith("b/") for name in watcher.names) == 5
    assert watcher.discovery.skipped == [(str(runs / "b"), "holds more than 5 entries; only so many are looked at")]


def test_a_tree_deeper_than_the_stack_is_found_and_left(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    deep = write(runs / "/".join(["d"] * 300) / "log.csv")
    watcher = Watcher(runs)
    assert [file.path for file in watcher.discovery.files] == [str(deep)]
    runs.rename(tmp_path / "away")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        changes = watcher.look()
    finally:
        sys.setrecursionlimit(limit)
    assert changes.gone == (str(deep),)
