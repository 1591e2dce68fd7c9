"""Standard input as a log: it is copied to a temporary file, which is then followed like any other.

The process that supervises the terminal imports this module, so it imports little itself.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from lossmon.core.errors import LossmonError
from lossmon.core.temporary import temporary_directory

if TYPE_CHECKING:
    from types import FrameType

STDIN = "-"
"""The path that names standard input."""
_BLOCK_BYTES = 1 << 16
"""Bytes of one read, the capacity of a pipe in Linux."""


class StdinSpool:
    """The paths to follow, and the state of the copy of standard input if it is one of them."""

    def __init__(self, paths: list[str]) -> None:
        import threading

        self.paths = paths
        self.ended = threading.Event()
        """Set after standard input has ended and all of it was copied."""
        self.error = ""
        """Why copying stopped. Standard input is still read to its end, so that its writer is not blocked."""

    def check(self) -> None:
        """Raise LossmonError if standard input was not copied completely."""
        if self.error:
            raise LossmonError(
                f"-: could not be stored completely: {self.error}; set TMPDIR to a directory with more space"
            )


def spool_directory(paths: Sequence[str], stack: ExitStack) -> Path | None:
    """Make a directory for the copy, which *stack* removes when it is closed; None if *paths* has no ``-``.

    Raises LossmonError if standard input is the terminal.
    """
    if STDIN not in paths:
        return None
    if os.isatty(0):
        raise LossmonError(
            "-: standard input is the terminal; pipe a log into it: python train.py 2>&1 | lossmon watch -"
        )
    return temporary_directory("lossmon-", stack)


def start_spooling(paths: Sequence[str], directory: Path | None) -> StdinSpool:
    """Start to copy standard input into *directory*, and replace ``-`` in *paths* by the path of the copy.

    Nothing is copied if *directory* is None.
    """
    import threading

    if directory is None:
        return StdinSpool(list(paths))
    copy = directory / "stdin.log"
    copy.touch()
    spool = StdinSpool([str(copy) if path == STDIN else path for path in paths])
    # A daemon thread: it blocks for as long as the training runs and must not keep lossmon from exiting.
    threading.Thread(target=_copy_to_file, args=(os.dup(0), copy, spool), name="stdin", daemon=True).start()
    return spool


def unwind_on_signal(stack: ExitStack) -> None:
    """Exit normally on SIGTERM and SIGHUP, so that *stack* is closed; a signal that is ignored stays ignored."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            stack.callback(signal.signal, number, signal.signal(number, _exit_on_signal))


def _exit_on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _copy_to_file(source: int, target: Path, spool: StdinSpool) -> None:
    """Copy from the descriptor *source* to *target* until the end; after a write error, only read."""
    with target.open("ab", buffering=0) as file:
        while data := _read_block(source):
            if not spool.error:
                spool.error = _write_all(file.fileno(), data)
    spool.ended.set()


def _read_block(source: int) -> bytes:
    try:
        return os.read(source, _BLOCK_BYTES)
    except OSError:
        return b""


def _write_all(target: int, data: bytes) -> str:
    """Write all of *data* to the descriptor *target*; return the error text, "" on success."""
    try:
        while data:
            data = data[os.write(target, data) :]
    except OSError as error:
        return os.strerror(error.errno or 0)
    return ""
