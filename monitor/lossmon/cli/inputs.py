"""The paths a person named, and the feed that follows them."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lossmon.core.errors import LossmonError

if TYPE_CHECKING:
    from lossmon.discovery import FileEntry
    from lossmon.monitor import Monitor

_PATIENCE = 1.0
"""Seconds after which a person wants to know how far it is."""


def require_existing(paths: Sequence[str]) -> list[str]:
    """Return *paths*; raises LossmonError for one that does not exist or may not be looked at."""
    for path in paths:
        _require(path)
    return list(paths)


def _require(path: str) -> None:
    try:
        Path(path).stat()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        reason = reason[:1].lower() + reason[1:]
        raise LossmonError(f"{path}: {reason}; name a directory of runs or a log file") from None


def open_monitor(
    paths: Sequence[str], arguments: argparse.Namespace, *, once: bool = False, found: Sequence[FileEntry] | None = None
) -> Monitor:
    """Return the feed of *paths*, or of the files *found* below them; *once* if it need not notice changes."""
    from lossmon.monitor import Monitor, MonitorSettings
    from lossmon.runs.run import TagOverride
    from lossmon_adapters import BUILTIN

    settings = MonitorSettings(TagOverride(arguments.train, arguments.val), arguments.poll, once, found)
    return Monitor(paths, BUILTIN, settings)


class Progress:
    """Says on a terminal's stderr how far reading is, once it takes longer than a second."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._said = ""

    def __call__(self, share: float) -> None:
        """Take note that *share* of the bytes, 0 to 1, was read."""
        if time.monotonic() - self._start < _PATIENCE or not sys.stderr.isatty():
            return
        self._say(f"lossmon: reading {share:.0%}")

    def done(self) -> None:
        """Take back what was said."""
        if self._said:
            self._say("")

    def _say(self, text: str) -> None:
        if text != self._said:
            sys.stderr.write(f"\r{text:<{len(self._said)}}\r" if not text else f"\r{text}")
            sys.stderr.flush()
            self._said = text
