"""``lossmon explain``: print the reasons of each verdict at length."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable

from lossmon.cli import check
from lossmon.core.snapshot import Snapshot
from lossmon.report.explanation import explanation_report, format_explanations
from lossmon.report.style import Style


def run(arguments: argparse.Namespace) -> int:
    """Print the explanations; the exit codes are those of ``check``."""
    return check.run(arguments, report=explanation_report, lines=_lines)


def _lines(snapshot: Snapshot, style: Style) -> Iterable[str]:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return format_explanations(snapshot, style, width)
