"""What a person sees when the command line, the configuration or the output is not as it should be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lossmon.cli import main

ROWS = "\n".join(["epoch,loss,val_loss", *(f"{i},{0.9**i},{0.95**i}" for i in range(6)), ""])
COMMANDS = ("check", "check --json", "status", "doctor --no-gpu", "completion bash", "--version")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "training.log"
    path.write_text(ROWS)
    return path


def shell(command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run *command*, in which ``lossmon`` is the program, in a shell."""
    return subprocess.run(
        ["bash", "-c", f'lossmon() {{ "{sys.executable}" -m lossmon "$@"; }}; {command}'],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environ},
    )


def is_one_line(error: str) -> bool:
    return error.startswith("lossmon: ") and error.count("\n") == 1 and error[:-1].isprintable()


@pytest.mark.parametrize("command", COMMANDS)
def test_output_that_cannot_be_written_is_one_line(log: Path, command: str) -> None:
    found = shell(f"lossmon {command} {'' if command in COMMANDS[4:] else log} >/dev/full")
    assert found.returncode == 2
    assert found.stderr == "lossmon: standard output: cannot be written: No space left on device\n"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&- >&- 2>&-", "2>&-"])
def test_a_closed_stream_is_no_error(log: Path, command: str, closed: str) -> None:
    found = shell(f"lossmon {command} {'' if command in COMMANDS[4:] else log} {closed}")
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_is_not_there_is_no_error(log: Path, command: str) -> None:
    found = shell(f"lossmon {command} {'' if command in COMMANDS[4:] else log} | true; exit ${{PIPESTATUS[0]}}")
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.parametrize("path", ["n" * 300, "n/" * 3000, "\x1b]0;title\x07", "a\nb", "\u202eabc", "\udcff"])
@pytest.mark.parametrize("command", ["check", "tail", "watch", "status", "doctor"])
def test_a_path_that_cannot_be_is_one_harmless_line(
    command: str, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, path]) == 2
    assert is_one_line(capsys.readouterr().err)


def test_a_path_that_may_not_be_looked_at_is_one_line(
    log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(self: Path, **_: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "stat", refuse)
    assert main(["check", str(log)]) == 2
    assert capsys.readouterr().err.startswith(f"lossmon: {log}: permission denied; ")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty so far"),
        (b"hello\n", "not a training log of a known format"),
        (b"\x1f\x8b\x08", "compressed; unpack it to have it read"),
    ],
)
def test_of_one_file_that_is_no_log_it_is_said_why(
    tmp_path: Path, content: bytes, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log.csv"
    file.write_bytes(content)
    assert main(["check", str(file)]) == 2
    assert capsys.readouterr().err == f"lossmon: {file}: {reason}; lossmon doctor {file} says what is there\n"


@pytest.mark.parametrize("arguments", [["--\x1b]0;x\x07"], ["check", "--fail-on", "\x1b]0;x\x07"], ["a\nb"]])
def test_what_is_no_option_is_one_harmless_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error[:-1].isprintable()


def test_a_directory_with_a_hostile_name_that_holds_no_log_is_one_harmless_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "\x1b]0;title\x07").mkdir()
    assert main(["check", str(tmp_path / "\x1b]0;title\x07")]) == 2
    assert is_one_line(capsys.readouterr().err)


@pytest.mark.parametrize(
    "text",
    [
        'x = "banana"', "poll = 0", "poll = -1", "poll = nan", "poll = true", 'poll = "1"', "poll = 1e9", "train = 5",
        "[a]\nb = 1", "a =", "\x00", "a = " + "[" * 5000, "#" * 70_000, '"\\u001b]0;x" = 1',
    ],
)  # fmt: skip
def test_a_configuration_that_makes_no_sense_is_one_line(
    log: Path, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lossmon.toml"
    file.write_text(text)
    assert main(["check", str(log), "--config", str(file)]) == 2
    assert is_one_line(capsys.readouterr().err)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/full", "/", "/nowhere/at/all"])
def test_what_is_no_configuration_is_one_line(log: Path, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(log), "--config", path]) == 2
    assert is_one_line(capsys.readouterr().err)


def test_nothing_as_configuration_leaves_out_the_usual_one(log: Path, tmp_path: Path) -> None:
    (tmp_path / "lossmon").mkdir()
    (tmp_path / "lossmon" / "config.toml").write_text("nonsense = 1\n")
    assert shell(f"lossmon check {log}", XDG_CONFIG_HOME=str(tmp_path)).returncode == 2
    assert shell(f"lossmon check {log} --config /dev/null", XDG_CONFIG_HOME=str(tmp_path)).returncode == 0


@pytest.mark.parametrize("home", ["/dev/null/home", "", "/dev/null", "/x" * 3000])
def test_without_a_home_everything_works(log: Path, home: str) -> None:
    places = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"), home)
    for command in ("check", "status"):
        found = shell(f"lossmon {command} {log}", **places)
        assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_ended_by_a_signal_it_leaves_no_copy_of_standard_input(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "lossmon", "tail", "-", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(ROWS.encode())
        program.stdin.flush()
        program.stdout.readline()
        assert len(list(tmp_path.iterdir())) == 1
        program.send_signal(number)
        assert program.wait(10) == code
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["true", "printf 'no loss\\n'", "head -c 100000 /dev/urandom"])
def test_standard_input_without_a_loss_is_one_line(command: str) -> None:
    found = shell(f"{command} | lossmon tail -")
    assert found.returncode == 2
    assert found.stderr.startswith("lossmon: -: no losses came; ")
    assert is_one_line(found.stderr)


def test_standard_input_that_cannot_be_kept_holds_up_nobody_and_is_one_line() -> None:
    rows = ROWS.replace("\n", "\\n")
    found = shell(f'ulimit -f 64; (printf "{rows}"; head -c 3000000 /dev/zero; echo >&2 done) | lossmon tail - --json')
    assert found.returncode == 2
    assert '"x": 5' in found.stdout
    done, error = found.stderr.splitlines(keepends=True)
    assert done == "done\n"
    assert error.startswith("lossmon: -: not all of it could be kept: File too large; ")


def test_without_a_place_for_temporary_files_it_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TMPDIR", "/dev/null")
    assert main(["demo"]) == 2
    assert is_one_line(capsys.readouterr().err)
