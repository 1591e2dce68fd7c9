"""``lossmon status``: one line for a status bar, the runs in most trouble first."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import closing

from lossmon.commands.paths import existing, feed
from lossmon.options import configured
from lossmon.status.cache import Cache, Entry, Past, facts
from lossmon.status.line import in_tmux, parts_of
from lossmon.status.renewal import renewed
from lossmon.watch import Discovery, Found

_TRUSTED = 600.0
"""Seconds after which all logs are read anew once one has changed."""


def run(arguments: argparse.Namespace) -> int:
    """Print the line and return 0."""
    arguments = configured(arguments)
    paths = existing(arguments.paths)
    cache, found = Cache(paths, arguments.train, arguments.val), files_below(paths)
    past = cache.recall()
    if past is None or past.files != facts(found):
        past = _looked(past, paths, found, arguments)
        cache.keep(past)
    line = in_tmux(past.line) if arguments.tmux else " · ".join(text for text, _ in past.line)
    print(line.encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding))
    return 0


def files_below(paths: Sequence[str]) -> list[Found]:
    """Return all files in which a log may be."""
    discovery = Discovery(paths)
    while not discovery.complete:
        discovery.tick(0.0)
    return discovery.files


def _looked(past: Past | None, paths: list[str], found: Sequence[Found], arguments: argparse.Namespace) -> Past:
    """Return what is known now, having read of the logs no more than needed."""

    def look(some: Sequence[Found]) -> list[Entry]:
        from lossmon.status.cards import card, losses

        with closing(feed(paths, arguments, once=True, found=some)) as source:
            views = source.read_all().runs
            return [Entry(tuple(source.logs_of(view.name)), losses(view), card(view)) for view in views]

    now = time.time()
    trusted = past is not None and 0 <= now - past.taken < _TRUSTED
    entries = renewed(past, found, look) if past and trusted else None
    taken = past.taken if past and entries is not None else now
    entries = look(found) if entries is None else entries
    return Past(taken, facts(found), parts_of([entry.card for entry in entries]), entries)
