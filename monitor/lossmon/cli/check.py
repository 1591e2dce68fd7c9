"""``lossmon check``: print a verdict for each run and exit."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from lossmon.cli.config import apply_config
from lossmon.cli.inputs import Progress, open_monitor, require_existing
from lossmon.cli.stdin import open_stdin, require_pipe
from lossmon.core.errors import LossmonError
from lossmon.core.snapshot import Snapshot
from lossmon.core.text import Name
from lossmon.report.json_report import dumps, snapshot_report
from lossmon.report.style import Style
from lossmon.report.table import format_table
from lossmon.sources import STDIN


def run(arguments: argparse.Namespace) -> int:
    """Print the verdicts; return 1 if one of them is among ``--fail-on``, else 0."""
    arguments = apply_config(arguments)
    snapshot = _read_all(arguments)
    if arguments.json:
        print(dumps(snapshot_report(snapshot), indent=2))
    else:
        for line in format_table(snapshot, Style.of(sys.stdout)):
            print(line)
    if not snapshot.runs:
        if arguments.paths == [STDIN]:
            raise LossmonError("-: no losses found on standard input; save it to a file and run lossmon doctor on that")
        paths = ", ".join(arguments.paths)
        raise LossmonError(f"{paths}: {_why_no_runs(snapshot, paths)}; run lossmon doctor {paths} for details")
    return int(any(run.assessment.verdict.value in arguments.fail_on for run in snapshot.runs))


def _read_all(arguments: argparse.Namespace) -> Snapshot:
    """Read all logs in the paths once, and standard input to its end if it is among them."""
    progress = Progress()
    require_pipe(arguments.paths)
    paths, pipe = open_stdin(arguments.paths, may_block_writer=True)
    with closing(open_monitor(require_existing(paths), arguments, once=True, pipe=pipe)) as monitor:
        snapshot = monitor.read_all(progress.update)
    progress.clear()
    return snapshot


def _why_no_runs(snapshot: Snapshot, path: str) -> str:
    """Return why *path* was skipped, if it is one file or a directory that cannot be read; else a general reason."""
    name = Name.of(path)
    return next((skipped.reason for skipped in snapshot.skipped if skipped.path == name), "no training log found")
