"""``lossmon tail``: follow without a screen."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack, closing

from lossmon.commands.paths import STDIN, existing, feed
from lossmon.commands.stdin import spooled
from lossmon.options import configured
from lossmon.report.document import dumps
from lossmon.report.line import News, sentence
from lossmon.report.style import Style

_WAIT = 0.5
"""Seconds without news after which it is asked whether standard input has ended."""


def run(arguments: argparse.Namespace) -> int:
    """Print a line per evaluation and change of verdict until interrupted, or until standard input ends."""
    arguments = configured(arguments)
    style, news = Style.of(sys.stdout), News()
    with ExitStack() as stack:
        spool = spooled(arguments.paths, stack)
        source = stack.enter_context(closing(feed(existing(spool.paths), arguments)))
        past = STDIN not in arguments.paths
        while True:
            ended = spool.ended.is_set()
            snapshot = source.next(_WAIT)
            for event in news.since_last(snapshot, past=past) if snapshot else ():
                print(dumps(event) if arguments.json else style.encodable(sentence(event)), flush=True)
            past = past and not source.complete
            if ended and snapshot is None:
                spool.check()
                return 0
