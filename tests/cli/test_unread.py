"""What a check was given but cannot show is said by name: no log, copies, zero bytes, tags that no run has."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossmon.cli import main


@pytest.mark.parametrize(("named", "reason"), [("noise.csv", "not a training log"), ("", "no training log found")])
def test_a_named_path_without_a_log_counts_as_unread_beside_a_good_one(
    named: str, reason: str, runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "noise.csv").write_bytes(bytes(range(128, 256)) * 8)
    if not named:
        (other / "noise.csv").unlink()
    paths = [str(runs), str(other / named)]
    assert [main(["check", *paths, *more]) for more in ([], ["--fail-on", "diverged"])] == [0, 2]
    assert main(["check", *paths, "--fail-on", "diverged", "--strict"]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(f"lossmon: {other / named}: {reason}")


def test_named_copies_and_files_of_a_directory_run_are_no_paths_without_a_log(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "one.csv"
    log.write_text("epoch,loss,val_loss\n" + "".join(f"{i},{9 / (i + 1)},{8 / (i + 1)}\n" for i in range(20)))
    (tmp_path / "two.csv").write_text(log.read_text())
    paths = [str(log), str(tmp_path / "two.csv"), str(tmp_path), f"{runs}/"]
    assert main(["check", *paths, "--fail-on", "diverged", "--strict"]) == 0
    assert not capsys.readouterr().err


def test_a_tag_that_no_run_has_gives_an_error_and_no_table_that_says_there_is_no_validation(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(runs / "lstm"), "--val", "nope"]) == 2
    printed = capsys.readouterr()
    assert not printed.out
    assert "--val nope: no tag matches; there are" in printed.err


def test_the_summary_counts_duplicates_apart_from_what_is_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = "epoch,loss,val_loss\n" + "".join(f"{i},{9 / (i + 1)},{8 / (i + 1)}\n" for i in range(20))
    (tmp_path / "one.csv").write_text(log)
    (tmp_path / "two.csv").write_text(log)
    (tmp_path / "noise.csv").write_bytes(bytes(range(128, 256)))
    assert main(["check", str(tmp_path)]) == 0
    assert "1 duplicate hidden · 1 file not read" in capsys.readouterr().out


def test_the_beginning_of_a_log_in_another_directory_is_no_duplicate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["epoch,loss,val_loss", *(f"{i},{9 / (i + 1)},{8 / (i + 1)}" for i in range(20))]
    for name, count in (("whole", 21), ("part", 11)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.csv").write_text("\n".join([*lines[:count], ""]))
    assert main(["check", str(tmp_path)]) == 0
    assert "2 runs" in capsys.readouterr().out


def test_a_file_of_zero_bytes_is_told_from_an_empty_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, size, reason in (("zeros.csv", 5000, "begins with zero bytes"), ("empty.csv", 0, "empty")):
        (tmp_path / name).write_bytes(bytes(size))
        assert main(["check", str(tmp_path / name)]) == 2
        assert f"{name}: {reason}" in capsys.readouterr().err


def test_a_log_with_only_a_header_is_said_to_have_no_values_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss\n")
    assert main(["check", str(tmp_path / "log.csv")]) == 0
    assert "no values yet" in capsys.readouterr().out
