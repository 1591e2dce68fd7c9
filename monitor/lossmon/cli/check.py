"""``lossmon check``: print a verdict for each run and exit."""

from __future__ import annotations

import argparse
import sys

from lossmon.cli.config import apply_config
from lossmon.cli.inputs import read_all, require_runs
from lossmon.report.json_report import dumps, snapshot_report
from lossmon.report.style import Style
from lossmon.report.table import format_table


def run(arguments: argparse.Namespace) -> int:
    """Print the verdicts; return 1 if one of them is among ``--fail-on``, else 0."""
    arguments = apply_config(arguments)
    snapshot = read_all(arguments)
    if arguments.json:
        print(dumps(snapshot_report(snapshot), indent=2))
    else:
        for line in format_table(snapshot, Style.of(sys.stdout)):
            print(line)
    require_runs(snapshot, arguments.paths)
    return int(any(run.assessment.verdict.value in arguments.fail_on for run in snapshot.runs))
