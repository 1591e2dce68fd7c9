"""``lossmon tail``: print a line for each evaluation and each change of verdict."""

from __future__ import annotations

import argparse
import select
import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lossmon.cli.alerting import alerting, terminal_writer
from lossmon.cli.config import apply_config
from lossmon.cli.inputs import open_monitor, require_existing
from lossmon.cli.known_tags import unknown_tags
from lossmon.cli.messages import print_notice
from lossmon.cli.stdin import open_stdin, require_pipe
from lossmon.cli.until import Until
from lossmon.core.errors import LossmonError
from lossmon.core.snapshot import Snapshot
from lossmon.core.text import cell_width
from lossmon.report.events import UNREADABLE, Event, EventLog, format_event
from lossmon.report.style import Style

if TYPE_CHECKING:
    from lossmon.alerts.source import CompleteSource
    from lossmon.sources.pipe import PipeLocation

_MAX_ALIGNED = 32
"""Cells of a name behind which texts line up; a longer one pushes only its own line to the right."""
_SNAPSHOT_TIMEOUT = 0.5
"""Seconds to wait for a snapshot before looking whether standard input has ended."""
EX_NOT_REACHED = 1
"""The exit code if nothing came to a condition of ``--until``."""


def run(arguments: argparse.Namespace) -> int:
    """Print events until interrupted, or until standard input ends, and return 0.

    With ``--until`` return 0 as soon as a run is in one of its conditions, and 1 if that never happens.
    """
    arguments = apply_config(arguments)
    require_pipe(arguments.paths)
    paths, pipe = open_stdin(arguments.paths)
    require_existing(paths)
    open_source = partial(open_monitor, paths, arguments, pipe=pipe)
    with (
        alerting(open_source, arguments, terminal_writer(), print_notice, all_is_new=not paths) as source,
        closing(source),
    ):
        return _Follower(source, pipe, arguments).follow()


class _Follower:
    """Prints what is new."""

    def __init__(self, source: CompleteSource, pipe: PipeLocation | None, arguments: argparse.Namespace) -> None:
        self._source, self._pipe, self._arguments = source, pipe, arguments
        self._style, self._events = Style.of(sys.stdout), EventLog()
        self._has_printed, self._is_reading_old = False, pipe is None
        self._newest = Snapshot()
        self._until = _until(arguments)

    def follow(self) -> int:
        """Print until there is nothing more to come, and return the exit code."""
        while _has_reader(sys.stdout.fileno()):
            has_ended = self._pipe is not None and self._pipe.reader.has_ended
            snapshot = self._source.wait_for_snapshot(_SNAPSHOT_TIMEOUT)
            if snapshot:
                self._print(snapshot)
            if self._is_reading_old and self._source.complete:
                self._finish_reading_old()
            if self._has_reached():
                return 0
            if has_ended and snapshot is None:
                return self._end()
        return 0 if self._until is None else EX_NOT_REACHED

    def _print(self, snapshot: Snapshot) -> None:
        # Of the logs that are there at the start only the last evaluation is printed; a pipe has none before it.
        last_only = self._pipe is None
        if self._arguments.json:
            lines = [*self._events.new_json_lines(snapshot, last_only=last_only)]
            self._has_printed |= _print_lines(lines)
        else:
            width = _name_width(snapshot) if sys.stdout.isatty() else 0
            events = [*self._events.new_events(snapshot, last_only=last_only)]
            self._has_printed |= _print_text(events, self._style, width)
        self._newest = snapshot

    def _finish_reading_old(self) -> None:
        self._is_reading_old = False
        for message in unknown_tags(self._newest, self._arguments):
            print_notice(message)

    def _has_reached(self) -> bool:
        if self._until is None:
            return False
        message = self._until.reached(self._newest, is_complete=self._source.complete)
        if message:
            print_notice(message)
        return bool(message)

    def _end(self) -> int:
        """Return the exit code at the end of standard input."""
        if not self._has_printed:
            raise LossmonError("-: no losses found on standard input; save it and run lossmon doctor on the file")
        output = self._newest.output
        how = "failed" if output is not None and output.failure else "ended"
        return 0 if self._until is None or self._until.ends_with(how) else EX_NOT_REACHED


def _until(arguments: argparse.Namespace) -> Until | None:
    """Return what to wait for; where all paths are files, these are meant, also if their runs have ended."""
    if arguments.until is None:
        return None
    return Until(arguments.until, counts_ended=not any(Path(path).is_dir() for path in arguments.paths))


def _print_text(events: Sequence[Event], style: Style, width: int) -> bool:
    """Print *events* for people, what cannot be read on stderr; return whether anything was printed on stdout.

    Behind names of at most *width* cells the texts line up.
    """
    for event in events:
        if event["event"] == UNREADABLE:
            print_notice(format_event(event))
    shown = [event for event in events if event["event"] != UNREADABLE]
    return _print_lines([style.encodable(_aligned(event, width)) for event in shown])


def _aligned(event: Event, width: int) -> str:
    """Return *event* as a line, with blanks behind its name up to *width* cells."""
    name = f"{event['run']}:"
    return name + " " * max(0, width + 1 - cell_width(name)) + format_event(event).removeprefix(name)


def _name_width(snapshot: Snapshot) -> int:
    """Return the cells of the longest name that is not too long to be lined up."""
    widths = (cell_width(run.name.full_text) for run in snapshot.runs)
    return max((width for width in widths if width <= _MAX_ALIGNED), default=0)


def _print_lines(lines: Sequence[str]) -> bool:
    if lines:
        print("\n".join(lines), flush=True)
    return bool(lines)


def _has_reader(descriptor: int) -> bool:
    """Return whether somebody may still read what is written to *descriptor*: a pipe or a terminal can be closed."""
    poll = select.poll()
    # Errors and hang-ups are reported whatever is asked for.
    poll.register(descriptor, 0)
    return not any(state & (select.POLLERR | select.POLLHUP) for _, state in poll.poll(0))
