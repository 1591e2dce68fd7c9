"""Captured output of a training: text for people, with losses in its lines or tables."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.metric_names import METRIC_HINTS
from lossmon.sources.protocol import BaseAdapter

if TYPE_CHECKING:
    from lossmon.sources.protocol import Decoder

_SUFFIXES = {".log", ".txt", ".out", ".err", ".stdout", ".stderr"}
_NAMES = {"stdout", "stderr", "log", "output", "console"}
_METRIC_HINTS = tuple(hint.encode() for hint in METRIC_HINTS)


class ConsoleOutput(BaseAdapter):
    """Output of any training that gives the epoch or step of its losses, line by line or in tables."""

    name = "text"
    priority = 10

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether a line of *head* has a loss or a metric of train and validation, and its epoch or step.

        Output often begins with something else, so a file that was not claimed may be when it has grown.
        """
        named = path.suffix.lower() in _SUFFIXES or path.name.lower() in _NAMES
        # A Windows shell writes UTF-16; without its NUL bytes the hints are as they are elsewhere.
        if not named or not any(hint in head.lower().replace(b"\0", b"") for hint in _METRIC_HINTS):
            return False
        from lossmon_adapters.console.output_parser import is_training_output

        return is_training_output(head)

    def decoder(self) -> Decoder:
        """Return a new decoder for one log."""
        from lossmon_adapters.console.decoder import ConsoleDecoder

        return ConsoleDecoder()
