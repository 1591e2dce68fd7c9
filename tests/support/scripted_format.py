"""A log format made for tests, of which each file says how many tags and points it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from lossmon.core.points import Scalars
from lossmon.core.text import Name
from lossmon.sources.protocol import BaseAdapter, RunLayout

FIRST_WORD = b"points"


def log_bytes(tags: int, points: int) -> bytes:
    """Return a log of a few bytes that holds *points* random values of each of *tags*."""
    return b"%b %d %d" % (FIRST_WORD, tags, points)


@dataclass
class ScriptedFormat(BaseAdapter):
    """The adapter of the format; it is also its decoder."""

    name: str = "scripted"
    priority: int = BaseAdapter.priority
    run_layout: RunLayout = RunLayout.FILE
    skip = 0
    warnings: Sequence[str] = ()

    def claims(self, path: PurePath, head: bytes) -> bool:
        return head.startswith(FIRST_WORD)

    def decoder(self) -> ScriptedFormat:
        return self

    def skipped(self, count: int) -> None:
        """Nothing is skipped."""

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        _, tags, points = bytes(data).split()
        x = np.arange(int(points))
        values = np.random.default_rng(0).normal(size=int(points))
        return [Scalars(Name.of(f"tag{tag}"), "step", x, values, values) for tag in range(int(tags))]
