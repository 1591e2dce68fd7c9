"""Standard input as a log: copied to a file of our own, which is then followed like any other."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from lossmon.cli.inputs import STDIN
from lossmon.core.errors import LossmonError
from lossmon.sources.temporary import temporary_directory


@dataclass(slots=True)
class StdinSpool:
    """Paths to follow, and what became of standard input, if it is among them."""

    paths: list[str]
    ended: threading.Event = field(default_factory=threading.Event)
    trouble: str = ""
    """Why no more of it is kept; it is read on all the same, since whoever writes it must not be held up."""

    def check(self) -> None:
        """Raise LossmonError if not all of standard input was kept."""
        if self.trouble:
            raise LossmonError(
                f"-: not all of it could be kept: {self.trouble}; set TMPDIR to a directory with more room"
            )


def spool_directory(paths: Sequence[str], stack: ExitStack) -> Path | None:
    """Return a directory for the copy, which *stack* removes at the end; None where standard input is not asked for."""
    if STDIN not in paths:
        return None
    if os.isatty(0):
        raise LossmonError(
            "-: standard input is the terminal; pipe a log into it: python train.py 2>&1 | lossmon watch -"
        )
    return temporary_directory("lossmon-", stack)


def start_spooling(paths: Sequence[str], directory: Path | None) -> StdinSpool:
    """Return *paths* with ``-`` replaced by a growing copy of standard input in *directory*."""
    if directory is None:
        return StdinSpool(list(paths))
    copy = directory / "stdin.log"
    copy.touch()
    # The reader blocks for as long as the training runs; as a daemon it does not keep lossmon from ending.
    spool = StdinSpool([str(copy) if path == STDIN else path for path in paths])
    threading.Thread(target=_copy, args=(os.dup(0), copy, spool), name="stdin", daemon=True).start()
    return spool


def unwind_on_signal(stack: ExitStack) -> None:
    """Let a signal that asks for the end be obeyed by leaving, so that *stack* is unwound; nohup is respected."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            stack.callback(signal.signal, number, signal.signal(number, _leave))


def _leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _copy(source: int, target: Path, spool: StdinSpool) -> None:
    with target.open("ab", buffering=0) as file:
        while data := _next(source):
            if not spool.trouble:
                spool.trouble = _write(file.fileno(), data)
    spool.ended.set()


def _next(source: int) -> bytes:
    try:
        return os.read(source, 1 << 16)
    except OSError:
        return b""


def _write(target: int, data: bytes) -> str:
    """Write all of *data* and return why that failed, "" if it did not."""
    try:
        while data:
            data = data[os.write(target, data) :]
    except OSError as error:
        return os.strerror(error.errno or 0)
    return ""
