"""Standard input as a log: copied to a file of our own, which is then followed like any other."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from lossmon.commands.paths import STDIN
from lossmon.errors import LossmonError


@dataclass(slots=True)
class Spool:
    """Paths to follow, and whether standard input, if it is among them, has ended."""

    paths: list[str]
    ended: threading.Event = field(default_factory=threading.Event)
    trouble: OSError | None = None
    """Why no more of it could be copied, once it has ended for that reason."""

    def copy(self, source: int, target: Path) -> None:
        """Copy the descriptor *source* to the file *target* until it ends or cannot be copied any more."""
        try:
            with target.open("ab") as file:
                while data := os.read(source, 1 << 16):
                    file.write(data)
                    file.flush()
        except OSError as error:
            self.trouble = error
        finally:
            self.ended.set()

    def check(self) -> None:
        """Raise LossmonError if standard input was not copied to its end."""
        if self.trouble:
            where = tempfile.gettempdir()
            raise LossmonError(f"-: cannot be copied to {where}: {self.trouble.strerror}; set TMPDIR to another place")


def spooled(paths: Sequence[str], stack: ExitStack) -> Spool:
    """Return *paths* with ``-`` replaced by a growing copy of standard input, which *stack* removes at the end."""
    if STDIN not in paths:
        return Spool(list(paths))
    if os.isatty(0):
        raise LossmonError(
            "-: standard input is the terminal; pipe a log into it: python train.py 2>&1 | lossmon watch -"
        )
    directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="lossmon-"))
    copy = Path(directory) / "stdin.log"
    copy.touch()
    # The reader blocks for as long as the training runs; as a daemon it does not keep lossmon from ending.
    spool = Spool([str(copy) if path == STDIN else path for path in paths])
    threading.Thread(target=spool.copy, args=(os.dup(0), copy), name="stdin", daemon=True).start()
    return spool
