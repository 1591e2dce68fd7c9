"""The paths on the command line, and the monitor that reads them."""

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
    from lossmon.sources.pipe import PipeLocation

_PROGRESS_DELAY = 1.0
"""Seconds of a task after which progress is shown."""


def require_existing(paths: Sequence[str]) -> list[str]:
    """Return *paths*; raises LossmonError for one that does not exist or is not accessible."""
    for path in paths:
        _require(path)
    return list(paths)


def _require(path: str) -> None:
    if not path:
        raise LossmonError("'': an empty path; give a log file or a directory with logs")
    if not Path(path).is_absolute():
        require_current_directory()
    try:
        Path(path).stat()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        reason = reason[:1].lower() + reason[1:]
        raise LossmonError(f"{path}: {reason}; give a log file or a directory with logs") from None


def require_current_directory() -> None:
    """Raise LossmonError if somebody has removed the current directory."""
    try:
        Path.cwd()
    except OSError:
        raise LossmonError("the current directory no longer exists; change to another one") from None


def open_monitor(
    paths: Sequence[str],
    arguments: argparse.Namespace,
    *,
    once: bool = False,
    found: Sequence[FileEntry] | None = None,
    pipe: PipeLocation | None = None,
    since: float | None = None,
    without: str = "",
) -> Monitor:
    """Return a monitor of *paths*, or only of the files *found* in them, and of *pipe*.

    With *once* it does not watch for changes. Runs last written before *since*, in seconds since 1970, and the file
    *without* are left out.
    """
    from lossmon.monitor import Monitor, MonitorSettings
    from lossmon.runs.run import TagOverride
    from lossmon.sources.plugins import Plugins
    from lossmon_adapters import BUILTIN, BUILTIN_SOURCES

    plugins, override = Plugins(), TagOverride(arguments.train, arguments.val, arguments.mode)
    settings = MonitorSettings(
        override,
        arguments.poll,
        once,
        found,
        pipe,
        arguments.follow,
        broken_plugins=plugins.failures,
        since=since,
        without=without,
    )
    return Monitor(paths, (*BUILTIN, *BUILTIN_SOURCES, *plugins.factories), settings)


class Progress:
    """Shows the progress of a task on stderr, if that is a terminal and the task takes longer than a second."""

    def __init__(self, task: str = "reading") -> None:
        self._task = task
        self._start = time.monotonic()
        self._shown = ""

    def update(self, share: float) -> None:
        """Show that *share* of the task, 0 to 1, is done."""
        if time.monotonic() - self._start < _PROGRESS_DELAY or not sys.stderr.isatty():
            return
        self._show(f"lossmon: {self._task} {share:.0%}")

    def clear(self) -> None:
        """Remove the progress from the terminal."""
        if self._shown:
            self._show("")

    def _show(self, text: str) -> None:
        if text != self._shown:
            sys.stderr.write(f"\r{text:<{len(self._shown)}}\r" if not text else f"\r{text}")
            sys.stderr.flush()
            self._shown = text
