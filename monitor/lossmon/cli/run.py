"""``lossmon run -- COMMAND``: start a training that outlives lossmon, and show it.

Most imports are inside functions: the process that supervises the screen imports this module and must stay small.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from lossmon.cli.alerting import alerting_beside, require_valid_alerts
from lossmon.cli.config import apply_config
from lossmon.cli.direct_output import TAIL_BYTES, print_newest, say, say_command, write_all
from lossmon.cli.inputs import require_current_directory, require_existing
from lossmon.cli.messages import print_error
from lossmon.cli.programs.output import ProgramOutput
from lossmon.cli.programs.record import Program, ProgramState, Record
from lossmon.cli.programs.start import NotStartedError, Size, Started, start
from lossmon.cli.threads import limit_threads
from lossmon.cli.watch import can_draw, read_keys_from_terminal, show_screen
from lossmon.cli.watched import watched_program
from lossmon.core.errors import LossmonError
from lossmon.tui.terminal.supervisor import EX_SOFTWARE, reporting_crashes, supervised

_PASSED_ON = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
"""The signals that are meant for the training, although they end the screen."""
_FOR_PROGRAMS = (signal.SIGUSR1, signal.SIGUSR2)
"""The signals that only mean something to the training."""
_WAIT_SECONDS = 0.1


class _HungUpError(Exception):
    """The terminal is gone."""


def run(arguments: argparse.Namespace) -> int:
    """Start the training and show it until it ends or the user leaves; return the exit code."""
    command = _command(arguments)
    arguments = apply_config(arguments)
    require_current_directory()
    require_existing(arguments.watch)
    require_valid_alerts(arguments)
    try:
        started = start(command, arguments.watch, arguments.log, Size(arguments.columns))
    except NotStartedError as error:
        print_error(str(error))
        return error.code
    limit_threads()
    say(f"the output of the training is in {started.record.program.log}")
    for number in _FOR_PROGRAMS:
        signal.signal(number, _passing_on(started))
    if _has_terminal():
        return _show(started, arguments)
    with alerting_beside(lambda: watched_program(started.record), arguments):
        return _pass_output_on(started)


def _command(arguments: argparse.Namespace) -> list[str]:
    """Return the command line of the training; raises LossmonError if there is none."""
    if arguments.command_line is None or arguments.words:
        words = shlex.join([*arguments.words, *(arguments.command_line or ())]) or "python train.py"
        raise LossmonError(f"the command to start comes after --: lossmon run -- {words}")
    if not arguments.command_line:
        raise LossmonError("no command after --; for example: lossmon run -- python train.py")
    return [*arguments.command_line]


def _has_terminal() -> bool:
    """Return whether a screen can be shown; keys are read from the terminal, whatever standard input is."""
    if not can_draw():
        return False
    if not os.isatty(0):
        try:
            read_keys_from_terminal()
        except LossmonError:
            return False
    return True


def _show(started: Started, arguments: argparse.Namespace) -> int:
    """Show the screen, and return the exit code of the training if it has ended."""
    parent = os.getpid()
    started.channel.shutdown(socket.SHUT_RD)  # the screen reads only the file; nothing waits for it then
    code = supervised(lambda: reporting_crashes(lambda: _screen(started, arguments)))
    if os.getpid() != parent:
        return code
    if code - 128 in _PASSED_ON:
        _end_program(started, code - 128)
    return _leave(started.record, code)


def _screen(started: Started, arguments: argparse.Namespace) -> int:
    return show_screen(watched_program(started.record, lambda: started.send(signal.SIGINT)), arguments)


def _end_program(started: Started, number: int) -> None:
    """Pass signal *number* on to the training, which ended the screen, and wait for its end."""
    _take_signals(started)
    started.send(number)
    try:
        while not started.record.state().has_ended:
            time.sleep(_WAIT_SECONDS)
    except _HungUpError:
        return


def _pass_output_on(started: Started) -> int:
    """Print the output of the training as it comes, without a screen, and return its exit code."""
    _take_signals(started)
    output = ProgramOutput(started.record, started.channel)
    try:
        while data := output.read():
            if not write_all(1, data):
                return _leave(started.record, 0)
    except _HungUpError:
        return _leave(started.record, 128 + signal.SIGHUP)
    return _leave(started.record, 0, has_printed=True)


def _take_signals(started: Started) -> None:
    """Let signals act on the training, but for the loss of the terminal, which ends only this process."""
    for number in _PASSED_ON:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _passing_on(started))
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _hang_up)


def _passing_on(started: Started) -> Callable[[int, FrameType | None], bool]:
    return lambda number, _: started.send(number)


def _hang_up(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise _HungUpError


def _leave(record: Record, code: int, *, has_printed: bool = False) -> int:
    """Say how the training ended, or that it goes on; return its exit code, or *code*."""
    state, program = record.state(), record.program
    if not state.has_ended:
        say(f"the training goes on as process {state.pid}; to see it again:")
        say_command(f"lossmon watch {shlex.quote(program.log)}")
        say("to end it:")
        say_command(f"kill -TERM -{state.pid}")
        return code
    if not has_printed:
        print_newest(_newest_lines(program))
    loss = f", but for {state.unwritten} bytes that it did not take" if state.unwritten else ""
    say(f"the training {_ending(state, program.started)}; its output is in {program.log}{loss}")
    return _exit_code(state.status)


def _exit_code(status: int | None) -> int:
    """Return the exit code for the status of the training, as shells do; an unknown end is no success."""
    if status is None:
        return EX_SOFTWARE
    return 128 - status if status < 0 else status


def _ending(state: ProgramState, started: float) -> str:
    how = state.failure
    if how is None or state.ended is None:
        return "is gone, and nobody knows how it ended"
    from lossmon.presentation.numbers import format_duration

    return f"ended after {format_duration(max(0.0, state.ended - started))}" + (f": {how}" if how else "")


def _newest_lines(program: Program) -> list[bytes]:
    try:
        with Path(program.log).open("rb") as file:
            file.seek(max(program.log_start, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            return file.read(TAIL_BYTES).splitlines()
    except OSError:
        return []
