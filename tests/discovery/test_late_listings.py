"""File systems over a network may list a new file long after it was made; it is found nevertheless."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.watcher import Watcher, write, write_runs


class Listings:
    """The listings of the file system, in which some names are left out."""

    def __init__(self) -> None:
        self.hidden: set[str] = set()
        self.count = 0
        self._scandir = os.scandir

    def scandir(self, path: str) -> Listing:
        self.count += 1
        return Listing([entry for entry in self._scandir(path) if entry.name not in self.hidden])


class Listing:
    """What a directory shows."""

    def __init__(self, entries: list[os.DirEntry[str]]) -> None:
        self._entries = entries

    def __enter__(self) -> Iterator[os.DirEntry[str]]:
        return iter(self._entries)

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write_runs(tmp_path / "runs")


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> Listings:
    listings = Listings()
    monkeypatch.setattr(os, "scandir", listings.scandir)
    return listings


@pytest.mark.parametrize("seconds", [1, 10, 60])
def test_a_new_file_that_is_hidden_for_a_while_is_found_soon_after_it_is_shown(
    runs: Path, listings: Listings, seconds: int
) -> None:
    watcher = Watcher(runs)
    watcher.changes_within(10)
    listings.hidden = {"new.csv"}
    write(runs / "b" / "new.csv")
    watcher.scanner.hint(str(runs / "b"))
    assert watcher.changes_within(seconds) == ([], [])
    listings.hidden = set()
    assert watcher.changes_within(seconds + 3) == (["b/new.csv"], [])


def test_a_hint_at_an_unknown_file_lists_its_directory_although_it_has_not_changed(
    runs: Path, listings: Listings
) -> None:
    listings.hidden = {"log.csv"}
    watcher = Watcher(runs)
    watcher.changes_within(400)
    watcher.scanner.hint(str(runs / "b" / "log.csv"))
    assert watcher.changes_within(3) == ([], [])
    listings.hidden = set()
    assert watcher.changes_within(4) == (["b/log.csv"], [])


def test_a_file_that_no_hint_tells_of_is_found_in_the_end(runs: Path, listings: Listings) -> None:
    listings.hidden = {"log.csv", "a"}
    watcher = Watcher(runs)
    watcher.changes_within(30)
    listings.hidden = set()
    found, gone = watcher.changes_within(700)
    assert (sorted(found), gone) == (["a/train/events", "a/validation/events", "b/log.csv"], [])


def test_a_file_that_one_listing_does_not_show_comes_back_soon(runs: Path, listings: Listings) -> None:
    watcher = Watcher(runs)
    watcher.changes_within(700)
    listings.hidden = {"log.csv"}
    watcher.scanner.hint(str(runs / "b" / "other.csv"))
    assert watcher.changes_within(2) == ([], [str(runs / "b" / "log.csv")])
    listings.hidden = set()
    assert watcher.changes_within(3) == (["b/log.csv"], [])


def test_hints_without_end_cost_one_listing_a_second(runs: Path, listings: Listings) -> None:
    watcher = Watcher(runs)
    watcher.changes_within(700)
    listings.count = 0
    for _ in range(400):
        watcher.scanner.hint(str(runs / "b" / "never-listed"))
        watcher.tick(0.25)
    assert 30 < listings.count < 130
