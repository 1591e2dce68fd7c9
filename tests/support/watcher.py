"""A scanner with a clock that the test sets, and files for it to find."""

from __future__ import annotations

from pathlib import Path

from lossmon.discovery import Changes, ScanLimits, Scanner

LARGE_BUDGET = ScanLimits(calls_per_tick=2000)


class Watcher:
    """A scanner with a clock that advances one second per tick."""

    def __init__(self, *roots: Path | str, limits: ScanLimits = LARGE_BUDGET) -> None:
        self.now = 1000.0
        self.scanner = Scanner([str(root) for root in roots], limits=limits)
        self.tick()

    def tick(self, seconds: float = 1.0) -> Changes:
        self.now += seconds
        return self.scanner.tick(self.now)

    def changes_within(self, seconds: int) -> tuple[list[str], list[str]]:
        """Return the names of new files and the paths of removed ones, found in *seconds* ticks of one second."""
        ticks = [self.tick() for _ in range(seconds)]
        return [file.name for tick in ticks for file in tick.files], [path for tick in ticks for path in tick.gone]

    @property
    def names(self) -> list[str]:
        return [file.name for file in self.scanner.files]


def write(path: Path, data: bytes = b"data\n") -> Path:
    """Write a file, with the directories above it, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def write_runs(root: Path) -> Path:
    """Write four log files, two of them of one run, and return *root*."""
    for name in ("b/log.csv", "a/train/events", "a/validation/events", "c.csv"):
        write(root / name)
    return root
