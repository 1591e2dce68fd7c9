"""Writes the story of the demo at its pace."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from pathlib import Path

from lossmon.demo.story import moments, writers


class Replay:
    """Writes into *directory* what is due: by itself after :meth:`start`, or when told to by :meth:`write_until`.

    *speed* is seconds of the story a second; 0 and infinity mean that all of it is over. *clock* gives seconds since
    1970, *monotonic* seconds that never go back.
    """

    def __init__(
        self,
        directory: Path,
        speed: float = 1.0,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._moments = moments()
        self._written = 0
        self._writers = writers(directory)
        self._all_at_once = not 0 < speed < math.inf
        self._speed = 1.0 if self._all_at_once else speed
        self._now = self._moments[-1].due if self._all_at_once else 0.0
        self._wall_now = clock()
        self._monotonic = monotonic
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)
        self._failure: OSError | None = None

    @property
    def next_due(self) -> float:
        """The second of the story at which the next record is written; infinity after the last."""
        return self._moments[self._written].due if self._written < len(self._moments) else math.inf

    def write_until(self, second: float) -> None:
        """Write everything due up to *second* of the story, dated as if it ran at this speed up to now.

        Raise OSError if it cannot be written.
        """
        while self.next_due <= min(second, self._moments[-1].due):
            due, run, record = self._moments[self._written]
            self._written += 1
            self._writers[run].write(record, self._wall_now + (due - self._now) / self._speed)

    def start(self) -> None:
        """Write what came before now, at once; then, on a thread, the rest as it becomes due."""
        self.write_until(self._now)
        self._thread.start()

    def join(self) -> None:
        """Wait until the story is over, or writing failed."""
        self._thread.join()

    def close(self) -> None:
        """Stop and close the files; raise the OSError that stopped it before, if one did."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        for writer in self._writers.values():
            writer.close()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        started = self._monotonic()
        while self.next_due < math.inf:
            wait = (self.next_due - self._now) / self._speed - (self._monotonic() - started)
            if self._closing.wait(max(0.0, wait)):
                return
            try:
                self.write_until(self.next_due)
            except OSError as failure:
                self._failure = failure
                return
