"""What the reading threads tell the application."""

from __future__ import annotations

from textual.message import Message

from lossmon.core.snapshot import Snapshot
from lossmon.gpu import GpuSnapshot


class SnapshotArrived(Message):
    """A newer snapshot was read; one that still waits is replaced."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Say that only the newest one counts."""
        return isinstance(message, SnapshotArrived)


class GpuSampled(Message):
    """The GPUs were sampled; a sample that still waits is replaced."""

    def __init__(self, gpus: GpuSnapshot) -> None:
        super().__init__()
        self.gpus = gpus

    def can_replace(self, message: Message) -> bool:
        """Say that only the newest one counts."""
        return isinstance(message, GpuSampled)


class ReaderFailed(Message):
    """A reading thread ended with an error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
