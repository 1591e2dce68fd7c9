"""Tell apart trainings that write to one directory at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve
from lossmon.core.text import Name
from lossmon.runs.log import Log, PlacedLog
from lossmon.sources.protocol import RunLayout

_MIN_POINTS = 3
"""Points that each of two writers must have logged while the other did, and steps that both must have logged."""
_MIN_SHARED_STEPS = 0.5
"""Share of the steps of the shorter curve that the other must have too."""


@dataclass(frozen=True, slots=True)
class _Written:
    """What a file holds, and when it was written, in seconds since 1970; NaN if the file has no times."""

    curves: dict[Name, Curve]
    first: float
    last: float


def assign_writers(logs: Sequence[Log]) -> list[int]:
    """Return which writer wrote each file of one directory, numbered from 0 in the order in which they began.

    Files of one writer follow each other, as after a resume. Two that were written at the same time and log the same
    steps with other values are of two writers.
    """
    written = [_written(log) for log in logs]
    writers: list[list[_Written]] = []
    assigned = [0] * len(logs)
    for index in sorted(range(len(logs)), key=lambda index: (np.isnan(written[index].first), written[index].first)):
        mine = written[index]
        # What had ended before this file began had ended before all later ones, too.
        writers = [[other for other in files if other.last > mine.first] for files in writers]
        busy = [any(_are_concurrent(mine, other) for other in files) for files in writers]
        assigned[index] = busy.index(False) if False in busy else len(writers)
        if assigned[index] == len(writers):
            writers.append([])
        writers[assigned[index]].append(mine)
    return assigned


def _written(log: Log) -> _Written:
    curves = {tag: series.curve() for run in log.runs for tag, series in run.current_series.items()}
    times = [_finite(curve.wall_time[[0, -1]]) for curve in curves.values() if len(curve.wall_time)]
    known = np.concatenate(times) if times else np.empty(0)
    return _Written(curves, float(known.min()), float(known.max())) if len(known) else _Written({}, np.nan, np.nan)


def _finite(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def _are_concurrent(one: _Written, other: _Written) -> bool:
    """Return whether two files were written at the same time by different trainings."""
    start, end = max(one.first, other.first), min(one.last, other.last)
    if not start < end:
        return False
    pairs = ((curve, other.curves[tag]) for tag, curve in one.curves.items() if tag in other.curves)
    return any(_conflict(ours, theirs, start, end) for ours, theirs in pairs)


def _conflict(one: Curve, other: Curve, start: float, end: float) -> bool:
    """Return whether both curves went on between the times *start* and *end*, with other values at the same steps."""
    for curve in (one, other):
        if np.count_nonzero((curve.wall_time >= start) & (curve.wall_time <= end)) < _MIN_POINTS:
            return False
    steps, ours, theirs = np.intersect1d(one.x, other.x, return_indices=True)
    enough = max(_MIN_POINTS, _MIN_SHARED_STEPS * min(len(one.x), len(other.x)))
    return len(steps) >= enough and not np.array_equal(one.value[ours], other.value[theirs], equal_nan=True)


class DirectoryWriters:
    """The writer of each file of a directory that several trainings write to at the same time."""

    def __init__(self) -> None:
        self.by_path: dict[str, int] = {}
        """The number of the writer, where it is not 0."""
        self._directories: dict[tuple[str, PurePosixPath], list[Log]] = {}
        """The logs of each directory that holds several of one run."""
        self._versions: dict[tuple[str, PurePosixPath], tuple[int, ...]] = {}
        """The versions of the logs of each directory when they were last compared."""

    def set_logs(self, logs: Iterable[PlacedLog]) -> None:
        """Set the logs to compare."""
        self._directories.clear()
        for placed in logs:
            if placed.log.format.run_layout is RunLayout.DIRECTORY:
                self._directories.setdefault((placed.root, placed.place.parent), []).append(placed.log)
        self._directories = {directory: logs for directory, logs in self._directories.items() if len(logs) > 1}

    def update(self) -> bool:
        """Compare the logs of each directory in which one has changed; return whether a writer has changed."""
        before = dict(self.by_path)
        for directory, logs in self._directories.items():
            versions = tuple([log.version for log in logs])
            # Half of a file may suggest anything.
            if versions == self._versions.get(directory) or any(log.has_more for log in logs):
                continue
            self._versions[directory] = versions
            for log, writer in zip(logs, assign_writers(logs), strict=True):
                self.by_path.pop(log.path, None)
                if writer:
                    self.by_path[log.path] = writer
        return self.by_path != before

    def split(self, members: Sequence[tuple[Log, str]]) -> list[list[tuple[Log, str]]]:
        """Return the logs of a run, each with a prefix of its tags, by their writers."""
        by_writer: dict[int, list[tuple[Log, str]]] = {}
        for log, prefix in members:
            by_writer.setdefault(self.by_path.get(log.path, 0), []).append((log, prefix))
        return [by_writer[writer] for writer in sorted(by_writer)]
