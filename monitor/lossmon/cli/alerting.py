"""Alerts about what a command reads, if the user wants any."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from lossmon.cli.alert_options import wants_alerts
from lossmon.cli.direct_output import understands_sequences, write_all
from lossmon.cli.messages import print_notice

if TYPE_CHECKING:
    from lossmon.alerts.source import CompleteSource
    from lossmon.cli.watched import Watched
    from lossmon.sources.pipe import PipeLocation

_POLL_SECONDS = 0.5
_LAST_SECONDS = 20.0
"""How long the last alerts may take at the end of what is followed."""


@contextmanager
def alerting(
    open_source: Callable[[], CompleteSource],
    arguments: argparse.Namespace,
    write: Callable[[str], None] | None,
    notice: Callable[[str], None],
    *,
    all_is_new: bool,
    seconds: float = _LAST_SECONDS,
) -> Iterator[CompleteSource]:
    """Yield the source, from which alerts are told if the *arguments* ask for them; nothing is imported if not.

    *all_is_new* says that also what is there already is news. *write* rings the terminal, *notice* tells about channels
    that fail. In the end alerts that are on their way get *seconds*, but none if an exception passes by. Raises
    LossmonError before anything is read.
    """
    if not wants_alerts(arguments):
        yield open_source()
        return
    from lossmon.alerts.alerter import Alerter
    from lossmon.alerts.source import AlertingSource
    from lossmon.cli.alert_settings import wanted_alerts

    settings = wanted_alerts(arguments)
    assert settings is not None, "something asks for alerts"
    alerter = Alerter(settings, write, notice, all_is_new=all_is_new)
    left = 0.0
    try:
        yield AlertingSource(open_source(), alerter)
        left = seconds
    finally:
        alerter.finish(left)


def require_valid_alerts(arguments: argparse.Namespace) -> None:
    """Raise LossmonError if alerts are asked for, but something is missing."""
    if wants_alerts(arguments):
        from lossmon.cli.alert_settings import wanted_alerts

        wanted_alerts(arguments)


@contextmanager
def alerting_beside(watched: Callable[[], Watched], arguments: argparse.Namespace) -> Iterator[None]:
    """Tell alerts about what is *watched* in a thread, if the *arguments* ask for any."""
    if not wants_alerts(arguments):
        yield
        return
    try:
        shown = watched()
    except OSError as error:
        print_notice(f"no alerts: {error.filename}: {error.strerror}")
        yield
        return
    open_source = partial(shown.open, arguments)
    with alerting(open_source, arguments, terminal_writer(), print_notice, all_is_new=True) as source:
        thread = threading.Thread(target=_follow, args=(source, shown.output), name="alerts", daemon=True)
        thread.start()
        yield
        thread.join(_LAST_SECONDS)


def _follow(source: CompleteSource, output: PipeLocation | None) -> None:
    """Read until the program has ended, and then what is left."""
    while source.wait_for_snapshot(_POLL_SECONDS) is not None or not (output is None or output.reader.has_ended):
        pass


def terminal_writer() -> Callable[[str], None] | None:
    """Return what writes to the terminal, for alerts; None where there is none, or one that shows such text."""
    descriptor = next((one for one in (1, 2) if understands_sequences(one)), None)
    if descriptor is None:
        return None

    def write(text: str) -> None:
        write_all(descriptor, text.encode())

    return write
