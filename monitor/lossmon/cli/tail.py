"""``lossmon tail``: print a line for each evaluation and each change of verdict."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from lossmon.cli.config import apply_config
from lossmon.cli.inputs import open_monitor, require_existing
from lossmon.core.errors import LossmonError
from lossmon.report.events import EventLog, format_event
from lossmon.report.json_report import dumps
from lossmon.report.style import Style
from lossmon.sources.stdin import STDIN, StdinSpool, spool_directory, start_spooling, unwind_on_signal

if TYPE_CHECKING:
    from lossmon.monitor import Monitor

_SNAPSHOT_TIMEOUT = 0.5
"""Seconds to wait for a snapshot before looking whether standard input has ended."""


def run(arguments: argparse.Namespace) -> int:
    """Print events until interrupted, or until standard input ends, and return 0."""
    arguments = apply_config(arguments)
    with ExitStack() as stack:
        unwind_on_signal(stack)
        spool = start_spooling(arguments.paths, spool_directory(arguments.paths, stack))
        monitor = stack.enter_context(closing(open_monitor(require_existing(spool.paths), arguments)))
        return _follow(monitor, spool, arguments)


def _follow(monitor: Monitor, spool: StdinSpool, arguments: argparse.Namespace) -> int:
    style, events, has_printed = Style.of(sys.stdout), EventLog(), False
    # Of the logs that are there at the start only the last evaluation is printed; a pipe has none before the start.
    reading_old_logs = STDIN not in arguments.paths
    while True:
        has_ended = spool.ended.is_set()
        snapshot = monitor.wait_for_snapshot(_SNAPSHOT_TIMEOUT)
        for event in events.new_events(snapshot, last_only=reading_old_logs) if snapshot else ():
            print(dumps(event) if arguments.json else style.encodable(format_event(event)), flush=True)
            has_printed = True
        reading_old_logs = reading_old_logs and not monitor.complete
        if has_ended and snapshot is None:
            break
    spool.check()
    if not has_printed:
        raise LossmonError("-: no losses found on standard input; save it to a file and run lossmon doctor on that")
    return 0
