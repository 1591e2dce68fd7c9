"""A program whose output is watched goes on to its end whatever happens to lossmon, and its output is never lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.command_line import run_shell
from tests.support.ptys import Terminal, lossmon, modes_left, terminal

FOOTER = "quit"
"""Text at the end of the first frame."""
GOES_ON = "the program goes on"
LAST_LINE = "the last line of the program"


class Program:
    """A pipeline of a program and lossmon: the program prints six epochs, and the rest when the test lets it go on."""

    def __init__(self, shown: Terminal, directory: Path) -> None:
        self.shown, self._gate, self._done = shown, directory / "gate", directory / "done"

    @property
    def has_ended(self) -> bool:
        """Whether it reached its end, and was not ended by a signal."""
        return self._done.exists()

    def go_on(self) -> None:
        """Let it print its last lines and end."""
        self._gate.write_text("go\n")
        self.shown.until(lambda: self.has_ended)

    def processes_of_lossmon(self) -> list[int]:
        """Return the supervisor and the screen."""
        return [pid for pid in self.shown.processes()[1:] if b"lossmon\0watch" in _command(pid)]

    def keepers(self) -> list[bytes]:
        """Return the command lines of the shells that lossmon has started."""
        return [command for pid in self.shown.processes() if (command := _command(pid)).startswith(b"sh\0")]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


@contextmanager
def watched(directory: Path, *options: str, shell: str = "bash", last: str = LAST_LINE) -> Iterator[Program]:
    os.mkfifo(directory / "gate")
    epochs = "for i in 1 2 3 4 5 6; do echo epoch $i loss: 0.5$i val_loss: 0.6$i; done"
    program = f"{epochs}; read _ <{directory}/gate; printf '{last}\\n'; echo $? >{directory}/done"
    script = f"({program}) 2>&1 | {' '.join(lossmon('watch', '--no-gpu', *options, '-'))}; echo code=$?"
    with terminal([shell, "-c", script]) as shown:
        shown.shows(FOOTER)
        yield Program(shown, directory)


@pytest.mark.parametrize("key", [b"q", b"\x03", b"\x1a"], ids=["q", "ctrl+c", "ctrl+z"])
def test_a_key_leaves_the_screen_and_the_rest_of_the_output_goes_to_the_terminal(key: bytes, tmp_path: Path) -> None:
    with watched(tmp_path) as program:
        program.shown.output.clear()
        program.shown.send(key)
        program.shown.shows(GOES_ON)
        assert b"epoch 6 loss: 0.56 val_loss: 0.66\r\n" in program.shown.output
        program.go_on()
        program.shown.shows(LAST_LINE)
        assert program.shown.ends() == 0
        assert b"code=0" in program.shown.output


@pytest.mark.parametrize("victims", [slice(1), slice(1, None), slice(None)], ids=["supervisor", "screen", "both"])
def test_a_kill_of_lossmon_restores_the_terminal_and_the_rest_goes_to_it(victims: slice, tmp_path: Path) -> None:
    with watched(tmp_path) as program:
        program.shown.output.clear()
        for pid in program.processes_of_lossmon()[victims]:
            os.kill(pid, signal.SIGKILL)
        program.shown.shows(GOES_ON)
        program.shown.shows("epoch 6 loss: 0.56 val_loss: 0.66\r\n")
        assert not modes_left(program.shown.output)
        program.go_on()
        program.shown.shows(LAST_LINE)
        program.shown.ends()
        assert program.shown.is_as_before()


def test_a_kill_of_everything_called_lossmon_spares_the_shell_that_keeps_the_pipe_open(tmp_path: Path) -> None:
    with watched(tmp_path) as program:
        (command,) = program.keepers()
        assert b"lossmon" not in command


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_request_to_end_ends_only_the_screen(number: signal.Signals, tmp_path: Path) -> None:
    with watched(tmp_path) as program:
        supervisor = program.processes_of_lossmon()[0]
        os.kill(supervisor, number)
        program.shown.shows(GOES_ON)
        os.kill(supervisor, number)
        program.go_on()
        program.shown.shows(LAST_LINE)
        assert program.shown.ends() == 0


def test_ctrl_c_after_the_screen_was_left_interrupts_the_program(tmp_path: Path) -> None:
    with watched(tmp_path) as program:
        program.shown.send(b"q")
        program.shown.shows(GOES_ON)
        program.shown.send(b"\x03")
        program.shown.ends()
        assert not program.has_ended


def test_a_hangup_of_the_terminal_does_not_end_a_program_that_ignores_it(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with watched(tmp_path) as program:
            program.shown.hang_up()
            (tmp_path / "gate").write_text("go\n")
            program.shown.process.wait(10)
            assert program.has_ended
    finally:
        signal.signal(signal.SIGHUP, before)


def test_with_log_all_of_the_output_is_in_the_file_and_only_its_end_on_the_terminal(tmp_path: Path) -> None:
    log = tmp_path / "out.log"
    log.write_text("before\n")
    with watched(tmp_path, "--log", str(log)) as program:
        program.shown.send(b"q")
        program.shown.shows(f"is added to {log}")
        program.go_on()
        program.shown.ends()
        assert LAST_LINE.encode() in program.shown.output
    first, *epochs, last = log.read_text().splitlines()
    assert (first, len(epochs), last) == ("before", 6, LAST_LINE)


def test_what_a_full_disk_keeps_out_of_the_log_is_passed_on_and_counted(tmp_path: Path) -> None:
    log = tmp_path / "out.log"
    done = run_shell(f"seq 20000 | (ulimit -f 8; TERM=dumb lossmon watch --log {log} -)")
    missing = len("".join(f"{number}\n" for number in range(1, 20_001))) - log.stat().st_size
    assert log.stat().st_size == 8 << 10
    assert f"{log} cannot be written: {missing} bytes of the output are missing at its end" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["TERM=dumb"], "no terminal to draw on"),
        (["--log", "/"], "/: not a regular file; give another file with --log"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["--config", "/nowhere"], "/nowhere: cannot be read: No such file or directory"),
        (["/nowhere"], "/nowhere: no such file or directory"),
    ],
)
def test_whatever_is_wrong_with_the_command_the_output_is_passed_on(
    options: list[str], message: str, tmp_path: Path
) -> None:
    variables = [option for option in options if option.startswith("TERM=")]
    others = [option for option in options if option not in variables]
    command = " ".join([*variables, *lossmon("watch", *others, "-")])
    script = f"(echo loss: 0.5; echo $? >{tmp_path}/done) | {command}; echo code=$?"
    with terminal(["bash", "-c", script]) as shown:
        shown.ends()
        assert message.encode() in shown.output
        assert b"loss: 0.5\r\n" in shown.output
        assert b"code=2" in shown.output
        assert (tmp_path / "done").read_text() == "0\n"


def test_a_crash_of_the_screen_does_not_end_the_program(tmp_path: Path) -> None:
    (tmp_path / "textual").mkdir()
    (tmp_path / "textual" / "__init__.py").write_text("1 / 0\n")
    command = f"PYTHONPATH={tmp_path}:$PYTHONPATH {' '.join(lossmon('watch', '--no-gpu', '-'))}"
    with terminal(["bash", "-c", f"(echo loss: 0.5; echo $? >{tmp_path}/done) | {command}; echo code=$?"]) as shown:
        shown.ends()
        assert b"lossmon: internal error: ZeroDivisionError" in shown.output
        assert b"loss: 0.5\r\n" in shown.output
        assert b"code=70" in shown.output
        assert (tmp_path / "done").read_text() == "0\n"


def test_the_screen_says_that_the_program_failed_and_shows_its_last_lines(tmp_path: Path) -> None:
    traceback = 'Traceback (most recent call last):\\n  File "t.py", line 1\\n\\033]0;title\\007MemoryError: none left'
    with watched(tmp_path, last=traceback) as program:
        program.go_on()
        program.shown.shows("MemoryError: none left")
        program.shown.output.clear()
        program.shown.send(b"o")
        program.shown.shows("Traceback (most recent call last)")
        assert b"left\x1b" in program.shown.output or b"left" in program.shown.output
        assert b"\x1b]0;title" not in program.shown.output
        program.shown.output.clear()
        program.shown.send(b"q")
        assert program.shown.ends() == 0
        assert b"MemoryError: none left\r\n" in program.shown.output.rpartition(b"\x1b[?25h")[2]
        assert b"title" not in program.shown.output.rpartition(b"\x1b[?25h")[2]


def test_ctrl_z_after_the_screen_was_left_stops_the_pipeline_and_fg_continues_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    program = f"echo epoch 1 loss: 0.5; read _ <{tmp_path}/gate; echo {LAST_LINE}"
    with terminal(["bash", "--norc", "--noprofile", "--noediting", "-i"], PS1="$ ") as shown:
        shown.shows("$ ")
        shown.send(f"({program}) | {' '.join(lossmon('watch', '--no-gpu', '-'))}\n".encode())
        shown.shows(FOOTER)
        shown.send(b"q")
        shown.shows(GOES_ON)
        shown.output.clear()
        shown.send(b"\x1a")
        shown.shows("Stopped")
        shown.output.clear()
        shown.send(b"fg\n")
        shown.shows("lossmon")
        (tmp_path / "gate").write_text("go\n")
        shown.shows(f"{LAST_LINE}\r\n$ ")
        shown.send(b"exit\n")
        shown.ends()


def test_a_screen_in_the_background_waits_for_the_terminal_and_the_program_does_not(tmp_path: Path) -> None:
    program = f"head -c 3000000 /dev/zero; echo $? >{tmp_path}/done"
    with terminal(["bash", "--norc", "--noprofile", "--noediting", "-i"], PS1="$ ") as shown:
        shown.shows("$ ")
        shown.send(f"({program}) | {' '.join(lossmon('watch', '--no-gpu', '-'))} &\n".encode())
        shown.until((tmp_path / "done").exists)
        shown.send(b"fg\n")
        shown.shows(FOOTER)
        shown.output.clear()
        shown.send(b"q")
        shown.shows("$ ")
        shown.send(b"exit\n")
        shown.ends()


def test_a_stop_of_the_whole_pipeline_from_outside_can_be_continued(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    program = f"echo epoch 1 loss: 0.5; read _ <{tmp_path}/gate"
    with terminal(["bash", "--norc", "--noprofile", "--noediting", "-i"], PS1="$ ") as shown:
        shown.shows("$ ")
        shown.send(f"({program}) | {' '.join(lossmon('watch', '--no-gpu', '-'))}\n".encode())
        shown.shows(FOOTER)
        shown.output.clear()
        os.killpg(os.tcgetpgrp(shown.master), signal.SIGTSTP)
        shown.shows("Stopped")
        assert not modes_left(b"\x1b[?1049h\x1b[?25l" + shown.output)
        shown.output.clear()
        shown.send(b"fg\n")
        shown.shows(FOOTER)
        (tmp_path / "gate").write_text("go\n")
        shown.shows("ended")
        shown.output.clear()
        shown.send(b"q")
        shown.shows("$ ")
        shown.send(b"exit\n")
        shown.ends()


def test_a_screen_that_is_stopped_does_not_stop_the_program(tmp_path: Path) -> None:
    flood = "head -c 20000000 /dev/zero | tr '\\0' x | fold -w 8000"
    program = f"echo epoch 1 loss: 0.5; read _ <{tmp_path}/gate; {flood}; echo $? >{tmp_path}/done"
    os.mkfifo(tmp_path / "gate")
    with terminal(
        ["bash", "-c", f"({program}) | {' '.join(lossmon('watch', '--no-gpu', '-'))}; echo code=$?"]
    ) as shown:
        shown.shows(FOOTER)
        _, screen = Program(shown, tmp_path).processes_of_lossmon()
        os.kill(screen, signal.SIGSTOP)
        (tmp_path / "gate").write_text("go\n")
        shown.until((tmp_path / "done").exists)
        os.kill(screen, signal.SIGCONT)
        shown.send(b"o/are left out\r")
        shown.shows("here: the screen did not read them")
        shown.send(b"q")
        assert shown.ends() == 0
