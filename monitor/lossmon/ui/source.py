"""Where the screen gets what it shows."""

from __future__ import annotations

from typing import Protocol

from lossmon.gpu import GpuSnapshot
from lossmon.snapshot import Snapshot
from lossmon.text import Name


class Source(Protocol):
    """The newest snapshot of all runs; ``next`` is called in one thread, the others from the screen's."""

    def next(self, timeout: float) -> Snapshot | None:
        """Wait at most *timeout* seconds for a newer snapshot; None when nothing changed."""

    def prefer(self, name: Name) -> None:
        """Read the run of this name before the others."""

    def close(self) -> None:
        """Stop reading."""


class GpuSource(Protocol):
    """The newest sample of all GPUs."""

    def next(self, timeout: float) -> GpuSnapshot | None:
        """Wait at most *timeout* seconds for a newer sample; None when nothing changed."""

    def close(self) -> None:
        """Stop sampling."""
