"""``lossmon status``: print one line for a status bar, the most urgent runs first."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from lossmon.cli.config import apply_config
from lossmon.cli.inputs import open_monitor, require_existing
from lossmon.cli.known_tags import require_tags
from lossmon.cli.messages import print_notice
from lossmon.discovery import FileEntry, Scanner
from lossmon.report.statusline import compared_losses, plain_line, status_line, summarize, tmux_line
from lossmon.report.statusline_cache import (
    CachedRun,
    CachedStatus,
    RunReader,
    StatusCache,
    file_signatures,
    update_runs,
)

if TYPE_CHECKING:
    from lossmon.monitor import Monitor

_MAX_CACHE_AGE = 600.0
"""Seconds after which all logs are read again once one has changed."""


def run(
    arguments: argparse.Namespace,
    *,
    open_monitor: Callable[..., Monitor] = open_monitor,
    clock: Callable[[], float] = time.time,
) -> int:
    """Print the line and return 0; *clock* returns seconds since 1970."""
    arguments = apply_config(arguments)
    paths = require_existing(arguments.paths)
    cache, files = StatusCache(paths, arguments.train, arguments.val, arguments.mode), _find_files(paths)

    def read_runs(some_files: Sequence[FileEntry]) -> list[CachedRun]:
        with closing(open_monitor(paths, arguments, once=True, found=some_files)) as monitor:
            snapshot = monitor.read_all()
            if len(some_files) == len(files):
                require_tags(snapshot, arguments)
            runs = snapshot.runs
            return [CachedRun(tuple(monitor.logs_of(run.name)), compared_losses(run), summarize(run)) for run in runs]

    status = cache.load()
    if cache.notice:
        print_notice(cache.notice)
    if status is None or status.files != file_signatures(files):
        status = _read_status(status, files, read_runs, clock())
        cache.save(status)
    line = tmux_line(status.line) if arguments.tmux else plain_line(status.line)
    print(line.encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding))
    return 0


def _find_files(paths: Sequence[str]) -> list[FileEntry]:
    """Return all files in *paths* that may be logs."""
    scanner = Scanner(paths)
    while not scanner.complete:
        scanner.tick(0.0)
    return scanner.files


def _read_status(
    cached: CachedStatus | None, files: Sequence[FileEntry], read_runs: RunReader, now: float
) -> CachedStatus:
    """Return the present status: only changed logs are read if *cached* is recent enough, else all of them."""
    if cached is not None and 0 <= now - cached.read_at < _MAX_CACHE_AGE:
        runs = update_runs(cached, files, read_runs)
        if runs is not None:
            return _status(cached.read_at, files, runs)
    return _status(now, files, read_runs(files))


def _status(read_at: float, files: Sequence[FileEntry], runs: Sequence[CachedRun]) -> CachedStatus:
    return CachedStatus(read_at, file_signatures(files), status_line([run.summary for run in runs]), runs)
