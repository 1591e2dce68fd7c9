"""Where the screen gets what it shows."""

from __future__ import annotations

from typing import Protocol

from lossmon.core.snapshot import Snapshot
from lossmon.core.text import Name
from lossmon.gpu import GpuSnapshot


class SnapshotSource(Protocol):
    """The newest snapshot of all runs; ``wait_for_snapshot`` is called in one thread, the others from the screen's."""

    def wait_for_snapshot(self, timeout: float) -> Snapshot | None:
        """Wait at most *timeout* seconds for a newer snapshot; None when nothing changed."""

    def prefer(self, name: Name) -> None:
        """Read the run of this name before the others."""

    def close(self) -> None:
        """Stop reading."""


class GpuSource(Protocol):
    """The newest sample of all GPUs."""

    def wait_for_snapshot(self, timeout: float) -> GpuSnapshot | None:
        """Wait at most *timeout* seconds for a newer sample; None when nothing changed."""

    def close(self) -> None:
        """Stop sampling."""
