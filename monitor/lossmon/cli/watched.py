"""What the screen shows: paths, and the output of trainings that ``lossmon run`` has started."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lossmon.cli.inputs import open_monitor

if TYPE_CHECKING:
    from lossmon.cli.programs.record import Record
    from lossmon.monitor import Monitor
    from lossmon.sources.pipe import PipeLocation

_MAX_TITLE = 32
"""Characters of a command in the header; the command line of a training can be very long."""


class Watched(NamedTuple):
    """What is shown on the screen."""

    paths: Sequence[str]
    title: str
    output: PipeLocation | None = None
    """The output of a program."""
    output_file: str = ""
    """The file from which that is read, without links; it may be below the paths, too."""
    stops_program: bool = False
    """Whether the program would stop with the screen, because it writes to standard input."""
    since: float | None = None
    """Runs that were last written before this time, in seconds since 1970, are not shown."""
    interrupt: Callable[[], bool] | None = None
    """Passes ctrl+c on to the program, and returns whether it still runs."""

    @property
    def is_new(self) -> bool:
        """Whether there is nothing in it from before: a pipe, or a program that has just been started."""
        return self.interrupt is not None or (self.stops_program and not self.paths)

    def open(self, arguments: argparse.Namespace) -> Monitor:
        """Return a monitor of all that is shown."""
        return open_monitor(self.paths, arguments, pipe=self.output, since=self.since, without=self.output_file)


def watched_program(record: Record, interrupt: Callable[[], bool] | None = None) -> Watched:
    """Return one training: its output, and the logs that were written since it began. Raises OSError."""
    from lossmon.cli.programs.output import open_output
    from lossmon.cli.programs.record import without_directories
    from lossmon.core.text import crop

    program = record.program
    command = shlex.join(without_directories(program.command))
    title = command if len(command) <= _MAX_TITLE else f"{crop(command, _MAX_TITLE - 1)}…"
    paths = [os.path.relpath(path) for path in program.watched if Path(path).exists()]
    output, file = open_output(record), os.path.realpath(program.log)
    return Watched(paths, title, output, file, since=program.started, interrupt=interrupt)


def watched_in(paths: Sequence[str], title: str) -> Watched:
    """Return what is in *paths*, and the output of trainings that were started there.

    If the only path is the file with the output of a training, that is what is watched.
    """
    from lossmon.cli.programs.find import find_below
    from lossmon.cli.programs.output import open_output

    record = _record_of_file(paths)
    try:
        if record is not None:
            return watched_program(record)
        if found := find_below(paths):
            output, file = open_output(found.record), os.path.realpath(found.record.program.log)
            return Watched([*paths, *found.others], title, output, file)
    except OSError:
        pass  # its output was deleted a moment ago
    return Watched(paths, title)


def watched_record(paths: Sequence[str]) -> Record | None:
    """Return the training whose output ``watched_in`` shows for *paths*; None if there is none."""
    from lossmon.cli.programs.find import find_below

    if record := _record_of_file(paths):
        return record
    found = find_below(paths)
    return found.record if found else None


def _record_of_file(paths: Sequence[str]) -> Record | None:
    """Return the training whose output is in the file that is the only one of *paths*."""
    from lossmon.cli.programs.find import find_by_log

    return find_by_log(paths[0]) if len(paths) == 1 and Path(paths[0]).is_file() else None
