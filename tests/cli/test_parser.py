from __future__ import annotations

import pytest
from tests.support.command_line import run_lossmon, run_python

from lossmon.cli import main
from lossmon.cli.parser import parse
from lossmon.core.verdict import Verdict


def test_help_lists_every_command() -> None:
    result = run_lossmon("--help")
    assert result.returncode == 0
    for command in ("watch", "check", "tail", "status", "checkpoints", "demo", "doctor", "completion"):
        assert command in result.stdout


def test_help_imports_neither_numpy_nor_shtab() -> None:
    code = (
        "import sys; from lossmon.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'numpy', 'shtab', 'platformdirs', 'dataclasses'} & sys.modules.keys()"
    )
    result = run_python(code)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--fail-on", "overfiting"],
        ["watch", "--poll", "soon"],
        ["nothing"],
        ["demo", "--speed", "-1"],
        ["completion", "ksh"],
        ["--\x1b]0;x\x07"],
        ["check", "--fail-on", "\x1b]0;x\x07"],
        ["a\nb"],
    ],
)
def test_an_invalid_command_line_exits_with_2_and_one_printable_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error[:-1].isprintable()


def test_fail_on_accepts_every_verdict() -> None:
    verdicts = tuple(verdict.value for verdict in Verdict)
    assert parse(["check", "--fail-on", ",".join(verdicts)]).fail_on == verdicts
