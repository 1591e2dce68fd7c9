"""``lossmon watch``: the live screen.

Most imports are inside functions: the supervisor process that restores the terminal imports this module, stays alive
as long as the screen, and must stay small.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from lossmon.cli.direct_output import understands_sequences
from lossmon.cli.inputs import require_existing
from lossmon.cli.messages import print_error, print_notice
from lossmon.cli.relay import Relay
from lossmon.cli.stdin import open_stdin, require_pipe
from lossmon.cli.watched import Watched, watched_in, watched_record
from lossmon.core.errors import LossmonError
from lossmon.sources import STDIN
from lossmon.tui.terminal.supervisor import reporting_crashes, supervised

if TYPE_CHECKING:
    from lossmon.gpu import GpuSampler
    from lossmon.tui.announcements import Announcements
    from lossmon.tui.settings import DisplayOptions

_INTERRUPTED = 130
"""The exit code after ctrl+c."""
_LAST_ALERT_SECONDS = 1.0
"""How long an alert that is on its way may take when the user leaves the screen."""


def run(arguments: argparse.Namespace) -> int:
    """Show the screen until the user quits, and return the exit code."""
    if STDIN in arguments.paths:
        return _run_on_pipe(arguments)
    if arguments.log is not None:
        raise LossmonError("--log: no output of a program to keep; it is for: python train.py 2>&1 | lossmon watch -")
    require_existing(arguments.paths)
    parent = os.getpid()
    code = supervised(lambda: reporting_crashes(lambda: _watch(arguments)))
    if code == 0 and os.getpid() == parent:
        _say_what_goes_on(arguments.paths)
    return code


def _say_what_goes_on(paths: Sequence[str]) -> None:
    """Say that a training whose output was shown goes on, since neither q nor ctrl+c ends it here."""
    record = watched_record(paths)
    if record is not None and not (state := record.state()).has_ended:
        print_notice(f"the training goes on as process {state.pid}; only the screen was left")


def _run_on_pipe(arguments: argparse.Namespace) -> int:
    """Show the screen, and read standard input to its end however the screen ends, also if it cannot be shown."""
    require_pipe(arguments.paths)
    try:
        relay = Relay(os.dup(0), arguments.log)
    except LossmonError as error:
        return pass_on_stdin(print_error(str(error)))
    try:
        code = supervised(lambda: _watch_pipe(arguments, relay), relay.start)
    except LossmonError as error:
        if not relay.is_started:
            raise
        code = print_error(str(error))
    if relay.is_started and relay.pass_on():
        return _INTERRUPTED
    return code


def pass_on_stdin(code: int) -> int:
    """Pass standard input on to its end without a screen, and return *code*: a wrong option must not end a program."""
    relay = Relay(os.dup(0))
    relay.start()
    return _INTERRUPTED if relay.pass_on() else code


def _watch_pipe(arguments: argparse.Namespace, relay: Relay) -> int:
    if not relay.is_started:
        relay.leave_to_other()
    require_existing([path for path in arguments.paths if path != STDIN])
    return reporting_crashes(lambda: _watch(arguments, relay.screen_input))


def _watch(arguments: argparse.Namespace, stdin: int | None = None) -> int:
    from lossmon.cli.config import apply_config

    arguments = apply_config(arguments)
    paths, pipe = open_stdin(arguments.paths, stdin)
    title = " ".join(arguments.paths)
    if pipe is not None:
        read_keys_from_terminal()
        return show_screen(Watched(paths, title, pipe, stops_program=True), arguments)
    return show_screen(watched_in(paths, title), arguments)


def show_screen(watched: Watched, arguments: argparse.Namespace) -> int:
    """Show what is *watched* until the user quits; raises LossmonError if there is no terminal."""
    _require_terminal()
    _remove_textual_settings()
    import platformdirs

    from lossmon.cli.alerting import alerting
    from lossmon.tui.announcements import Announcements
    from lossmon.tui.app import run as run_screen

    announcements = Announcements()
    options = _display_options(watched, arguments, announcements)
    settings_file = platformdirs.user_state_path("lossmon") / "view.json"
    with alerting(
        partial(watched.open, arguments),
        arguments,
        announcements.ring,
        partial(_tell, announcements),
        all_is_new=watched.is_new,
        seconds=_LAST_ALERT_SECONDS,
    ) as source:
        return run_screen(source, _create_gpu_sampler(arguments), watched.title, options, settings_file)


def _display_options(watched: Watched, arguments: argparse.Namespace, announcements: Announcements) -> DisplayOptions:
    from lossmon.report.style import Style
    from lossmon.tui.settings import DisplayOptions
    from lossmon.tui.terminal.abilities import color_depth, has_small_font

    style = Style.of(sys.stdout)
    return DisplayOptions(
        x=arguments.x,
        ascii=arguments.ascii or not style.unicode,
        no_color=not style.colour,
        theme=arguments.theme,
        stock_driver=arguments.stock_driver,
        has_program=watched.stops_program,
        interrupt=watched.interrupt,
        no_mouse=arguments.no_mouse,
        color_depth=color_depth(),
        blocks=has_small_font(os.environ),
        announcements=announcements,
    )


def _tell(announcements: Announcements, notice: str) -> None:
    """Show *notice* on the screen; without one it is printed."""
    if not announcements.show(notice):
        print_notice(notice)


def _create_gpu_sampler(arguments: argparse.Namespace) -> GpuSampler | None:
    if arguments.no_gpu:
        return None
    from lossmon.gpu import GpuSampler

    return GpuSampler()


def read_keys_from_terminal() -> None:
    """Read keys from the terminal instead of standard input, which is the log."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise LossmonError("-: no terminal to read keys from; use lossmon tail - instead") from None
    os.dup2(terminal, 0)
    os.close(terminal)


def _remove_textual_settings() -> None:
    """Remove the environment variables by which Textual presses keys, writes files or loads another driver."""
    for name in [name for name in os.environ if name.startswith("TEXTUAL_")]:
        del os.environ[name]


def can_draw() -> bool:
    """Return whether standard output is a terminal on which a screen can be drawn."""
    return understands_sequences(1)


def _require_terminal() -> None:
    if not (can_draw() and os.isatty(0)):
        raise LossmonError("no terminal to draw on; use lossmon tail or lossmon check instead")
