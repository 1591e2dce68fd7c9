"""A discovery that is looked at by a clock of its own."""

from __future__ import annotations

from pathlib import Path

from lossmon.discovery import Changes, Scanner


class Watcher:
    """A discovery with a clock that runs a second a look."""

    def __init__(self, *roots: Path | str, budget: int = 2000) -> None:
        self.now = 1000.0
        self.discovery = Scanner([str(root) for root in roots], budget=budget)
        self.look()

    def look(self, seconds: float = 1.0) -> Changes:
        self.now += seconds
        return self.discovery.tick(self.now)

    def within(self, seconds: int) -> tuple[list[str], list[str]]:
        """Return the names of new files and the paths of gone ones, found by looks of a second each."""
        looks = [self.look() for _ in range(seconds)]
        return [file.name for look in looks for file in look.files], [path for look in looks for path in look.gone]

    @property
    def names(self) -> list[str]:
        return [file.name for file in self.discovery.files]


def write(path: Path, data: bytes = b"data\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def write_runs(root: Path) -> Path:
    """Write four log files, two of them of one run, and return *root*."""
    for name in ("b/log.csv", "a/train/events", "a/validation/events", "c.csv"):
        write(root / name)
    return root
