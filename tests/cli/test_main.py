"""Exit codes, error messages and standard streams, whatever the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.command_line import is_one_line, run_lossmon, run_python, run_shell

from lossmon.cli import main

COMMANDS = ("check", "check --json", "status", "doctor --no-gpu", "completion bash", "--version")
WITHOUT_PATH = COMMANDS[4:]


def test_a_missing_path_gives_one_error_line(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("check", "watch", "tail", "status", "doctor"):
        assert main([command, "nowhere/at/all"]) == 2
        error = capsys.readouterr().err
        assert error.startswith("lossmon: nowhere/at/all: no such file or directory; ")
        assert error.count("\n") == 1


@pytest.mark.parametrize("path", ["n" * 300, "n/" * 3000, "\x1b]0;title\x07", "a\nb", "\u202eabc", "\udcff"])
@pytest.mark.parametrize("command", ["check", "tail", "watch", "status", "doctor"])
def test_an_impossible_path_gives_one_printable_error_line(
    command: str, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, path]) == 2
    assert is_one_line(capsys.readouterr().err)


def test_a_path_without_permission_gives_one_error_line(
    log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(self: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "stat", refuse)
    assert main(["check", str(log)]) == 2
    assert capsys.readouterr().err.startswith(f"lossmon: {log}: permission denied; ")


def test_without_a_terminal_watch_gives_one_error_line_without_escape_sequences(runs: Path) -> None:
    result = run_lossmon("watch", str(runs))
    assert result.returncode == 2
    assert "lossmon tail" in result.stderr
    assert "\x1b" not in result.stdout + result.stderr


def test_without_a_directory_for_temporary_files_demo_gives_one_error_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TMPDIR", "/dev/null")
    assert main(["demo"]) == 2
    assert is_one_line(capsys.readouterr().err)


def test_demo_never_writes_into_a_directory_that_exists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--keep", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"lossmon: {tmp_path}: already exists; ")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("home", ["/dev/null/home", "", "/dev/null", "/x" * 3000])
def test_without_a_home_directory_every_command_works(log: Path, home: str) -> None:
    variables = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"), home)
    for command in ("check", "status"):
        result = run_shell(f"lossmon {command} {log}", **variables)
        assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_gives_one_error_line(log: Path, command: str) -> None:
    result = run_shell(f"lossmon {command} {'' if command in WITHOUT_PATH else log} >/dev/full")
    assert result.returncode == 2
    assert result.stderr == "lossmon: standard output: cannot be written: No space left on device\n"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&- >&- 2>&-", "2>&-"])
def test_a_closed_standard_stream_is_not_an_error(log: Path, command: str, closed: str) -> None:
    result = run_shell(f"lossmon {command} {'' if command in WITHOUT_PATH else log} {closed}")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_that_nobody_reads_is_not_an_error(log: Path, command: str) -> None:
    path = "" if command in WITHOUT_PATH else log
    result = run_shell(f"lossmon {command} {path} | true; exit ${{PIPESTATUS[0]}}")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_pipe_that_is_closed_after_one_line_is_not_an_error(runs: Path) -> None:
    assert run_shell(f"lossmon check {runs} --json | head -1").stderr == ""


def test_an_interrupt_while_a_command_is_imported_gives_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("importlib.import_module", interrupt)
    assert main(["check"]) == 130


def test_version_prints_the_installed_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("lossmon 0.")


@pytest.mark.parametrize(
    "command", [["--help"], ["check", "{runs}"], ["check", "{runs}", "--json"], ["doctor", "{runs}"]]
)
def test_only_the_screen_imports_textual_or_rich(runs: Path, command: list[str]) -> None:
    code = (
        "import sys; from lossmon.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "assert not {'textual', 'rich', 'tensorboard'} & sys.modules.keys()"
    )
    result = run_python(code, *(part.format(runs=runs) for part in command))
    assert result.returncode == 0, result.stderr
