"""``lossmon alert``: print where alerts go, or send a test and say what came back."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from lossmon.cli.alert_settings import wanted_alerts
from lossmon.cli.alerting import terminal_writer
from lossmon.cli.config import apply_config
from lossmon.cli.messages import EX_ERROR, print_notice
from lossmon.core.errors import LossmonError
from lossmon.core.text import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossmon.alerts.channel import Channel
    from lossmon.alerts.settings import AlertSettings

_NONE = "no alerts are set; give --bell or --on, or write a table [alerts] into the configuration file (lossmon config)"


def run(arguments: argparse.Namespace) -> int:
    """Print the channels, or what came back from a test of them; return 0, or 2 if one failed."""
    settings = wanted_alerts(apply_config(arguments))
    if settings is None:
        raise LossmonError(_NONE)
    if arguments.test is None:
        _print_channels(settings)
        return 0
    results = [_test(channel) for channel in _chosen(settings, arguments.test)]
    return 0 if all(results) else EX_ERROR


def _print_channels(settings: AlertSettings) -> None:
    from lossmon.alerts.alerter import command_channels, push_channels

    pushed = push_channels(settings, lambda _: None)
    for channel in pushed:
        print(f"{sanitize(channel.name)}: {', '.join(sorted(settings.conditions))}")
    for channel in command_channels(settings):
        print(sanitize(channel.name))
    if settings.quiet is not None and pushed:
        hours = "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in settings.quiet)
        print(f"quiet: {hours}, except for commands")


def _chosen(settings: AlertSettings, name: str) -> Sequence[Channel]:
    """Return the channels called *name*, or all that lead to people if it is empty; raises LossmonError for none."""
    from lossmon.alerts.alerter import command_channels, push_channels
    from lossmon.alerts.settings import COMMAND_PREFIX

    pushed = push_channels(settings, terminal_writer())
    known = [*pushed, *command_channels(settings)]
    named = [one for one in known if name in (one.name, one.name.removeprefix(COMMAND_PREFIX))]
    chosen = named if name else pushed
    if not chosen:
        option = f"--test {name}" if name else "--test"
        names = ", ".join(repr(channel.name) for channel in known) or "none that works here"
        raise LossmonError(f"{option}: no such channel; there are {names}")
    return chosen


def _test(channel: Channel) -> bool:
    """Send a test on *channel*, and print what came back; return whether it arrived."""
    from lossmon.alerts.alert import sample_alert
    from lossmon.alerts.channel import DeliveryError

    try:
        answer = channel.send(sample_alert())
    except DeliveryError as error:
        sys.stdout.flush()
        print_notice(f"{channel.name}: {error}")
        return False
    print(f"{sanitize(channel.name)}: {sanitize(answer)}")
    return True
