"""Connects what changes, what may pass now, and the channels."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from lossmon.alerts.alert import Alert
from lossmon.alerts.changes import ChangeLog
from lossmon.alerts.channel import Channel, Outbox
from lossmon.alerts.gate import Gate, minute_of_day
from lossmon.alerts.settings import AlertSettings, Webhook
from lossmon.core.snapshot import Snapshot

Write = Callable[[str], None]
"""Writes escape sequences to a terminal, and nowhere else."""


class Alerter:
    """Tells what is new in each snapshot. No call waits for a channel, but for ``finish``.

    *write* leads to the terminal; None without one. Problems of channels go to *notice*, from other threads.
    *all_is_new* says that also what is there already is news, as in a pipe.
    """

    def __init__(
        self,
        settings: AlertSettings,
        write: Write | None,
        notice: Callable[[str], None],
        *,
        all_is_new: bool = False,
        clock: Callable[[], float] = time.monotonic,
        minute: Callable[[], int] = minute_of_day,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._pushed = settings.conditions
        self._gate = Gate(settings.per_hour, settings.quiet, clock=clock, minute=minute)
        self._outboxes = [Outbox(channel, notice) for channel in push_channels(settings, write)]
        self._commands = [
            (command.conditions, Outbox(channel, notice))
            for command, channel in zip(settings.commands, command_channels(settings), strict=True)
        ]
        wanted = {condition for conditions, _ in self._commands for condition in conditions}
        wanted |= self._pushed if self._outboxes else frozenset()
        self._changes = ChangeLog(wanted, wall_clock(), all_is_new=all_is_new)

    def take(self, snapshot: Snapshot | None, *, is_complete: bool) -> None:
        """Tell what is new in *snapshot*, and what was held back until now; call it also without a snapshot."""
        alerts = self._changes.new_alerts(snapshot, is_complete=is_complete)
        for alert in alerts:
            for conditions, outbox in self._commands:
                if alert.condition in conditions:
                    outbox.put(alert)
        self._push(self._gate.passing([alert for alert in alerts if alert.condition in self._pushed]))

    def finish(self, seconds: float) -> None:
        """Deliver what is left, in at most *seconds*, and stop."""
        self._push(self._gate.last())
        outboxes = [*self._outboxes, *(outbox for _, outbox in self._commands)]
        deadline = time.monotonic() + seconds
        for outbox in outboxes:
            outbox.finish()
        for outbox in outboxes:
            outbox.join(max(0.0, deadline - time.monotonic()))

    def _push(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            for outbox in self._outboxes:
                outbox.put(alert)


def push_channels(settings: AlertSettings, write: Write | None) -> list[Channel]:
    """Return the channels that lead to people."""
    channels = [_webhook_channel(webhook, settings.seconds) for webhook in settings.webhooks]
    if not settings.terminal or write is None:
        return channels
    from lossmon.alerts.terminal import TerminalChannel

    return [TerminalChannel(write), *channels]


def command_channels(settings: AlertSettings) -> list[Channel]:
    """Return the channel of each command."""
    if not settings.commands:
        return []
    from lossmon.alerts.command import CommandChannel

    return [CommandChannel(command.name, command.argv, settings.seconds) for command in settings.commands]


def _webhook_channel(webhook: Webhook, seconds: float) -> Channel:
    if webhook.kind == "apprise":
        from lossmon.alerts.apprise import AppriseChannel

        return AppriseChannel(webhook, seconds)
    from lossmon.alerts.webhook import WebhookChannel  # urllib takes 38 ms

    return WebhookChannel(webhook)
