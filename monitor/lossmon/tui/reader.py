"""A thread that reads and hands on; if it dies, the screen is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class ReaderThread(threading.Thread, Generic[T]):
    """Reads again and again in a thread of its own and delivers whatever is new.

    A daemon: a read that hangs on a dead file system must not keep the screen from closing.
    """

    _PATIENCE = 0.5

    def __init__(
        self,
        name: str,
        read: Callable[[float], T | None],
        deliver: Callable[[T], object],
        fail: Callable[[Exception], object],
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._read, self._deliver, self._fail = read, deliver, fail
        self._stopped = threading.Event()
        self.heard = time.monotonic()
        """When the last read came back, on the monotonic clock."""

    def run(self) -> None:
        """Read until stopped."""
        try:
            while not self._stopped.is_set():
                self._once()
        except Exception as error:  # noqa: BLE001 - raised again where it ends the program
            self._fail(error)

    def _once(self) -> None:
        found = self._read(self._PATIENCE)
        self.heard = time.monotonic()
        if found is not None and not self._stopped.is_set():
            self._deliver(found)

    def stop(self) -> None:
        """Deliver nothing any more; the thread ends once its read comes back."""
        self._stopped.set()
