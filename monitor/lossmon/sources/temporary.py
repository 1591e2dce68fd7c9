"""Directories for what is of use only while lossmon runs."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from lossmon.core.errors import LossmonError


def temporary_directory(prefix: str, stack: ExitStack) -> Path:
    """Return a new directory, which *stack* removes at the end; raises LossmonError where there is no place for one.

    A command with a screen makes it before the screen, so that the guardian of the terminal, which outlives whatever
    ends the screen, removes it. ``tempfile`` does the same, but would take 3 MB of the guardian's memory all the while.
    """
    made = Path(os.environ.get("TMPDIR") or "/tmp", prefix + os.urandom(8).hex())  # noqa: S108 - new, and ours alone
    try:
        made.mkdir(mode=0o700)
    except OSError as error:
        raise LossmonError(f"temporary files: {error.strerror}; set TMPDIR to a directory with room") from None
    stack.callback(_remove, made)
    return made


def _remove(directory: Path) -> None:
    import shutil

    shutil.rmtree(directory, ignore_errors=True)
