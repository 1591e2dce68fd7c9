"""Without a screen ``lossmon run`` passes on the output, the signals and the exit code, and still survives its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.command_line import TIMEOUT, is_one_line, run_lossmon
from tests.support.kept_training import LAST_LINE, SOON, Training, run_in, started_in, until
from tests.support.ptys import lossmon


def run_command(training: Training, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command that runs lossmon, without a terminal and without input."""
    return subprocess.run(
        words, capture_output=True, text=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL, env=training.environ
    )


def test_without_a_terminal_the_output_is_passed_on_and_the_program_still_writes_to_one(training: Training) -> None:
    code = "import os, sys\nprint(sys.stdout.isatty(), sys.stderr.isatty(), *os.get_terminal_size())\nsys.exit(3)"
    result = run_in(training, "--columns", "99", "--", sys.executable, "-c", code, COLUMNS="7")
    assert (result.returncode, result.stdout) == (3, "True True 99 40\n")
    assert training.lines == ["True True 99 40"]
    assert training.record[0]["log"] in result.stderr
    assert (training.state / "lossmon").stat().st_mode & 0o777 == 0o700
    assert Path(training.record[0]["log"]).stat().st_mode & 0o777 == 0o600


def test_a_training_that_a_signal_ends_gives_128_and_its_number(training: Training) -> None:
    result = run_in(training, "--", "sh", "-c", "kill -9 $$")
    assert result.returncode == 128 + 9
    assert "ended by SIGKILL" in result.stderr


def test_standard_input_that_is_no_terminal_goes_to_the_training(training: Training) -> None:
    result = run_lossmon("run", "--", "cat", stdin="a question answered\n", XDG_STATE_HOME=str(training.state))
    assert result.stdout == "a question answered\n"


def test_the_training_gets_the_environment_and_the_open_files_of_the_user(training: Training) -> None:
    code = "import os; print(sorted(k for k in os.environ if k != 'XDG_STATE_HOME'), sorted(os.listdir('/dev/fd')))"
    result = run_in(training, "--", sys.executable, "-c", code)
    expected = sorted(name for name in os.environ if name not in ("XDG_STATE_HOME", "COLUMNS", "LINES"))
    assert result.stdout == f"{expected} {['0', '1', '2', '3']}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--", "no-such-command"], 127, "no-such-command: command not found"),
        (["--", "/"], 126, "/: is a directory"),
        (["--", "{work}/text"], 126, "permission denied"),
        (["--", "{work}/damaged"], 126, "exec format error"),
        (["python", "train.py"], 2, "the command to start comes after --: lossmon run -- python train.py"),
        ([], 2, "the command to start comes after --: lossmon run -- python train.py"),
        (["--"], 2, "no command after --"),
        (["--watch", "/nowhere", "--", "true"], 2, "/nowhere: no such file or directory"),
        (["--log", "/", "--", "true"], 2, "/: not a regular file"),
        (["--columns", "0", "--", "true"], 2, "'0' is not a number of columns"),
    ],
)
def test_what_cannot_be_started_is_said_in_one_line_with_the_exit_code_of_a_shell(
    arguments: list[str], code: int, message: str, training: Training
) -> None:
    (training.work / "text").write_text("no program\n")
    (training.work / "damaged").write_bytes(b"\0\1\2")
    (training.work / "damaged").chmod(0o700)
    result = run_lossmon(
        "run", *(word.format(work=training.work) for word in arguments), XDG_STATE_HOME=str(training.state)
    )
    assert result.returncode == code
    assert is_one_line(result.stderr.replace("lossmon run: ", "lossmon: ", 1))
    assert message in result.stderr
    assert not [*training.state.glob("lossmon/runs/*")]


def test_a_file_that_is_named_is_added_to_and_only_the_new_part_is_printed(training: Training) -> None:
    log = training.work / "out.log"
    log.write_text("before\n")
    result = run_in(training, "--log", str(log), "--", "echo", "after")
    assert result.stdout == "after\n"
    assert log.read_text() == "before\nafter\n"


def test_a_full_disk_does_not_stop_the_training_and_all_is_passed_on(training: Training) -> None:
    flood = "seq 400000"
    limited = f'ulimit -f 100; exec {" ".join(lossmon("run"))} -- sh -c "$1"'
    result = run_command(training, "bash", "-c", limited, "bash", f"{flood}; exit 4")
    assert result.returncode == 4
    notice = "\nlossmon: the output is not kept for now: File too large\n"
    assert result.stdout.count(notice) == 1
    assert result.stdout.replace(notice, "") == "".join(f"{number}\n" for number in range(1, 400_001))
    lost = 2_688_895 - (100 << 10)
    assert f"is in {training.record[0]['log']}, but for {lost} bytes that it did not take" in result.stderr
    assert training.record[1]["problem"] == "File too large"


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 128 + 15), (signal.SIGINT, 128 + 2), (signal.SIGUSR1, 128 + 10)]
)
def test_without_a_terminal_signals_go_to_the_training(number: int, status: int, training: Training) -> None:
    with started_in(training) as process:
        process.send_signal(number)
        assert process.wait(SOON) == status
        assert training.record[1]["status"] == 128 - status


def test_a_request_to_end_lossmon_ends_all_processes_of_the_training(training: Training) -> None:
    script = (
        f"trap 'exit 3' TERM; (trap 'echo the child ends; exit' TERM; echo ready; read _ <{training.directory}/gate)"
    )
    process = subprocess.Popen(
        lossmon("run", "--", "sh", "-c", script),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=training.environ,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert process.wait(SOON) == 3
        assert b"the child ends\n" in process.stdout.read()


def test_without_a_screen_the_loss_of_the_terminal_ends_only_lossmon(training: Training) -> None:
    with started_in(training) as process:
        process.send_signal(signal.SIGHUP)
        assert process.wait(SOON) == 128 + signal.SIGHUP
        training.go_on()
        until(lambda: training.has_ended)
        assert training.lines[-1] == LAST_LINE


def test_a_reader_of_the_output_that_goes_away_does_not_end_the_training(training: Training) -> None:
    with started_in(training) as process:
        assert process.stdout is not None
        process.stdout.close()
        training.go_on()
        process.wait(SOON)
        until(lambda: training.has_ended)
        assert training.record[1]["status"] == 0


@pytest.mark.parametrize(("prefix", "expected"), [("", "SIG_DFL"), ("nohup", "SIG_IGN")])
def test_the_training_ignores_the_signals_that_it_would_ignore_without_lossmon(
    prefix: str, expected: str, training: Training
) -> None:
    code = "import signal; print(signal.getsignal(signal.SIGHUP).name, signal.getsignal(signal.SIGTERM).name)"
    result = run_command(training, *prefix.split(), *lossmon("run", "--", sys.executable, "-c", code))
    assert result.stdout == f"{expected} SIG_DFL\n"


def test_what_the_training_leaves_in_the_background_goes_on_and_its_output_is_kept(training: Training) -> None:
    gate = training.directory / "gate"
    result = run_in(training, "--", "sh", "-c", f"(read _ <{gate}; echo from the background) & echo started")
    assert result.stdout == "started\n"
    training.go_on()
    until(lambda: training.lines[-1] == "from the background")


def test_a_training_whose_keeper_was_killed_is_said_to_be_gone(training: Training) -> None:
    with started_in(training) as process:
        status = Path(f"/proc/{training.record[1]['pid']}/status").read_text()
        keeper = next(line.split()[1] for line in status.splitlines() if line.startswith("PPid"))
        os.kill(int(keeper), signal.SIGKILL)
        assert process.wait(SOON) == 70
        assert process.stderr is not None
        assert b"the training is gone, and nobody knows how it ended" in process.stderr.read()
