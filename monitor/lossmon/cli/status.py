"""``lossmon status``: one line for a status bar, the runs in most trouble first."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import closing

from lossmon.cli.config import configured
from lossmon.cli.inputs import open_monitor, require_existing
from lossmon.discovery import FileEntry, Scanner
from lossmon.report.renewal import refresh
from lossmon.report.statusline import in_tmux, parts_of
from lossmon.report.statusline_cache import CachedRun, CachedStatus, StatusCache, file_signatures

_TRUSTED = 600.0
"""Seconds after which all logs are read anew once one has changed."""


def run(arguments: argparse.Namespace) -> int:
    """Print the line and return 0."""
    arguments = configured(arguments)
    paths = require_existing(arguments.paths)
    cache, found = StatusCache(paths, arguments.train, arguments.val), files_below(paths)
    past = cache.recall()
    if past is None or past.files != file_signatures(found):
        past = _looked(past, paths, found, arguments)
        cache.keep(past)
    line = in_tmux(past.line) if arguments.tmux else " · ".join(text for text, _ in past.line)
    print(line.encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding))
    return 0


def files_below(paths: Sequence[str]) -> list[FileEntry]:
    """Return all files in which a log may be."""
    discovery = Scanner(paths)
    while not discovery.complete:
        discovery.tick(0.0)
    return discovery.files


def _looked(
    past: CachedStatus | None, paths: list[str], found: Sequence[FileEntry], arguments: argparse.Namespace
) -> CachedStatus:
    """Return what is known now, having read of the logs no more than needed."""

    def look(some: Sequence[FileEntry]) -> list[CachedRun]:
        from lossmon.report.cards import losses, summarize

        with closing(open_monitor(paths, arguments, once=True, found=some)) as source:
            views = source.read_all().runs
            return [CachedRun(tuple(source.logs_of(view.name)), losses(view), summarize(view)) for view in views]

    now = time.time()
    trusted = past is not None and 0 <= now - past.taken < _TRUSTED
    entries = refresh(past, found, look) if past and trusted else None
    taken = past.taken if past and entries is not None else now
    entries = look(found) if entries is None else entries
    return CachedStatus(taken, file_signatures(found), parts_of([entry.card for entry in entries]), entries)
