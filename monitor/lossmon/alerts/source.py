"""A source of snapshots that alerts are told from, on their way to the screen."""

from __future__ import annotations

from typing import Protocol

from lossmon.alerts.alerter import Alerter
from lossmon.core.snapshot import Snapshot
from lossmon.core.text import Name


class CompleteSource(Protocol):
    """Where snapshots come from; ``Monitor`` is one."""

    @property
    def complete(self) -> bool:
        """Whether everything that is there was read."""

    def wait_for_snapshot(self, timeout: float) -> Snapshot | None:
        """Return the next snapshot, or None if nothing has changed within *timeout* seconds."""

    def prefer(self, name: Name) -> None:
        """Read the run with this name first."""

    def close(self) -> None:
        """End a waiting ``wait_for_snapshot``."""


class AlertingSource:
    """Passes the snapshots of *source* on, and tells what is new in them."""

    def __init__(self, source: CompleteSource, alerter: Alerter) -> None:
        self._source, self._alerter = source, alerter

    @property
    def complete(self) -> bool:
        """Whether everything that is there was read."""
        return self._source.complete

    def wait_for_snapshot(self, timeout: float) -> Snapshot | None:
        """Return the next snapshot, or None if nothing has changed within *timeout* seconds."""
        snapshot = self._source.wait_for_snapshot(timeout)
        self._alerter.take(snapshot, is_complete=self._source.complete)
        return snapshot

    def prefer(self, name: Name) -> None:
        """Read the run with this name first."""
        self._source.prefer(name)

    def close(self) -> None:
        """Stop reading."""
        self._source.close()
