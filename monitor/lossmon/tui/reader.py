"""Background threads that read snapshots and post each one to the application."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from textual.message import Message

from lossmon.core.snapshot import Snapshot
from lossmon.core.text import Name
from lossmon.gpu import GpuSnapshot

T = TypeVar("T")


class SnapshotSource(Protocol):
    """Where snapshots of the runs come from; ``Monitor`` is one. It is read in a single thread."""

    def wait_for_snapshot(self, timeout: float) -> Snapshot | None:
        """Return the next snapshot, or None if nothing has changed within *timeout* seconds."""

    def prefer(self, name: Name) -> None:
        """Read the run with this name first; may be called from any thread."""

    def close(self) -> None:
        """End a waiting ``wait_for_snapshot``; may be called from any thread."""


class GpuSource(Protocol):
    """Where samples of the GPUs come from; ``GpuSampler`` is one. It is read in a single thread."""

    def wait_for_snapshot(self, timeout: float) -> GpuSnapshot | None:
        """Return the next sample, or None if there is none within *timeout* seconds."""

    def close(self) -> None:
        """Stop sampling."""


class NewestMessage(Message):
    """A message of which only the newest matters: it replaces one of its class that is still in the message queue."""

    def can_replace(self, message: Message) -> bool:
        """Return whether *message* is of the same class, so that only the newer one is handled."""
        return type(message) is type(self)


class SnapshotArrived(NewestMessage):
    """A newer snapshot was read."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot


class GpuSampled(NewestMessage):
    """The GPUs were sampled."""

    def __init__(self, gpus: GpuSnapshot) -> None:
        super().__init__()
        self.gpus = gpus


class ReaderFailed(Message):
    """A reader thread ended with an error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class ReaderThread(threading.Thread, Generic[T]):
    """Calls *read* again and again, and *on_result* with each result that is not None.

    *read* gets *timeout*, the seconds it may wait. An exception ends the thread and goes to *on_error*. It is a daemon
    thread: a read that hangs on a dead file system does not keep the program from ending.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[float], T | None],
        on_result: Callable[[T], object],
        on_error: Callable[[Exception], object],
        *,
        timeout: float = 0.5,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._read, self._on_result, self._on_error = read, on_result, on_error
        self._timeout = timeout
        self._stopped = threading.Event()
        self.last_return = time.monotonic()
        """When *read* last returned, on the monotonic clock."""

    def run(self) -> None:
        """Read until stopped."""
        try:
            while not self._stopped.is_set():
                self._read_once()
        except Exception as error:  # noqa: BLE001 - the application raises it again
            self._on_error(error)

    def _read_once(self) -> None:
        result = self._read(self._timeout)
        self.last_return = time.monotonic()
        if result is not None and not self._stopped.is_set():
            self._on_result(result)

    def stop(self) -> None:
        """Deliver no more results; the thread ends when its read returns."""
        self._stopped.set()
