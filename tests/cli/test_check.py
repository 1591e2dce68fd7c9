from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.command_line import is_one_line, run_lossmon, run_python, run_shell
from tests.support.training_logs import keras_output

from lossmon.cli import main


def test_json_is_one_document_with_the_verdict_of_each_run(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(runs), "--json"]) == 0
    verdicts = {run["run"]: run["verdict"] for run in json.loads(capsys.readouterr().out)["runs"]}
    assert verdicts["lstm"] == "overfitting"
    assert verdicts["cnn"] != "overfitting"


def test_without_json_a_table_is_printed(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(runs)]) == 0
    assert "lstm" in capsys.readouterr().out


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


def test_standard_input_is_read_to_its_end() -> None:
    result = run_lossmon("check", "-", "--json", stdin=keras_output(9))
    (run,) = json.loads(result.stdout)["runs"]
    assert (result.returncode, run["evaluations"]) == (0, 9)


def test_standard_input_without_losses_gives_one_error_line() -> None:
    result = run_shell("printf 'no loss\\n' | lossmon check -")
    assert result.returncode == 2
    assert result.stderr.startswith("lossmon: -: no losses found on standard input; ")
    assert is_one_line(result.stderr)
