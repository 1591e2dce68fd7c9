"""Write to a terminal that may be slow, or that nobody reads, without waiting for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable


class NonBlockingWriter:
    """Writes to a non-blocking file descriptor from the event loop, one frame at a time.

    The caller sends a frame only while ``is_free``, so that frames do not queue up and what is shown is never older
    than one frame. *on_drained* is called when a frame that did not go out at once has been written.
    """

    def __init__(self, fd: int, loop: asyncio.AbstractEventLoop, on_drained: Callable[[], None]) -> None:
        self._fd, self._loop, self._on_drained = fd, loop, on_drained
        self._unsent = memoryview(b"")

    @property
    def is_free(self) -> bool:
        """Whether everything has been written."""
        return not self._unsent

    def send(self, data: bytes) -> None:
        """Write as much of *data* now as the terminal takes, and the rest later."""
        self._unsent = memoryview(bytes(self._unsent) + data)
        self._write()
        if self._unsent:
            self._loop.add_writer(self._fd, self._on_writable)

    def drop(self) -> None:
        """Forget what has not been written yet."""
        self._unsent = memoryview(b"")
        self._loop.remove_writer(self._fd)

    def _on_writable(self) -> None:
        self._write()
        if not self._unsent:
            self._loop.remove_writer(self._fd)
            self._on_drained()

    def _write(self) -> None:
        try:
            self._unsent = self._unsent[os.write(self._fd, self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            # The terminal is gone. The keyboard notices that too, and ends the program.
            self._unsent = memoryview(b"")
