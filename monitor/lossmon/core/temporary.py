"""A temporary directory that exists only while lossmon runs."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from lossmon.core.errors import LossmonError


def temporary_directory(prefix: str, stack: ExitStack) -> Path:
    """Make a directory in ``$TMPDIR`` or ``/tmp`` and return its path; *stack* removes it when it is closed.

    Raises LossmonError if the directory cannot be made. A command with a screen calls this before it starts the
    screen: the supervisor process, which outlives any crash of the screen, then removes the directory.
    ``tempfile`` would do the same, but importing it costs 3 MB in that process.
    """
    directory = Path(os.environ.get("TMPDIR") or "/tmp", prefix + os.urandom(8).hex())  # noqa: S108 - unguessable name
    try:
        directory.mkdir(mode=0o700)
        directory.chmod(0o700)  # whatever the umask is
    except OSError as error:
        raise LossmonError(f"temporary files: {error.strerror}; set TMPDIR to a directory with free space") from None
    stack.callback(_remove, directory)
    return directory


def _remove(directory: Path) -> None:
    import shutil

    shutil.rmtree(directory, ignore_errors=True)
