"""A training that ``lossmon run`` started goes on to its end whatever happens to lossmon, and its output is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import is_one_line, run_lossmon
from tests.support.ptys import Terminal, lossmon, modes_left, terminal
from tests.support.training_logs import keras_csv

FOOTER = "quit"
"""Text at the end of the first frame."""
GOES_ON = "the training goes on"
LAST_LINE = "the last line of the training"
SOON = 12.0
"""Seconds after which a test fails that waits for a process."""


class Training:
    """A program that prints six epochs, and its last line when the test lets it go on."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.work, self.state = directory, directory / "work", directory / "state"
        self.work.mkdir()
        os.mkfifo(directory / "gate")

    def command(self, last: str = LAST_LINE, code: int = 0) -> list[str]:
        epochs = "for i in 1 2 3 4 5 6; do echo epoch $i loss: 0.5$i val_loss: 0.6$i; done"
        return ["sh", "-c", f"{epochs}; read _ <{self.directory}/gate; printf '{last}\\n'; exit {code}"]

    def go_on(self) -> None:
        """Let it print its last line and end."""
        (self.directory / "gate").write_text("go\n")

    @property
    def record(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was started, and what is known of it."""
        (path,) = (self.state / "lossmon" / "runs").glob("*.json")
        first, second = path.read_text().splitlines()
        return json.loads(first), json.loads(second)

    @property
    def has_ended(self) -> bool:
        return self.record[1]["ended"] is not None

    @property
    def lines(self) -> list[str]:
        return Path(self.record[0]["log"]).read_text().splitlines()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        os.sched_yield()


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    made = Training(tmp_path)
    yield made
    for path in (made.state / "lossmon" / "runs").glob("*.json"):
        state = json.loads(path.read_text().splitlines()[1])
        if state["ended"] is None and state["pid"]:
            os.kill(state["pid"], signal.SIGKILL)


@contextmanager
def shown(training: Training, *options: str, command: list[str] | None = None, then: str = "") -> Iterator[Terminal]:
    """Run a training with a screen in its directory, and afterwards the shell command *then*."""
    words = lossmon("run", "--no-gpu", *options, "--", *(command or training.command()))
    script = f'cd {training.work}; "$@"; echo code=$?; {then}'
    with terminal(["env", f"XDG_STATE_HOME={training.state}", "bash", "-c", script, "bash", *words]) as screen:
        yield screen


def lossmon_processes(screen: Terminal) -> list[int]:
    """Return the supervisor and the screen."""
    return [pid for pid in screen.processes() if b"lossmon\0run" in Path(f"/proc/{pid}/cmdline").read_bytes()[:60]]


def test_q_leaves_the_screen_and_the_training_goes_on_to_its_end(training: Training) -> None:
    with shown(training) as screen:
        screen.shows(FOOTER)
        screen.send(b"q")
        screen.shows(GOES_ON)
        screen.shows(f"lossmon watch {training.record[0]['log']}")
        screen.shows(f"kill -TERM -{training.record[1]['pid']}")
        screen.shows("code=0")
        screen.ends()
        assert not training.has_ended
        training.go_on()
        until(lambda: training.has_ended)
        assert [len(training.lines), training.lines[-1]] == [7, LAST_LINE]


def test_the_loss_of_the_terminal_does_not_end_the_training(training: Training) -> None:
    with shown(training) as screen:
        screen.shows(FOOTER)
        screen.hang_up()
        screen.process.wait(SOON)
        training.go_on()
        until(lambda: training.has_ended)
        assert training.record[1]["status"] == 0
        assert training.lines[-1] == LAST_LINE


def test_a_training_survives_kill_9_of_lossmon_and_watch_shows_it_again(training: Training) -> None:
    again = f"{' '.join(lossmon('watch', '--no-gpu'))}"
    with shown(training, then=again) as screen:
        screen.shows(FOOTER)
        for pid in lossmon_processes(screen):
            os.kill(pid, signal.SIGKILL)
        screen.shows("code=137")
        screen.output.clear()
        screen.shows(FOOTER)
        screen.send(b"o")
        screen.shows("epoch 6 loss: 0.56 val_loss: 0.66")
        training.go_on()
        screen.shows(LAST_LINE)
        screen.shows("ended")
        screen.send(b"q")
        screen.ends()
        assert [len(training.lines), training.lines[-1]] == [7, LAST_LINE]


def test_no_process_of_the_keeper_is_found_by_the_name_of_lossmon_or_of_the_training(training: Training) -> None:
    with shown(training) as screen:
        screen.shows(FOOTER)
        status = Path(f"/proc/{training.record[1]['pid']}/status").read_text()
        keeper = next(line.split()[1] for line in status.splitlines() if line.startswith("PPid"))
        command = Path(f"/proc/{keeper}/cmdline").read_bytes()
        assert b"lossmon" not in command
        assert b"epoch" not in command
        assert os.getsid(int(keeper)) == int(keeper) != os.getsid(screen.pid)


def test_ctrl_c_interrupts_the_training_and_the_exit_code_is_its_own(training: Training) -> None:
    code = "import time\nprint('ready', flush=True)\ntry: time.sleep(99)\nexcept KeyboardInterrupt: raise SystemExit(7)"
    with shown(training, command=[sys.executable, "-c", code]) as screen:
        screen.shows(FOOTER)
        screen.until(lambda: training.lines == ["ready"])
        screen.send(b"\x03")
        screen.shows("ctrl+c was passed on")
        screen.shows("exit status 7")
        screen.send(b"q")
        screen.shows("code=7")
        screen.ends()


def test_ctrl_c_after_the_end_of_the_training_leaves_the_screen(training: Training) -> None:
    with shown(training, command=training.command(code=5)) as screen:
        screen.shows(FOOTER)
        training.go_on()
        screen.shows("exit status 5")
        screen.send(b"\x03")
        screen.shows("code=5")
        assert f"{LAST_LINE}\r\n".encode() in screen.output
        assert not modes_left(screen.output)
        screen.ends()


def test_ctrl_z_stops_only_the_screen(training: Training) -> None:
    with terminal(
        ["env", f"XDG_STATE_HOME={training.state}", "bash", "--norc", "--noprofile", "--noediting", "-i"], PS1="$ "
    ) as screen:
        screen.shows("$ ")
        script = training.directory / "train.sh"
        script.write_text("\n".join(["#!/bin/sh", training.command()[2]]))
        screen.send(f"{' '.join(lossmon('run', '--no-gpu', '--', 'sh', str(script)))}\n".encode())
        screen.shows(FOOTER)
        screen.send(b"\x1a")
        screen.shows("Stopped")
        training.go_on()
        screen.until(lambda: training.has_ended)
        screen.output.clear()
        screen.send(b"fg\n")
        screen.shows("ended")
        screen.send(b"q")
        screen.shows(f"{LAST_LINE}\r\n")
        screen.shows("$ ")
        screen.send(b"exit\n")
        screen.ends()


def test_a_request_to_end_lossmon_ends_the_training(training: Training) -> None:
    with shown(training) as screen:
        screen.shows(FOOTER)
        os.kill(lossmon_processes(screen)[0], signal.SIGTERM)
        screen.shows("code=143")
        screen.ends()
        assert training.record[1]["status"] == -signal.SIGTERM


def test_a_traceback_marks_the_run_as_failed(training: Training) -> None:
    traceback = 'Traceback (most recent call last):\\n  File "t.py", line 1\\nMemoryError: none left'
    with shown(training, command=training.command(traceback, 1)) as screen:
        screen.shows(FOOTER)
        training.go_on()
        screen.shows("MemoryError: none left")
        screen.shows("failed")
        screen.send(b"q")
        screen.shows("code=1")
        screen.ends()


def test_event_files_that_the_training_writes_are_shown_and_old_runs_are_not(training: Training) -> None:
    old, new = training.work / "old-run.csv", training.work / "new-run.csv"
    old.write_text(keras_csv([0.9, 0.8, 0.7]))
    os.utime(old, (1e9, 1e9))
    source = training.directory / "source.csv"
    source.write_text(keras_csv([0.5, 0.4, 0.3, 0.2]))
    command = ["sh", "-c", f"cp {source} {new}; read _ <{training.directory}/gate"]
    with shown(training, command=command) as screen:
        screen.shows("new-run.csv")
        screen.shows("1 run")
        assert b"old-run" not in screen.output


@pytest.mark.parametrize("then", ["", " ".join(lossmon("watch", "--no-gpu", "."))], ids=["run", "watch"])
def test_output_that_is_kept_in_the_watched_directory_is_shown_once(then: str, training: Training) -> None:
    with shown(training, "--log", "out.log", then=then) as screen:
        screen.shows("epoch 6")
        if then:
            screen.send(b"q")
            screen.shows("code=0")
            screen.output.clear()
            screen.shows("epoch 6")
        screen.shows("1 run")
        assert b"2 runs" not in screen.output


def run_in(training: Training, *arguments: str, **environ: str) -> Any:
    return run_lossmon("run", "--watch", str(training.work), *arguments, XDG_STATE_HOME=str(training.state), **environ)


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


def test_a_full_disk_does_not_stop_the_training(training: Training) -> None:
    flood = "head -c 3000000 /dev/zero | tr '\\0' x | fold -w 100"
    limited = f'ulimit -f 100; exec {" ".join(lossmon("run"))} -- sh -c "$1"'
    result = subprocess.run(
        ["bash", "-c", limited, "bash", f"{flood}; exit 4"],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "XDG_STATE_HOME": str(training.state)},
    )
    assert result.returncode == 4
    assert "the output is lost for now: File too large" in result.stdout
    assert training.record[1]["problem"] == "File too large"


def started_in(training: Training, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a training without a terminal, and return lossmon once it has printed the first lines."""
    process = subprocess.Popen(
        [*lossmon("run", "--watch", str(training.work)), *arguments, "--", *training.command()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "XDG_STATE_HOME": str(training.state)},
    )
    assert process.stdout is not None
    assert process.stdout.read(1) == b"e"
    return process


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
        env={**os.environ, "XDG_STATE_HOME": str(training.state)},
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
    result = subprocess.run(
        [*prefix.split(), *lossmon("run", "--", sys.executable, "-c", code)],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "XDG_STATE_HOME": str(training.state)},
    )
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


def test_the_file_with_the_output_shows_the_training_as_run_did(training: Training) -> None:
    with started_in(training) as process:
        log = training.record[0]["log"]
        command = ["env", f"XDG_STATE_HOME={training.state}", *lossmon("watch", "--no-gpu", log)]
        with terminal(command) as screen:
            screen.shows("epoch 6")
            training.go_on()
            screen.shows("ended")
            screen.send(b"q")
            assert screen.ends() == 0
        assert process.wait(SOON) == 0


def test_watch_lists_every_training_that_runs_in_the_directory(training: Training) -> None:
    with started_in(training, "--log", str(training.directory / "one.log")) as one:
        with started_in(training, "--log", str(training.directory / "two.log")) as two:
            command = ["env", f"XDG_STATE_HOME={training.state}", *lossmon("watch", "--no-gpu", str(training.work))]
            with terminal(command) as screen:
                screen.shows("one.log")
                screen.shows("two.log")
                screen.send(b"q")
                assert screen.ends() == 0
            two.terminate()
        one.terminate()
