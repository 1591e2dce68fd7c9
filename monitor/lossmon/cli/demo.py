"""``lossmon demo``: real training histories, written live by the real writers, and watched."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from lossmon.cli.watch import show
from lossmon.core.errors import LossmonError
from lossmon.sources.temporary import temporary_directory
from lossmon.tui.terminal.supervisor import reporting, supervised


def run(arguments: argparse.Namespace) -> int:
    """Show the demo until the person quits, and return the exit code."""
    keep = Path(arguments.keep) if arguments.keep else None
    if keep is not None and keep.exists():
        raise LossmonError(f"{keep}: exists already; name a directory that does not, so that nothing is mixed up")
    arguments.train = arguments.val = arguments.poll = None
    with ExitStack() as stack:
        directory = keep or temporary_directory("lossmon-demo-", stack)
        return supervised(lambda: reporting(lambda: _play(arguments, directory)))


def _play(arguments: argparse.Namespace, keep: Path) -> int:
    from lossmon.demo import open_demo

    with ExitStack() as stack:
        try:
            directory = stack.enter_context(open_demo(arguments.speed, keep))
        except OSError as error:
            raise LossmonError(f"{keep}: {error.strerror}; name a directory with --keep") from None
        return show([str(directory)], "demo", arguments)
