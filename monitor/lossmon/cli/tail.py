"""``lossmon tail``: print a line for each evaluation and each change of verdict."""

from __future__ import annotations

import argparse
import select
import sys
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from lossmon.cli.config import apply_config
from lossmon.cli.inputs import open_monitor, require_existing
from lossmon.cli.known_tags import unknown_tags
from lossmon.cli.messages import print_notice
from lossmon.cli.stdin import open_stdin, require_pipe
from lossmon.core.errors import LossmonError
from lossmon.core.snapshot import Snapshot
from lossmon.core.text import cell_width
from lossmon.report.events import UNREADABLE, Event, EventLog, format_event
from lossmon.report.style import Style

if TYPE_CHECKING:
    from lossmon.monitor import Monitor
    from lossmon.sources.pipe import PipeLocation

_MAX_ALIGNED = 32
"""Cells of a name behind which texts line up; a longer one pushes only its own line to the right."""
_SNAPSHOT_TIMEOUT = 0.5
"""Seconds to wait for a snapshot before looking whether standard input has ended."""


def run(arguments: argparse.Namespace) -> int:
    """Print events until interrupted, or until standard input ends, and return 0."""
    arguments = apply_config(arguments)
    require_pipe(arguments.paths)
    paths, pipe = open_stdin(arguments.paths)
    with closing(open_monitor(require_existing(paths), arguments, pipe=pipe)) as monitor:
        return _follow(monitor, pipe, arguments)


def _follow(monitor: Monitor, pipe: PipeLocation | None, arguments: argparse.Namespace) -> int:
    style, events, has_printed = Style.of(sys.stdout), EventLog(), False
    reading_old_logs, newest = pipe is None, Snapshot()
    while _has_reader(sys.stdout.fileno()):
        has_ended = pipe is not None and pipe.reader.has_ended
        snapshot = monitor.wait_for_snapshot(_SNAPSHOT_TIMEOUT)
        if snapshot:
            # Of the logs that are there at the start only the last evaluation is printed; a pipe has none before it.
            last_only = pipe is None
            if arguments.json:
                has_printed |= _print_lines([*events.new_json_lines(snapshot, last_only=last_only)])
            else:
                width = _name_width(snapshot) if sys.stdout.isatty() else 0
                has_printed |= _print_text([*events.new_events(snapshot, last_only=last_only)], style, width)
        newest = snapshot or newest
        if reading_old_logs and monitor.complete:
            reading_old_logs = False
            for message in unknown_tags(newest, arguments):
                print_notice(message)
        if has_ended and snapshot is None:
            if not has_printed:
                raise LossmonError("-: no losses found on standard input; save it and run lossmon doctor on the file")
            break
    return 0


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
