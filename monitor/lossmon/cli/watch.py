"""``lossmon watch``: the live screen.

What only the screen needs is imported in it: the process that guards the terminal keeps whatever it has.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from lossmon.cli.inputs import STDIN, open_monitor, require_existing
from lossmon.core.errors import LossmonError
from lossmon.tui.terminal.supervisor import reporting, supervised

if TYPE_CHECKING:
    from lossmon.gpu import GpuSampler


def run(arguments: argparse.Namespace) -> int:
    """Show the screen until the person quits, and return the exit code."""
    require_existing([path for path in arguments.paths if path != STDIN])
    with ExitStack() as stack:
        directory = _place(arguments.paths, stack) if STDIN in arguments.paths else None
        return supervised(lambda: reporting(lambda: _watch(arguments, directory)))


def _place(paths: list[str], stack: ExitStack) -> Path | None:
    from lossmon.sources.stdin import spool_directory

    return spool_directory(paths, stack)


def _watch(arguments: argparse.Namespace, directory: Path | None) -> int:
    from lossmon.cli.config import configured
    from lossmon.sources.stdin import start_spooling

    arguments = configured(arguments)
    spool = start_spooling(arguments.paths, directory)
    if directory is not None:
        _keys_from_terminal()
    code = show(spool.paths, " ".join(arguments.paths), arguments)
    spool.check()
    return code


def show(paths: list[str], title: str, arguments: argparse.Namespace) -> int:
    """Show *paths* on the screen; raises LossmonError where there is no terminal to show it on."""
    _require_terminal()
    _forget_settings_of_textual()
    import platformdirs

    from lossmon.report.style import Style
    from lossmon.tui.app import run as run_screen
    from lossmon.tui.settings import DisplayOptions

    style = Style.of(sys.stdout)
    options = DisplayOptions(
        x=arguments.x,
        ascii=not style.unicode,
        no_color=not style.colour,
        theme=arguments.theme,
        stock_driver=arguments.stock_driver,
    )
    memory = platformdirs.user_state_path("lossmon") / "view.json"
    return run_screen(open_monitor(paths, arguments), _gpus(arguments), title, options, memory)


def _gpus(arguments: argparse.Namespace) -> GpuSampler | None:
    if arguments.no_gpu:
        return None
    from lossmon.gpu import GpuSampler

    return GpuSampler()


def _keys_from_terminal() -> None:
    """Read keys from the terminal itself, since standard input is the log."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise LossmonError("-: there is no terminal to read keys from; lossmon tail - needs none") from None
    os.dup2(terminal, 0)
    os.close(terminal)


def _forget_settings_of_textual() -> None:
    """Take out of the environment what Textual would obey: keys to press, a file to write to, a driver to load."""
    for name in [name for name in os.environ if name.startswith("TEXTUAL_")]:
        del os.environ[name]


def _require_terminal() -> None:
    if (os.environ.get("TERM") or "dumb") == "dumb" or not (os.isatty(0) and os.isatty(1)):
        raise LossmonError("no terminal to draw on; lossmon tail follows without a screen, lossmon check looks once")
