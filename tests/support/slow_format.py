"""A log format made for tests that takes as long as a test says, by a clock that only the decoder moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

import numpy as np

from lossmon.core.points import Scalars
from lossmon.core.text import Name
from lossmon.sources.protocol import BaseAdapter


class SlowFormat(BaseAdapter):
    """The adapter of the format; each call of a decoder gives one point and takes ``seconds`` of its bytes."""

    name = "slow"

    def __init__(self, seconds: Callable[[bytes], float]) -> None:
        self.now = 0.0
        self.sizes: list[int] = []
        """How many bytes each call of a decoder got."""
        self._seconds = seconds

    def clock(self) -> float:
        """Return the CPU seconds that decoding has taken so far."""
        return self.now

    def claims(self, path: PurePath, head: bytes) -> bool:
        return path.suffix == ".slow"

    def decoder(self) -> SlowDecoder:
        return SlowDecoder(self)

    def decode(self, data: bytes) -> list[Scalars]:
        """Let the time pass that *data* takes."""
        self.sizes.append(len(data))
        self.now += self._seconds(data)
        number = np.array([float(len(self.sizes))])
        return [Scalars(Name.of("loss"), "step", number, number, number)]


class SlowDecoder:
    """A decoder of the format."""

    skip = 0
    warnings = ()

    def __init__(self, slow: SlowFormat) -> None:
        self._format = slow

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        return self._format.decode(bytes(data))

    def skipped(self, count: int) -> None:
        """Nothing is skipped."""

    def finish(self) -> list[Scalars]:
        return self._format.decode(b"last line")
