"""A command of the user that is run with the facts of an alert on its standard input."""

from __future__ import annotations

from collections.abc import Sequence

from lossmon.alerts.alert import Alert
from lossmon.alerts.channel import DeliveryError
from lossmon.alerts.process import run_limited
from lossmon.report.json_report import dumps


class CommandChannel:
    """Runs a command, without a shell, for each alert; it has *seconds* for each."""

    def __init__(self, name: str, argv: Sequence[str], seconds: float) -> None:
        self.name = name
        self._argv, self._seconds = argv, seconds

    def send(self, alert: Alert) -> str:
        """Run the command with the facts of *alert* as one line of JSON; raises DeliveryError if it fails."""
        status = run_limited(self._argv, f"{dumps(alert.facts)}\n".encode(), self._seconds)
        if status:
            how = f"was ended by signal {-status}" if status < 0 else f"exited with {status}"
            raise DeliveryError(f"{self._argv[0]} {how}")
        return "exited with 0"
