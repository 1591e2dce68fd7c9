"""``lossmon demo``: the live screen on real training histories that are written while it runs."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from lossmon.cli.watch import show_screen
from lossmon.cli.watched import Watched
from lossmon.core.errors import LossmonError
from lossmon.core.temporary import temporary_directory
from lossmon.tui.terminal.supervisor import reporting_crashes, supervised

_TITLE = "demo: recorded trainings, replayed"


def run(arguments: argparse.Namespace) -> int:
    """Show the demo until the user quits, and return the exit code."""
    keep = Path(arguments.keep) if arguments.keep else None
    if keep is not None and keep.exists():
        raise LossmonError(f"{keep}: already exists; give --keep a directory that does not exist yet")
    arguments.train = arguments.val = arguments.mode = arguments.poll = None
    arguments.follow = arguments.bell = False
    arguments.on = arguments.alerts = None
    with ExitStack() as stack:
        directory = keep or temporary_directory("lossmon-demo-", stack)
        return supervised(lambda: reporting_crashes(lambda: _play(arguments, directory)))


def _play(arguments: argparse.Namespace, directory: Path) -> int:
    """Write the logs of the demo to *directory* and show them meanwhile."""
    from lossmon.demo import open_demo

    with ExitStack() as stack:
        try:
            runs = stack.enter_context(open_demo(arguments.speed, directory))
        except OSError as error:
            raise LossmonError(f"{directory}: {error.strerror}; give another directory with --keep") from None
        return show_screen(Watched([str(runs)], _TITLE), arguments)
