"""A training that is shown goes on to its end whatever happens to the screen and the terminal."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from tests.support.kept_training import LAST_LINE, SOON, Training, started_in, until
from tests.support.ptys import Terminal, lossmon, modes_left, terminal
from tests.support.training_logs import keras_csv

FOOTER = "quit"
"""Text at the end of the first frame."""
GOES_ON = "the training goes on"


@contextmanager
def shown(training: Training, *options: str, command: list[str] | None = None, then: str = "") -> Iterator[Terminal]:
    """Run a training with a screen in its directory, and afterwards the shell command *then*."""
    words = lossmon("run", "--no-gpu", *options, "--", *(command or training.command()))
    script = f'cd {training.work}; "$@"; echo code=$?; {then}'
    with terminal(in_state_of(training, "bash", "-c", script, "bash", *words)) as screen:
        yield screen


def watching(training: Training, path: str) -> AbstractContextManager[Terminal]:
    """Watch *path* in a terminal of its own; the training may have been started before."""
    return terminal(in_state_of(training, *lossmon("watch", "--no-gpu", path)))


def in_state_of(training: Training, *words: str) -> list[str]:
    """Return the command that lets *words* see the trainings that were started with this one."""
    return ["env", f"XDG_STATE_HOME={training.state}", *words]


def lossmon_processes(screen: Terminal) -> list[int]:
    """Return the supervisor and the screen."""
    return [pid for pid in screen.processes() if b"lossmon\0run" in Path(f"/proc/{pid}/cmdline").read_bytes()[:60]]


def test_q_leaves_the_screen_and_the_training_goes_on_to_its_end(training: Training) -> None:
    with shown(training) as screen:
        screen.shows(FOOTER)
        screen.send(b"q")
        screen.shows(GOES_ON)
        screen.shows(f"\n  lossmon watch {training.record[0]['log']}")
        screen.shows(f"\n  kill -TERM -{training.record[1]['pid']}")
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
    with terminal(in_state_of(training, "bash", "--norc", "--noprofile", "--noediting", "-i"), PS1="$ ") as screen:
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


def test_ctrl_c_in_a_screen_of_a_training_that_was_started_before_says_that_it_goes_on(training: Training) -> None:
    with started_in(training) as process:
        with watching(training, training.record[0]["log"]) as screen:
            screen.shows("epoch 6")
            screen.send(b"\x03")
            screen.shows(f"the training goes on as process {training.record[1]['pid']}")
            assert screen.ends() == 0
        training.go_on()
        assert process.wait(SOON) == 0


def test_the_header_names_the_program_and_its_script_without_their_directories(training: Training) -> None:
    script = training.directory / "toy_train.py"
    script.write_text("import time; print('epoch 1 loss: 0.5', flush=True); time.sleep(99)")
    with shown(training, command=[sys.executable, str(script)]) as screen:
        screen.shows(f"{Path(sys.executable).name} toy_train.py")
        screen.send(b"\x03")
        screen.shows("ctrl+c was passed on")
        screen.send(b"q")
        screen.ends()


def test_the_file_with_the_output_shows_the_training_as_run_did(training: Training) -> None:
    with started_in(training) as process:
        with watching(training, training.record[0]["log"]) as screen:
            screen.shows("epoch 6")
            training.go_on()
            screen.shows("ended")
            screen.send(b"q")
            assert screen.ends() == 0
        assert process.wait(SOON) == 0


def test_watch_lists_every_training_that_runs_in_the_directory(training: Training) -> None:
    with started_in(training, "--log", str(training.directory / "one.log")) as one:
        with started_in(training, "--log", str(training.directory / "two.log")) as two:
            with watching(training, str(training.work)) as screen:
                screen.shows("one.log")
                screen.shows("two.log")
                screen.send(b"q")
                assert screen.ends() == 0
            two.terminate()
        one.terminate()
