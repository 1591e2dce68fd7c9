"""Standard input as a log.

The process that supervises the terminal imports this module, so it imports little itself.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lossmon.core.errors import LossmonError
from lossmon.sources import STDIN

if TYPE_CHECKING:
    from lossmon.sources.pipe import PipeLocation


def require_pipe(paths: Sequence[str]) -> None:
    """Raise LossmonError if standard input is one of *paths* but is the terminal."""
    if STDIN in paths and os.isatty(0):
        raise LossmonError(
            "-: standard input is the terminal; pipe a log into it: python train.py 2>&1 | lossmon watch -"
        )


def open_stdin(
    paths: Sequence[str], descriptor: int | None = None, *, may_block_writer: bool = False
) -> tuple[list[str], PipeLocation | None]:
    """Start to read standard input, or *descriptor* in its place, if it is one of *paths*; return the others and it.

    With *may_block_writer* its writer waits while much was read but not yet decoded; else something is left out then.
    """
    others = [path for path in paths if path != STDIN]
    if len(others) == len(paths):
        return others, None
    from lossmon.sources.pipe import PipeLocation, PipeReader

    pipe = os.dup(0) if descriptor is None else descriptor
    return others, PipeLocation(PipeReader(pipe, may_block_writer=may_block_writer))
