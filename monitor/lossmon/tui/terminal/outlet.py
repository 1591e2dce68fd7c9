"""Bytes to a terminal that may be slow, or read by nobody."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable


class NonBlockingWriter:
    """Writes to a non-blocking descriptor from the event loop, one frame at a time.

    Whoever offers frames looks at ``free`` first: nothing queues up, so what is shown is never older than one frame.
    """

    def __init__(self, fd: int, loop: asyncio.AbstractEventLoop, drained: Callable[[], None]) -> None:
        self._fd, self._loop, self._drained = fd, loop, drained
        self._left = memoryview(b"")

    @property
    def free(self) -> bool:
        """Whether the terminal has taken all it was given."""
        return not self._left

    def send(self, data: bytes) -> None:
        """Write *data*, what the terminal does not take at once later; ``drained`` is called then."""
        self._left = memoryview(bytes(self._left) + data)
        self._write()
        if self._left:
            self._loop.add_writer(self._fd, self._go_on)

    def drop(self) -> None:
        """Forget what was not written yet."""
        self._left = memoryview(b"")
        self._loop.remove_writer(self._fd)

    def _go_on(self) -> None:
        self._write()
        if not self._left:
            self._loop.remove_writer(self._fd)
            self._drained()

    def _write(self) -> None:
        try:
            self._left = self._left[os.write(self._fd, self._left) :]
        except BlockingIOError:
            return
        except OSError:
            # The terminal has gone; its reading end says so, and that ends the program.
            self._left = memoryview(b"")
