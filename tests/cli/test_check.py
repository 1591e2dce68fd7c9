from __future__ import annotations

import errno
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import is_one_line, run_lossmon, run_python, run_shell
from tests.support.training_logs import keras_output

from lossmon.cli import main
from lossmon.cli.parser import SORTS
from lossmon.presentation.sorting import Sort


def test_json_is_one_document_with_the_verdict_of_each_run(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(runs), "--json"]) == 0
    verdicts = {run["run"]: run["verdict"] for run in json.loads(capsys.readouterr().out)["runs"]}
    assert verdicts["lstm"] == "overfitting"
    assert verdicts["cnn"] != "overfitting"


def test_without_json_a_table_is_printed(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(runs)]) == 0
    assert "lstm" in capsys.readouterr().out


def test_markdown_is_printed_on_request(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(runs), "--format", "md"]) == 0
    assert "| ● | lstm |" in capsys.readouterr().out


def test_the_worst_runs_come_first_and_options_choose_another_order_and_fewer(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(runs), "--limit", "1"]) == 0
    worst = capsys.readouterr().out.splitlines()[1]
    assert main(["check", str(runs), "--limit", "1", "--sort", "name"]) == 0
    first = capsys.readouterr().out.splitlines()[1]
    assert (worst.split()[1], first.split()[1]) == ("lstm", "cnn")


def test_the_orders_of_the_command_line_are_those_of_the_screen() -> None:
    assert [order.value for order in Sort] == [*SORTS]


@pytest.mark.parametrize(
    ("verdicts", "code"), [("overfitting", 1), ("diverged,unstable", 0), ("diverged,overfitting", 1)]
)
def test_the_exit_code_is_1_if_a_run_has_a_verdict_of_fail_on(runs: Path, verdicts: str, code: int) -> None:
    assert main(["check", str(runs), "--fail-on", verdicts]) == code


def test_a_directory_without_logs_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 2
    assert "no training log found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"hello\n", "not a training log of a known format"),
        (b"\x1f\x8b\x08", "compressed; unpack it first"),
    ],
)
def test_the_error_for_a_single_file_says_why_it_is_not_a_log(
    tmp_path: Path, content: bytes, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log.csv"
    file.write_bytes(content)
    assert main(["check", str(file)]) == 2
    assert capsys.readouterr().err == f"lossmon: {file}: {reason}; run lossmon doctor {file} for details\n"


def test_a_directory_with_a_hostile_name_and_without_logs_gives_one_printable_error_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "\x1b]0;title\x07").mkdir()
    assert main(["check", str(tmp_path / "\x1b]0;title\x07")]) == 2
    assert is_one_line(capsys.readouterr().err)


def test_check_does_not_watch_for_changes(runs: Path) -> None:
    code = "import sys; from lossmon.cli import main; main(sys.argv[1:]); assert 'watchdog' not in sys.modules"
    assert run_python(code, "check", str(runs)).returncode == 0


@pytest.mark.parametrize("command", ["check", "status", "tail", "doctor"])
def test_an_empty_path_and_a_deleted_directory_give_one_error_line(command: str, tmp_path: Path) -> None:
    empty = run_lossmon(command, "")
    gone = run_shell(f"mkdir {tmp_path}/gone && cd {tmp_path}/gone && rmdir {tmp_path}/gone && lossmon {command}")
    assert [empty.returncode, gone.returncode] == [2, 2]
    assert empty.stderr == "lossmon: '': an empty path; give a log file or a directory with logs\n"
    assert gone.stderr == "lossmon: the current directory no longer exists; change to another one\n"


def refuse(monkeypatch: pytest.MonkeyPatch, path: Path, code: int) -> None:
    """Let the system refuse to open *path*, as it does for a user without permission or on a damaged disk."""
    real = os.open

    def maybe(target: Any, *args: Any, **kwargs: Any) -> int:
        if str(target) == str(path):
            raise OSError(code, os.strerror(code))
        return real(target, *args, **kwargs)

    monkeypatch.setattr(os, "open", maybe)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 0),
        (["--fail-on", "diverged"], 2),
        (["--fail-on", "diverged", "--strict"], 1),
        (["--fail-on", "overfitting"], 1),
        (["--strict"], 0),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_counts_for_fail_on(
    runs: Path, options: list[str], code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, runs / "cnn" / "training.log", errno.EACCES)
    assert main(["check", str(runs), *options]) == code
    error = capsys.readouterr().err
    assert error == (
        f"lossmon: {runs}/cnn/training.log: cannot be read: Permission denied (EACCES); check its permissions\n"
    )


def test_a_log_that_is_a_link_to_what_is_never_read_counts_for_fail_on(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs / "cnn" / "training.log").unlink()
    (runs / "cnn" / "training.log").symlink_to("/proc/version")
    assert main(["check", str(runs), "--fail-on", "diverged"]) == 2
    error = capsys.readouterr().err
    assert error == f"lossmon: {runs}/cnn/training.log: cannot be read: links into /proc, /sys or /dev\n"


def link_out(runs: Path, tmp_path: Path, *names: str) -> None:
    """Replace runs by links to where they were moved."""
    for name in names:
        (runs / name).rename(tmp_path / f"moved-{name}")
        (runs / name).symlink_to(tmp_path / f"moved-{name}")


@pytest.mark.parametrize(("options", "code"), [([], 0), (["--fail-on", "diverged"], 0), (["--strict"], 0)])
def test_a_link_out_of_the_path_is_said_and_counts_only_if_strict(
    runs: Path,
    tmp_path_factory: pytest.TempPathFactory,
    options: list[str],
    code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    link_out(runs, tmp_path_factory.mktemp("elsewhere"), "cnn")
    assert main(["check", str(runs), *options]) == code
    notice = f"lossmon: {runs}/cnn leads out of the paths; give --follow to read what it leads to\n"
    assert capsys.readouterr().err == notice
    assert main(["check", str(runs), "--fail-on", "diverged", "--strict"]) == 1
    capsys.readouterr()
    assert main(["check", str(runs), "--fail-on", "diverged", "--strict", "--follow"]) == 0
    assert capsys.readouterr().err == ""


def test_if_there_are_only_links_out_of_the_path_the_error_says_so(
    runs: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    link_out(runs, tmp_path_factory.mktemp("elsewhere"), "cnn", "lstm")
    assert main(["check", str(runs)]) == 2
    links = f"2 links lead out of the paths, such as {runs}/cnn; give --follow to read what they lead to"
    assert capsys.readouterr().err == f"lossmon: {runs}: no training log found; {links}\n"


def test_a_log_that_took_too_long_to_decode_counts_as_unread(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.thread_time", itertools.count(step=60.0).__next__)
    assert main(["check", str(runs / "cnn"), "--fail-on", "diverged"]) == 2
    path, _, problem = capsys.readouterr().err.partition(": reading was stopped at byte ")
    assert path == f"lossmon: {runs}/cnn/training.log"
    assert "takes too long, 60.0 s of CPU time" in problem


def test_if_nothing_can_be_read_the_error_says_why(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, log, errno.EIO)
    reason = "cannot be read: Input/output error (EIO); check the disk or the mount\n"
    assert main(["check", str(log.parent)]) == 2
    assert capsys.readouterr().err == f"lossmon: {log.parent}: 1 file {reason}"
    assert main(["check", str(log)]) == 2
    assert capsys.readouterr().err == f"lossmon: {log}: {reason}"


def test_of_many_files_that_cannot_be_read_three_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        (tmp_path / f"{number}.csv").write_text(f"epoch,loss,val_loss\n0,{number},1\n")
        if number:
            refuse(monkeypatch, tmp_path / f"{number}.csv", errno.ESTALE)
    assert main(["check", str(tmp_path), "--fail-on", "diverged"]) == 2
    *named, others = capsys.readouterr().err.splitlines()
    assert [line.endswith("(ESTALE); mount the file system again") for line in named] == [True] * 3
    assert others == "lossmon: 2 more could not be read; lossmon doctor lists them"


@pytest.mark.parametrize("option", ["--val", "--train"])
def test_a_tag_that_no_run_has_is_an_error_that_offers_the_nearest_tags(
    log: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(log), option, "val_los"]) == 2
    assert capsys.readouterr().err == f"lossmon: {option} val_los: no tag matches; there are val_loss, loss\n"
    assert main(["check", str(log), option, "*los*"]) == 0


def test_standard_input_is_read_to_its_end() -> None:
    result = run_lossmon("check", "-", "--json", stdin=keras_output(9))
    assert result.returncode == 0
    assert json.loads(result.stdout)["runs"][0]["evaluations"] == 9
    empty = run_lossmon("check", "-", stdin="no losses here\n")
    assert empty.returncode == 2
    assert empty.stderr.startswith("lossmon: -: no losses found on standard input; ")
    assert is_one_line(empty.stderr)
