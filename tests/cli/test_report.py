from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from tests.support.command_line import is_one_line, run_lossmon, run_shell
from tests.support.html_pages import parse

from lossmon.cli import main


@pytest.fixture
def inside(runs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory with the runs, which is the current one."""
    monkeypatch.chdir(runs.parent)
    return runs.parent


def test_the_report_is_one_page_about_all_runs(runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.html"
    assert main(["report", str(runs), "-o", str(target)]) == 0
    parsed = parse(target.read_text("utf-8"))
    assert parsed.texts["name"] == ["lstm", "cnn"]
    assert parsed.texts["h1"] == [runs.name]


def test_no_directory_of_this_machine_is_told(runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.html"
    main(["report", str(runs), "-o", str(target)])
    assert str(runs.parent) not in target.read_text("utf-8")


def test_it_goes_to_standard_output(runs: Path) -> None:
    done = run_lossmon("report", str(runs), "-o", "-", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stderr == ""
    assert parse(done.stdout).texts["name"] == ["lstm", "cnn"]


def test_a_report_is_replaced_by_a_newer_one(runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.html"
    assert main(["report", str(runs), "-o", str(target)]) == 0
    assert main(["report", str(runs / "lstm"), "-o", str(target), "--title", "Again"]) == 0
    assert parse(target.read_text("utf-8")).texts["h1"] == ["Again"]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.html"]


def test_a_report_that_cannot_be_written_leaves_the_older_one(runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.html"
    assert main(["report", str(runs), "-o", str(target)]) == 0
    before = target.read_bytes()
    done = run_shell(f"ulimit -f 8; lossmon report {runs} -o {target}")
    assert done.returncode == 2
    assert is_one_line(done.stderr)
    assert "cannot be written: file too large" in done.stderr
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.html"]


def test_any_other_file_is_kept_unless_forced(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = runs / "lstm" / "training.log"
    before = log.read_bytes()
    assert main(["report", str(runs), "-o", str(log)]) == 2
    error = capsys.readouterr().err
    assert is_one_line(error)
    assert "--force" in error
    assert log.read_bytes() == before
    notes = tmp_path / "notes.html"
    notes.write_text("<p>mine</p>")
    assert main(["report", str(runs), "-o", str(notes), "--force"]) == 0
    assert parse(notes.read_text("utf-8")).texts["name"]


@pytest.mark.parametrize(("output", "reason"), [(".", "is a directory"), ("no/where.html", "does not exist")])
def test_a_place_that_cannot_hold_the_report_is_named(
    inside: Path, output: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(inside), "-o", output]) == 2
    error = capsys.readouterr().err
    assert is_one_line(error)
    assert error.startswith(f"lossmon: {output}: ")
    assert reason in error


def test_a_link_stays_a_link_and_a_pipe_is_refused(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = tmp_path / "latest.html"
    link.symlink_to(tmp_path / "real.html")
    assert main(["report", str(runs), "-o", str(link)]) == 0
    assert link.is_symlink()
    assert (tmp_path / "real.html").stat().st_size > 0
    os.mkfifo(tmp_path / "pipe")
    assert main(["report", str(runs), "-o", str(tmp_path / "pipe")]) == 2
    assert "not a regular file" in capsys.readouterr().err


def test_others_may_read_the_report_as_the_umask_allows(runs: Path, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        assert main(["report", str(runs), "-o", str(tmp_path / "out.html")]) == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.html").stat().st_mode) == 0o640


def test_nothing_is_written_if_nothing_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    target = tmp_path / "out.html"
    assert main(["report", str(tmp_path / "empty"), "-o", str(target)]) == 2
    assert is_one_line(capsys.readouterr().err)
    assert not target.exists()


def test_losses_are_chosen_as_in_check(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.html"
    assert main(["report", str(runs), "-o", str(target), "--val", "nothing_like_it"]) == 2
    assert "nothing_like_it" in capsys.readouterr().err
    assert not target.exists()


def test_a_report_is_no_training_log(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(runs), "-o", str(runs / "report.html")]) == 0
    capsys.readouterr()
    assert main(["check", str(runs)]) == 0
    assert "2 runs" in capsys.readouterr().out


def test_it_reads_standard_input(runs: Path) -> None:
    output = "".join(f"epoch {i} train_loss {0.9**i:.4f} val_loss {0.9**i + 0.1:.4f}\n" for i in range(20))
    done = run_lossmon("report", "-", "-o", "-", stdin=output)
    assert done.returncode == 0, done.stderr
    assert parse(done.stdout).texts["h1"] == ["Training runs"]
