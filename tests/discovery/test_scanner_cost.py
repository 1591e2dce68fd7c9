"""How many system calls a scan takes, the first time and when nothing changes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lossmon.discovery import ScanLimits, Scanner, list_directory

CALLS = ("stat", "lstat", "scandir", "readlink", "open")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each function that accesses the file system was called."""
    counter: Counter[str] = Counter()
    for name in CALLS:
        count(monkeypatch, counter, name)
    return counter


def count(monkeypatch: pytest.MonkeyPatch, counter: Counter[str], name: str) -> None:
    real = getattr(os, name)

    def counted(*args: Any, **kwargs: Any) -> Any:
        counter[name] += 1
        return real(*args, **kwargs)

    monkeypatch.setattr(os, name, counted)


def ticks(scanner: Scanner, start: float, seconds: float) -> Iterator[float]:
    """Tick four times a second."""
    for step in range(int(seconds * 4)):
        scanner.tick(start + step / 4)
        yield start + step / 4


@pytest.fixture
def runs(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A directory with as many runs as the parameter of the test says."""
    for number in range(request.param):
        run = tmp_path / f"{number:04}"
        run.mkdir()
        (run / "log").touch()
    return tmp_path


@pytest.mark.parametrize("runs", [300], indirect=True)
def test_a_large_tree_is_found_over_several_ticks(runs: Path) -> None:
    scanner = Scanner([str(runs)], limits=ScanLimits(calls_per_tick=50))
    sizes = []
    while not scanner.complete:
        scanner.tick(0.0)
        sizes.append(len(scanner.files))
    assert sizes[-1] == 300
    assert all(later - earlier <= 30 for earlier, later in zip([0, *sizes], sizes, strict=False))


@pytest.mark.parametrize("runs", [2000], indirect=True)
def test_two_thousand_quiet_runs_cost_less_than_a_hundred_calls_a_second(runs: Path, calls: Counter[str]) -> None:
    scanner = Scanner([str(runs)])
    while not scanner.complete:
        scanner.tick(0.0)
    for _ in ticks(scanner, 1.0, 70.0):
        pass
    calls.clear()
    for _ in ticks(scanner, 80.0, 60.0):
        pass
    assert 1700 <= calls.total() <= 60 * 100
    assert calls["scandir"] == 0
    (runs / "new").mkdir()
    (runs / "new" / "log").touch()
    for _ in ticks(scanner, 140.0, 3.0):
        pass
    assert "new/log" in [file.name for file in scanner.files]


def test_a_listing_takes_no_stat_of_known_files(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / str(number)).touch()
    first = list_directory(str(tmp_path))
    assert first.cost == 101
    again = list_directory(str(tmp_path), first.files)
    assert again.cost == 1
    assert again.files == dict.fromkeys(first.files)


def test_a_directory_that_changes_constantly_is_read_once_a_second(tmp_path: Path, calls: Counter[str]) -> None:
    for number in range(100):
        (tmp_path / str(number)).touch()
    scanner = Scanner([str(tmp_path)])
    scanner.tick(0.0)
    calls.clear()
    for now in ticks(scanner, 1.0, 20.0):
        (tmp_path / f"{now}.tmp").touch()
    assert 15 <= calls["scandir"] <= 20
    assert calls["stat"] <= 21


@pytest.mark.parametrize("runs", [20], indirect=True)
def test_directories_beyond_the_limit_are_reported(runs: Path) -> None:
    scanner = Scanner([str(runs)], limits=ScanLimits(max_directories=10))
    while not scanner.complete:
        scanner.tick(0.0)
    assert len(scanner.files) == 9
    reason = "some of its directories are ignored because there are too many in all; watch a narrower path"
    assert scanner.skipped == [(str(runs), reason)]
