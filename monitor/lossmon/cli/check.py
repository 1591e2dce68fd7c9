"""``lossmon check``: one look, a verdict per run, then exit."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from lossmon.cli.config import configured
from lossmon.cli.inputs import Progress, open_monitor, require_existing
from lossmon.core.errors import LossmonError
from lossmon.core.snapshot import Snapshot
from lossmon.core.text import Name
from lossmon.report.json_report import document, dumps
from lossmon.report.style import Style
from lossmon.report.table import table


def run(arguments: argparse.Namespace) -> int:
    """Print the verdicts and return the exit code."""
    arguments = configured(arguments)
    snapshot = look(arguments)
    if arguments.json:
        print(dumps(document(snapshot), indent=2))
    else:
        for line in table(snapshot, Style.of(sys.stdout)):
            print(line)
    if not snapshot.runs:
        where = ", ".join(arguments.paths)
        raise LossmonError(f"{where}: {_reason(snapshot, where)}; lossmon doctor {where} says what is there")
    return int(any(view.assessment.verdict.value in arguments.fail_on for view in snapshot.runs))


def _reason(snapshot: Snapshot, where: str) -> str:
    """Say why there is no run: of one file, or of a directory that cannot be read, its own reason."""
    own = Name.of(where)
    return next((one.reason for one in snapshot.skipped if one.path == own), "holds no training log")


def look(arguments: argparse.Namespace) -> Snapshot:
    """Read everything below the paths once."""
    progress = Progress()
    with closing(open_monitor(require_existing(arguments.paths), arguments, once=True)) as source:
        snapshot = source.read_all(progress)
    progress.done()
    return snapshot
