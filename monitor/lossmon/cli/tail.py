"""``lossmon tail``: follow without a screen."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from lossmon.cli.config import configured
from lossmon.cli.inputs import open_monitor, require_existing
from lossmon.core.errors import LossmonError
from lossmon.report.events import EventLog, format_event
from lossmon.report.json_report import dumps
from lossmon.report.style import Style
from lossmon.sources.stdin import STDIN, StdinSpool, spool_directory, start_spooling, unwind_on_signal

if TYPE_CHECKING:
    from lossmon.monitor import Monitor

_WAIT = 0.5
"""Seconds without news after which it is asked whether standard input has ended."""


def run(arguments: argparse.Namespace) -> int:
    """Print a line per evaluation and change of verdict until interrupted, or until standard input ends."""
    arguments = configured(arguments)
    with ExitStack() as stack:
        unwind_on_signal(stack)
        spool = start_spooling(arguments.paths, spool_directory(arguments.paths, stack))
        source = stack.enter_context(closing(open_monitor(require_existing(spool.paths), arguments)))
        return _follow(source, spool, arguments)


def _follow(source: Monitor, spool: StdinSpool, arguments: argparse.Namespace) -> int:
    style, news, told = Style.of(sys.stdout), EventLog(), False
    past = STDIN not in arguments.paths
    while True:
        ended = spool.ended.is_set()
        snapshot = source.wait_for_snapshot(_WAIT)
        for event in news.since_last(snapshot, past=past) if snapshot else ():
            print(dumps(event) if arguments.json else style.encodable(format_event(event)), flush=True)
            told = True
        past = past and not source.complete
        if ended and snapshot is None:
            break
    spool.check()
    if not told:
        raise LossmonError("-: no losses came; lossmon doctor says what it reads of a file")
    return 0
