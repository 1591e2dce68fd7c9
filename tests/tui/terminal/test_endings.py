"""However the screen ends, the terminal is restored, and the exit code says how it ended."""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.support.ptys import Terminal, live, lossmon, modes_left, terminal

FOOTER = "quit"
"""Text at the end of the first frame."""
SOON = 3.0
"""Seconds within which the screen must end."""


def test_q_ends_the_screen_and_restores_the_terminal_at_once() -> None:
    with terminal(live("1")) as shown:
        shown.shows(FOOTER)
        shown.send(b"q")
        assert shown.ends(SOON) == 0
        assert shown.is_as_before()
        assert shown.output.endswith(b"\x1b[?25h")


def test_q_returns_to_the_prompt_although_the_screen_cannot_end() -> None:
    with terminal(live("1", "--lingers")) as shown:
        shown.shows(FOOTER)
        child = shown.screen_pid
        shown.send(b"q")
        assert shown.ends(SOON) == 0
        assert shown.is_as_before()
        shown.until(lambda: not Path(f"/proc/{child}").exists(), SOON)


def test_keys_before_the_first_frame_are_handled() -> None:
    with terminal(live("1")) as shown:
        shown.send(b"qq")
        assert shown.ends() == 0
        assert shown.is_as_before()


def test_each_termination_signal_ends_the_screen() -> None:
    with ExitStack() as stack:
        numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
        for number, shown in [(number, stack.enter_context(terminal(live("1")))) for number in numbers]:
            shown.shows(FOOTER)
            os.kill(shown.pid, number)
            assert shown.ends(SOON) == 128 + number
            assert shown.is_as_before()


def test_a_screen_that_is_killed_leaves_a_restored_terminal_and_a_message() -> None:
    with ExitStack() as stack:
        numbers = (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT)
        for number, shown in [(number, stack.enter_context(terminal(live("1")))) for number in numbers]:
            shown.shows(FOOTER)
            os.kill(shown.screen_pid, number)
            assert shown.ends(SOON) == 128 + number
            assert shown.is_as_before()
            assert f"lossmon: the screen was ended by {number.name}; training is not affected".encode() in shown.output


def test_a_screen_that_ignores_a_termination_signal_is_killed() -> None:
    with terminal(live("1")) as shown:
        shown.shows(FOOTER)
        child = shown.screen_pid
        os.kill(child, signal.SIGSTOP)
        os.kill(shown.pid, signal.SIGTERM)
        os.kill(child, signal.SIGSTOP)
        assert shown.ends(8.0) in (128 + signal.SIGTERM, 128 + signal.SIGKILL)
        assert shown.is_as_before()


def test_a_screen_whose_supervisor_was_killed_ends_too() -> None:
    with terminal(live("1")) as shown:
        shown.shows(FOOTER)
        child = shown.screen_pid
        os.kill(shown.pid, signal.SIGKILL)
        shown.until(lambda: not Path(f"/proc/{child}").exists(), SOON)
        assert not modes_left(shown.output)


@pytest.mark.parametrize("ignored", [False, True])
def test_a_hangup_of_the_terminal_ends_the_screen(ignored: bool) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN) if ignored else None
    try:
        with terminal(live("1")) as shown:
            shown.shows(FOOTER)
            shown.hang_up()
            assert shown.process.wait(SOON) == 128 + signal.SIGHUP
    finally:
        if before is not None:
            signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("shell", ['"$@"; true', 'trap "" HUP; "$@"; true'])
def test_a_hangup_ends_the_screen_below_a_shell_that_leads_the_session(shell: str) -> None:
    with terminal(["sh", "-c", shell, "sh", *live("1")]) as shown:
        shown.shows(FOOTER)
        screen_and_supervisor = [os.pidfd_open(pid) for pid in shown.processes()[1:]]
        shown.hang_up()
        for process in screen_and_supervisor:
            assert select.select([process], [], [], 2 * SOON)[0]
            os.close(process)


@pytest.mark.parametrize("where", ["screen", "thread"])
def test_a_crash_is_reported_in_one_line_without_values_and_with_exit_code_70(where: str, tmp_path: Path) -> None:
    with terminal(live("1", "--fail", where), TMPDIR=str(tmp_path)) as shown:
        if where == "screen":
            shown.shows(FOOTER)
            shown.send(b"l")
        assert shown.ends(20) == 70
        assert shown.is_as_before()
        last = bytes(shown.output).rpartition(b"\x1b[?25h")[2].decode()
    (traceback,) = tmp_path.glob("lossmon-*.txt")
    error = "in the reader" if where == "thread" else "on the screen"
    assert last == f"lossmon: internal error: ZeroDivisionError: {error}; details in {traceback}\r\n"
    assert "Traceback" in traceback.read_text()
    assert "hunter2" not in bytes(shown.output).decode() + traceback.read_text().replace('= "hunter2"', "")


def test_after_twenty_stops_and_continues_the_screen_works_without_more_threads() -> None:
    with terminal(["bash", "--norc", "--noprofile", "--noediting", "-i"], PS1="$ ") as shown:
        shown.shows("$ ")
        shown.send(b" ".join(part.encode() for part in live("1")) + b"\n")
        shown.shows(FOOTER)
        threads = screen_threads(shown)
        for _ in range(20):
            shown.output.clear()
            shown.send(b"\x1a")
            shown.shows("Stopped")
            assert not modes_left(shown.output)
            shown.output.clear()
            shown.send(b"fg\n")
            shown.shows(FOOTER)
        assert screen_threads(shown) <= threads
        shown.output.clear()
        shown.send(b"q")
        shown.shows("$ ")
        shown.send(b"echo code=$?; exit\n")
        shown.shows("code=0")


def test_a_signal_during_the_start_leaves_the_terminal_unchanged() -> None:
    with ExitStack() as stack:
        for shown in [stack.enter_context(terminal(live("1"))) for _ in range(4)]:
            shown.read(0.2)
            os.kill(shown.pid, signal.SIGTERM)
            assert shown.ends(SOON) in (-signal.SIGTERM, 128 + signal.SIGTERM)
            assert shown.is_as_before()


def screen_threads(shown: Terminal) -> int:
    return len(list(Path(f"/proc/{shown.processes()[-1]}/task").iterdir()))


def test_after_sigstop_and_sigcont_from_outside_the_screen_repaints_and_quits() -> None:
    with terminal(live("0")) as shown:
        shown.shows(FOOTER)
        for _ in range(3):
            shown.output.clear()
            for pid in shown.processes():
                os.kill(pid, signal.SIGSTOP)
            for pid in shown.processes():
                os.kill(pid, signal.SIGCONT)
            shown.shows(FOOTER)
        for _ in range(30):
            os.kill(shown.screen_pid, signal.SIGCONT)
        shown.send(b"q")
        started = time.monotonic()
        assert shown.ends(SOON) == 0
        assert time.monotonic() - started < SOON
        assert shown.is_as_before()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_demo_whose_screen_is_killed_leaves_no_files(number: signal.Signals, tmp_path: Path) -> None:
    with terminal(lossmon("demo", "--no-gpu"), TMPDIR=str(tmp_path)) as shown:
        shown.shows(FOOTER)
        assert any(tmp_path.iterdir())
        os.kill(shown.screen_pid, number)
        assert shown.ends(SOON) == 128 + number
    assert not any(tmp_path.iterdir())


def test_the_screen_stops_in_the_background_and_continues_in_the_foreground() -> None:
    with terminal(["bash", "--norc", "--noprofile", "--noediting", "-i"], PS1="$ ") as shown:
        shown.shows("$ ")
        shown.send(b" ".join(part.encode() for part in live("1")) + b" & jobs\n")
        shown.shows("Running")
        shown.send(b"until jobs | grep Stopped; do :; done\n")
        shown.shows("Stopped")
        assert b"1049" not in shown.output
        shown.send(b"fg\n")
        shown.shows(FOOTER)
        shown.output.clear()
        shown.send(b"q")
        shown.shows("$ ")
        shown.send(b"echo code=$?; exit\n")
        shown.shows("code=0")


def test_timeout_which_runs_the_screen_in_the_background_can_end_it() -> None:
    with terminal(["bash", "-c", f"timeout 1 {' '.join(live('1'))}; echo code=$?"]) as shown:
        assert shown.ends() == 0
        assert b"code=124" in shown.output
        assert shown.is_as_before()
