"""Directories for what is of use only while lossmon runs."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from lossmon.errors import LossmonError


def temporary(prefix: str, stack: ExitStack) -> Path:
    """Return a new directory, which *stack* removes at the end; raises LossmonError where there is no place for one.

    A command with a screen makes it before the screen, so that the guardian of the terminal, which outlives whatever
    ends the screen, removes it.
    """
    try:
        made = TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
    except OSError as error:
        raise LossmonError(f"temporary files: {error.strerror}; set TMPDIR to a directory with room") from None
    return Path(stack.enter_context(made))
