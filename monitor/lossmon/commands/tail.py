"""``lossmon tail``: follow without a screen."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from lossmon.commands.paths import STDIN, existing, feed
from lossmon.commands.stdin import Spool, leave_on_signal, place, spooled
from lossmon.errors import LossmonError
from lossmon.options import configured
from lossmon.report.document import dumps
from lossmon.report.line import News, sentence
from lossmon.report.style import Style

if TYPE_CHECKING:
    from lossmon.feed import Feed

_WAIT = 0.5
"""Seconds without news after which it is asked whether standard input has ended."""


def run(arguments: argparse.Namespace) -> int:
    """Print a line per evaluation and change of verdict until interrupted, or until standard input ends."""
    arguments = configured(arguments)
    with ExitStack() as stack:
        leave_on_signal(stack)
        spool = spooled(arguments.paths, place(arguments.paths, stack))
        source = stack.enter_context(closing(feed(existing(spool.paths), arguments)))
        return _follow(source, spool, arguments)


def _follow(source: Feed, spool: Spool, arguments: argparse.Namespace) -> int:
    style, news, told = Style.of(sys.stdout), News(), False
    past = STDIN not in arguments.paths
    while True:
        ended = spool.ended.is_set()
        snapshot = source.next(_WAIT)
        for event in news.since_last(snapshot, past=past) if snapshot else ():
            print(dumps(event) if arguments.json else style.encodable(sentence(event)), flush=True)
            told = True
        past = past and not source.complete
        if ended and snapshot is None:
            break
    spool.check()
    if not told:
        raise LossmonError("-: no losses came; lossmon doctor says what it reads of a file")
    return 0
