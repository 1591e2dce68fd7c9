"""``lossmon report``: write one HTML page about all runs."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath

from lossmon.cli.check import read_all, require_runs
from lossmon.cli.config import apply_config
from lossmon.cli.inputs import Progress, require_current_directory
from lossmon.cli.known_tags import require_tags
from lossmon.cli.messages import print_notice
from lossmon.cli.unread import describe_unread, unread_files
from lossmon.core.atomic_write import replace_file
from lossmon.core.errors import LossmonError
from lossmon.core.text import sanitize
from lossmon.presentation.axes import X_AXES, XAxis
from lossmon.report.html import GENERATOR_MARK, PageOptions, write_page
from lossmon.sources import STDIN

_HEAD_SIZE = 1024
"""Bytes at the start of a file by which a report is recognised."""
_UNNAMED = frozenset({"", ".", "..", STDIN})
"""Last parts of paths that name nothing."""


def run(arguments: argparse.Namespace) -> int:
    """Write the page and return 0; raises LossmonError if nothing is read, or the page cannot be written."""
    arguments = apply_config(arguments)
    target = None if arguments.output == STDIN else _target(arguments.output, force=arguments.force)
    snapshot = read_all(arguments)
    require_runs(snapshot, arguments.paths)
    require_tags(snapshot, arguments)
    unread = unread_files(snapshot, arguments.paths)
    options = PageOptions(_title(arguments), X_AXES.get(arguments.x, XAxis.COUNT), unread)
    progress = Progress("writing")
    pieces = write_page(snapshot, options, progress.update)
    if target is None:
        _print(pieces)
    else:
        _write(target, pieces, arguments.output)
    progress.clear()
    for line in describe_unread(unread):
        print_notice(line)
    return 0


def _title(arguments: argparse.Namespace) -> str:
    """Return the title that was given, else the names of the paths, without the directories above them."""
    names = [PurePath(path).name for path in arguments.paths]
    known = [name for name in names if name not in _UNNAMED]
    return sanitize(arguments.title or ", ".join(known) or "Training runs")


def _target(output: str, *, force: bool) -> Path:
    """Return where to write; raises LossmonError if that would destroy a file that is not a report."""
    if not Path(output).is_absolute():
        require_current_directory()
    target = Path(os.path.realpath(output))
    try:
        status = target.stat()
    except FileNotFoundError:
        if target.parent.is_dir():
            return target
        raise LossmonError(f"{output}: its directory does not exist; make it first") from None
    except OSError as error:
        raise LossmonError(f"{output}: {_reason(error)}; choose another file with -o") from None
    if stat.S_ISDIR(status.st_mode):
        raise LossmonError(f"{output}: is a directory; name a file, such as {PurePath(output) / 'report.html'}")
    if not stat.S_ISREG(status.st_mode):
        raise LossmonError(f"{output}: not a regular file; use -o - and redirect the output")
    if not force and status.st_size and not _is_report(target):
        raise LossmonError(f"{output}: exists and is not a report; choose another file, or overwrite it with --force")
    return target


def _is_report(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return GENERATOR_MARK.encode() in file.read(_HEAD_SIZE)
    except OSError:
        return False


def _write(target: Path, pieces: Iterator[str], output: str) -> None:
    try:
        replace_file(target, "".join(pieces), private=False)
    except OSError as error:
        raise LossmonError(f"{output}: cannot be written: {_reason(error)}; choose another file with -o") from None


def _print(pieces: Iterator[str]) -> None:
    """Write the page to standard output, in UTF-8 whatever the locale is."""
    sys.stdout.flush()
    for piece in pieces:
        sys.stdout.buffer.write(piece.encode())
    sys.stdout.buffer.flush()


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
