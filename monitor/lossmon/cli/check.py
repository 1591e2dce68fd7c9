"""``lossmon check``: print a verdict for each run and exit."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial

from lossmon.cli.config import apply_config
from lossmon.cli.inputs import Progress, open_monitor, require_existing
from lossmon.cli.known_tags import require_tags
from lossmon.cli.messages import EX_ERROR, print_notice
from lossmon.cli.stdin import open_stdin, require_pipe
from lossmon.cli.unread import (
    NO_LOG_FOUND,
    describe_links,
    describe_unread,
    links_out,
    unread_files,
    why_nothing_was_read,
)
from lossmon.core.errors import LossmonError
from lossmon.core.snapshot import Snapshot
from lossmon.core.text import Name
from lossmon.report.json_report import JsonValue, dumps, snapshot_report
from lossmon.report.style import Style
from lossmon.sources import STDIN

_EXPLAINED = 3
"""Runs whose evidence and advice are printed on a terminal without ``--all``: more would push the table off it."""


def run(
    arguments: argparse.Namespace,
    *,
    report: Callable[[Snapshot], JsonValue] = snapshot_report,
    lines: Callable[[Snapshot, Style], Iterable[str]] | None = None,
) -> int:
    """Print the verdicts; return 1 if one of them, not a "maybe", is among ``--fail-on``, else 0.

    With ``--fail-on`` it is 2 if something could not be read, or a path holds no log: it may have such a verdict. With
    ``--strict`` it is 1 then, and also if a link leads out of the paths.
    """
    arguments = apply_config(arguments)
    snapshot = read_all(arguments)
    if arguments.format == "json":
        print(dumps(report(snapshot), indent=2))
    else:
        if snapshot.runs:
            require_tags(snapshot, arguments)  # a table of runs without the loss that was named would mislead
        for line in (lines or _chosen_format(arguments))(snapshot, Style.of(sys.stdout)):
            print(line)
    require_runs(snapshot, arguments.paths)
    require_tags(snapshot, arguments)
    unread, links = unread_files(snapshot, arguments.paths), links_out(snapshot)
    for line in describe_unread(unread):
        print_notice(line)
    if links:
        print_notice(describe_links(links))
    said = (run.assessment for run in snapshot.runs if not run.assessment.is_weak)
    if any(assessment.verdict.value in arguments.fail_on for assessment in said):
        return 1
    if arguments.fail_on and arguments.strict and (unread or links):
        return 1
    return EX_ERROR if arguments.fail_on and unread else 0


def _chosen_format(arguments: argparse.Namespace) -> Callable[[Snapshot, Style], Iterable[str]]:
    """Return what writes the table, as the command line asks for it and as the terminal has room for it."""
    from lossmon.presentation.sorting import Sort
    from lossmon.report.markdown import format_markdown
    from lossmon.report.table import TableOptions, format_table

    is_short = sys.stdout.isatty() and not arguments.all
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    options = TableOptions(Sort(arguments.sort), arguments.limit, _EXPLAINED if is_short else None, width)
    return partial(format_markdown if arguments.format == "md" else format_table, options=options)


def read_all(arguments: argparse.Namespace) -> Snapshot:
    """Read all logs in the paths once, and standard input to its end if it is among them."""
    require_pipe(arguments.paths)
    paths, pipe = open_stdin(arguments.paths, may_block_writer=True)
    progress = Progress()
    with closing(open_monitor(require_existing(paths), arguments, once=True, pipe=pipe)) as monitor:
        snapshot = monitor.read_all(progress.update)
    progress.clear()
    return snapshot


def require_runs(snapshot: Snapshot, paths: Sequence[str]) -> None:
    """Raise LossmonError with the reason if there are no runs."""
    if snapshot.runs:
        return
    if [*paths] == [STDIN]:
        raise LossmonError("-: no losses found on standard input; save it and run lossmon doctor on the file")
    joined = ", ".join(paths)
    name = Name.of(joined)
    of_path = next((skipped.reason for skipped in snapshot.skipped if skipped.path == name), "")
    if reason := why_nothing_was_read(unread_files(snapshot, ()), of_path):
        raise LossmonError(f"{joined}: {reason}")
    if not of_path and (links := links_out(snapshot)):
        raise LossmonError(f"{joined}: {NO_LOG_FOUND}; {describe_links(links)}")
    raise LossmonError(f"{joined}: {of_path or NO_LOG_FOUND}; run lossmon doctor {joined} for details")
