"""What the reading threads tell the application."""

from __future__ import annotations

from textual.message import Message

from lossmon.gpu import GpuSnapshot
from lossmon.snapshot import Snapshot


class Read(Message):
    """A newer snapshot was read; one that still waits is replaced."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Say that only the newest one counts."""
        return isinstance(message, Read)


class Sampled(Message):
    """The GPUs were sampled; a sample that still waits is replaced."""

    def __init__(self, gpus: GpuSnapshot) -> None:
        super().__init__()
        self.gpus = gpus

    def can_replace(self, message: Message) -> bool:
        """Say that only the newest one counts."""
        return isinstance(message, Sampled)


class Died(Message):
    """A reading thread ended with an error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
