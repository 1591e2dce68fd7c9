"""Links are followed where they lead out of the roots; no file is listed twice, and circles end."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.watcher import write

from lossmon.discovery import LinkTarget, Scanner, classify_link


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    write(tmp_path / "runs" / "v1" / "log.csv")
    write(tmp_path / "runs" / "v2" / "log.csv")
    write(tmp_path / "elsewhere" / "v3" / "log.csv")
    return tmp_path / "runs"


def names(*roots: Path, follow: bool = True) -> list[str]:
    scanner = Scanner([str(root) for root in roots], follow=follow)
    while not scanner.complete:
        scanner.tick(0.0)
    return [file.name for file in scanner.files]


def test_a_link_to_another_run_is_not_a_second_run(runs: Path) -> None:
    (runs / "latest").symlink_to("v2")
    (runs / "latest.csv").symlink_to("v2/log.csv")
    assert names(runs) == ["v1/log.csv", "v2/log.csv"]


def test_a_link_that_leads_out_is_followed_under_its_own_name(runs: Path) -> None:
    (runs / "old").symlink_to("../elsewhere")
    (runs / "one.csv").symlink_to("../elsewhere/v3/log.csv")
    assert names(runs) == ["old/v3/log.csv", "one.csv", "v1/log.csv", "v2/log.csv"]


def test_two_links_to_the_same_directory_are_one_run(runs: Path) -> None:
    (runs / "a").symlink_to("../elsewhere")
    (runs / "b").symlink_to("../elsewhere")
    assert names(runs) == ["a/v3/log.csv", "v1/log.csv", "v2/log.csv"]


def test_a_link_into_an_ignored_directory_is_the_only_way_there(runs: Path) -> None:
    write(runs / ".dvc" / "v4" / "log.csv")
    (runs / "v4").symlink_to(".dvc/v4")
    assert names(runs) == ["v1/log.csv", "v2/log.csv", "v4/log.csv"]


def test_circular_links_are_followed_once(runs: Path) -> None:
    (runs / "self").symlink_to(".")
    (runs / "v1" / "up").symlink_to("..")
    (runs / "out").symlink_to("../elsewhere")
    (runs / ".." / "elsewhere" / "back").symlink_to("../elsewhere")
    (runs / "nowhere").symlink_to("missing")
    assert names(runs) == ["out/v3/log.csv", "v1/log.csv", "v2/log.csv"]


def test_a_link_to_itself_is_reported(runs: Path) -> None:
    (runs / "loop").symlink_to("loop")
    scanner = Scanner([str(runs)], follow=True)
    scanner.tick(0.0)
    assert scanner.skipped == [(str(runs / "loop"), "cannot be read: Too many levels of symbolic links (ELOOP)")]


@pytest.mark.parametrize("target", ["/", ".."])
def test_a_link_to_a_directory_above_the_root_is_reported_and_not_followed(runs: Path, target: str) -> None:
    (runs / "up").symlink_to(target)
    scanner = Scanner([str(runs)], follow=True)
    scanner.tick(0.0)
    assert scanner.skipped == [(str(runs / "up"), "links to a directory that contains the watched one")]
    assert len(scanner.files) == 2


def test_a_link_to_a_device_is_reported(runs: Path) -> None:
    (runs / "zero").symlink_to("/dev/zero")
    scanner = Scanner([str(runs)], follow=True)
    scanner.tick(0.0)
    assert scanner.skipped == [(str(runs / "zero"), "not a regular file")]


def test_a_link_changed_to_another_run_shows_that_run(runs: Path) -> None:
    write(runs.parent / "elsewhere" / "v5" / "events")
    link = runs / "current"
    link.symlink_to("../elsewhere/v3")
    scanner = Scanner([str(runs)], follow=True)
    scanner.tick(0.0)
    link.unlink()
    link.symlink_to("../elsewhere/v5")
    changes = scanner.tick(1.0)
    assert [file.name for file in changes.files] == ["current/events"]
    assert changes.gone == (str(link / "log.csv"),)
    link.unlink()
    link.symlink_to("v1")
    assert scanner.tick(2.0).gone == (str(link / "events"),)


def test_a_link_changed_to_another_run_shows_its_file_of_the_same_name(runs: Path) -> None:
    link, other = runs / "current", runs.parent / "elsewhere" / "v5"
    link.symlink_to("../elsewhere/v3")
    write(other / "log.csv").write_bytes(b"a longer log\n")
    scanner = Scanner([str(runs)], follow=True)
    scanner.tick(0.0)
    link.unlink()
    link.symlink_to("../elsewhere/v5")
    changes = scanner.tick(1.0)
    assert (changes.files, changes.gone) == ((), ())
    assert scanner.files[0].size == len(b"a longer log\n")


def test_a_link_with_an_ignored_name_is_left_out(runs: Path) -> None:
    (runs / ".cache").symlink_to("../elsewhere")
    assert names(runs) == ["v1/log.csv", "v2/log.csv"]


def test_a_root_that_is_a_link_is_followed_to_its_new_target(runs: Path) -> None:
    link = runs.parent / "latest"
    link.symlink_to("runs/v1")
    scanner = Scanner([str(link)])
    assert [file.name for file in scanner.tick(0.0).files] == ["log.csv"]
    link.unlink()
    write(runs / "v2" / "more.csv")
    link.symlink_to("runs/v2")
    changes = scanner.tick(1.0)
    assert [file.name for file in changes.files] == ["more.csv"]
    assert changes.gone == ()


def test_many_directories_linked_to_each_other_are_read_once_each(tmp_path: Path) -> None:
    outside = [tmp_path / "outside" / str(number) for number in range(8)]
    for directory in outside:
        write(directory / "log.csv")
        for other in outside:
            (directory / f"to-{other.name}").symlink_to(other)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "start").symlink_to(outside[0])
    assert len(names(tmp_path / "runs")) == len(outside)


@pytest.mark.parametrize(
    ("real", "target"),
    [
        ("/data/runs", LinkTarget.BELOW),
        ("/data/runs/v1", LinkTarget.BELOW),
        ("/data/runs/.cache/v1", LinkTarget.HIDDEN),
        ("/data/runs-old", LinkTarget.OUTSIDE),
        ("/data", LinkTarget.ABOVE),
        ("/", LinkTarget.ABOVE),
        ("/other", LinkTarget.OUTSIDE),
    ],
)
def test_a_link_target_is_classified_relative_to_the_root(real: str, target: LinkTarget) -> None:
    assert classify_link(real, ["/data/runs"]) is target


def test_a_link_target_below_any_of_several_roots_is_below() -> None:
    assert classify_link("/b/run", ["/a", "/b"]) is LinkTarget.BELOW
    assert classify_link("/c", ["/a", "/b"]) is LinkTarget.OUTSIDE
    assert classify_link("/c", ["/"]) is LinkTarget.BELOW


def test_a_link_that_leads_out_is_followed_only_if_the_user_asks(runs: Path) -> None:
    (runs / "old").symlink_to("../elsewhere")
    (runs / "one.csv").symlink_to("../elsewhere/v3/log.csv")
    scanner = Scanner([str(runs)])
    scanner.tick(0.0)
    reason = "links to a place outside of the watched paths; give --follow to read it"
    assert scanner.skipped == [(str(runs / "old"), reason), (str(runs / "one.csv"), reason)]
    assert names(runs, follow=False) == ["v1/log.csv", "v2/log.csv"]


@pytest.mark.parametrize("target", ["/proc", "/proc/self", "/proc/self/status", "/sys", "/dev/shm"])
def test_a_link_into_a_virtual_file_system_is_never_followed(runs: Path, target: str) -> None:
    (runs / "link").symlink_to(target)
    assert names(runs) == ["v1/log.csv", "v2/log.csv"]


def test_a_link_to_a_link_is_judged_by_where_it_leads_in_the_end(runs: Path) -> None:
    (runs / ".." / "elsewhere" / "open").symlink_to("/proc")
    (runs / "link").symlink_to("../elsewhere/open")
    scanner = Scanner([str(runs)], follow=True)
    scanner.tick(0.0)
    assert scanner.skipped == [(str(runs / "link"), "links into /proc, /sys or /dev")]


@pytest.mark.parametrize(("target", "reason"), [("/proc/version", "cannot be read: "), ("/proc", "")])
def test_a_file_in_a_virtual_file_system_counts_as_a_log_that_cannot_be_read(
    runs: Path, target: str, reason: str
) -> None:
    (runs / "training.log").symlink_to(target)
    scanner = Scanner([str(runs)])
    scanner.tick(0.0)
    assert scanner.skipped == [(str(runs / "training.log"), f"{reason}links into /proc, /sys or /dev")]
