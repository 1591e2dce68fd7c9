"""``lossmon check``: print a verdict for each run and exit."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from lossmon.cli.config import apply_config
from lossmon.cli.inputs import Progress, open_monitor, require_existing
from lossmon.core.errors import LossmonError
from lossmon.core.snapshot import Snapshot
from lossmon.core.text import Name
from lossmon.report.json_report import dumps, snapshot_report
from lossmon.report.style import Style
from lossmon.report.table import format_table


def run(arguments: argparse.Namespace) -> int:
    """Print the verdicts; return 1 if one of them, not a "maybe", is among ``--fail-on``, else 0."""
    arguments = apply_config(arguments)
    snapshot = _read_all(arguments)
    if arguments.json:
        print(dumps(snapshot_report(snapshot), indent=2))
    else:
        for line in format_table(snapshot, Style.of(sys.stdout)):
            print(line)
    if not snapshot.runs:
        paths = ", ".join(arguments.paths)
        raise LossmonError(f"{paths}: {_why_no_runs(snapshot, paths)}; run lossmon doctor {paths} for details")
    said = (run.assessment for run in snapshot.runs if not run.assessment.is_weak)
    return int(any(assessment.verdict.value in arguments.fail_on for assessment in said))


def _read_all(arguments: argparse.Namespace) -> Snapshot:
    """Read all logs in the paths once."""
    progress = Progress()
    with closing(open_monitor(require_existing(arguments.paths), arguments, once=True)) as monitor:
        snapshot = monitor.read_all(progress.update)
    progress.clear()
    return snapshot


def _why_no_runs(snapshot: Snapshot, path: str) -> str:
    """Return why *path* was skipped, if it is one file or a directory that cannot be read; else a general reason."""
    name = Name.of(path)
    return next((skipped.reason for skipped in snapshot.skipped if skipped.path == name), "no training log found")
