"""``lossmon explain``: print the reasons of each verdict at length."""

from __future__ import annotations

import argparse
import shutil
import sys

from lossmon.cli.config import apply_config
from lossmon.cli.inputs import read_all, require_runs
from lossmon.report.explanation import explanation_report, format_explanations
from lossmon.report.json_report import dumps
from lossmon.report.style import Style


def run(arguments: argparse.Namespace) -> int:
    """Print the explanations; return 1 if a verdict is among ``--fail-on``, else 0."""
    arguments = apply_config(arguments)
    snapshot = read_all(arguments)
    require_runs(snapshot, arguments.paths)
    if arguments.json:
        print(dumps(explanation_report(snapshot), indent=2))
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        for line in format_explanations(snapshot, Style.of(sys.stdout), width):
            print(line)
    return int(any(one.assessment.verdict.value in arguments.fail_on for one in snapshot.runs))
