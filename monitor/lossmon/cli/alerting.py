"""Alerts about what a command reads, if the user wants any."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lossmon.cli.direct_output import write_all

if TYPE_CHECKING:
    from lossmon.alerts.source import CompleteSource

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
    if not (arguments.bell or arguments.on or (arguments.alerts and not arguments.no_alerts)):
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


def terminal_writer() -> Callable[[str], None] | None:
    """Return what writes to the terminal, for alerts; None where there is none, or one that shows such text."""
    if (os.environ.get("TERM") or "dumb") == "dumb":
        return None
    descriptor = next((one for one in (1, 2) if os.isatty(one)), None)
    return None if descriptor is None else lambda text: write_all(descriptor, text.encode()) and None
