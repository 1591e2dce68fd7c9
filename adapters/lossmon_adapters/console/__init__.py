"""Training logs meant for people: captured output, with losses in its lines."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.sources.protocol import BaseAdapter

if TYPE_CHECKING:
    from lossmon.sources.protocol import Decoder

_SUFFIXES = {".log", ".txt", ".out", ".err", ".stdout", ".stderr"}
_NAMES = {"stdout", "stderr", "log", "output", "console"}
_MARKS = (
    b"loss", b"learn:", b"acc", b"auc", b"err", b"l1", b"l2", b"mae", b"mse", b"nll", b"ppl", b"perplexity", b"entropy",
    b"trl:", b"tel:",
)  # fmt: skip


class Text(BaseAdapter):
    """Output of any training that says of which epoch or step its losses are, line by line or in tables."""

    name = "text"
    priority = 10

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether a line of *head* has a loss or a metric of train and validation, and its epoch or step.

        Output often begins with something else, so a file that was not claimed may be when it has grown.
        """
        named = path.suffix.lower() in _SUFFIXES or path.name.lower() in _NAMES
        # A Windows shell writes UTF-16; without its NUL bytes the marks are as they are elsewhere.
        if not named or not any(mark in head.lower().replace(b"\0", b"") for mark in _MARKS):
            return False
        from lossmon_adapters.console.line_state import shows_loss

        return shows_loss(head)

    def decoder(self) -> Decoder:
        """Make a decoder for one log."""
        from lossmon_adapters.console.decoder import TextDecoder

        return TextDecoder()
