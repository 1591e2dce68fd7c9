"""A monitor of one directory with clocks that the test sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lossmon.core.snapshot import RunSnapshot, Snapshot
from lossmon.monitor import Monitor, MonitorSettings
from lossmon.runs import Limits, TagOverride
from lossmon.sources.registry import AnyFormat
from lossmon_adapters import BUILTIN


class Clock:
    """A clock that moves only when the test moves it, so that nothing has to be waited for."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class WatchedMonitor:
    """A monitor of one directory that reads whenever the test calls ``look``."""

    def __init__(
        self,
        root: Path,
        override: TagOverride | None = None,
        limits: Limits | None = None,
        formats: Sequence[AnyFormat] = BUILTIN,
    ) -> None:
        self.clock = Clock()
        self.wall_clock = Clock()
        settings = MonitorSettings(override or TagOverride(), poll=1.0, limits=limits or Limits())
        self.monitor = Monitor([str(root)], formats, settings, clock=self.clock, wall_clock=self.wall_clock)
        self.last: Snapshot | None = None

    def look(self, seconds: float = 20.0) -> Snapshot:
        """Let some time pass, and return the newest snapshot when nothing is left to read."""
        for _ in range(20):
            self.clock.now += seconds / 20
            self.last = self.monitor.wait_for_snapshot(0) or self.last
        assert self.last is not None
        return self.last

    def run(self, name: str) -> RunSnapshot:
        return {run.name.text: run for run in self.look().runs}[name]
