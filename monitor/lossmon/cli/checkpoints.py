"""``lossmon checkpoints``: print what each run saved, what to keep, and what could go; it deletes nothing."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lossmon.cli import check
from lossmon.report.checkpoints import checkpoint_snapshot_report, format_checkpoints

if TYPE_CHECKING:
    from lossmon.core.snapshot import Snapshot
    from lossmon.report.style import Style


def run(arguments: argparse.Namespace) -> int:
    """Print the checkpoints of all runs and return 0."""
    return check.run(arguments, report=checkpoint_snapshot_report, lines=_lines)


def _lines(snapshot: Snapshot, style: Style) -> Iterable[str]:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return format_checkpoints(snapshot, style, width)
