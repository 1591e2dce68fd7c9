"""Keeps the list of the checkpoints that were found, and gives each run its own."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from lossmon.core.checkpoint import Checkpoint
from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import Name
from lossmon.discovery import FileEntry, PollSchedule
from lossmon.runs.checkpoint_advice import with_checkpoints
from lossmon.runs.checkpoint_names import CheckpointName, checkpoint_name
from lossmon.runs.checkpoint_places import owners
from lossmon.runs.checkpoint_positions import SavedFile, began, locate
from lossmon.runs.run import Run

MAX_CHECKPOINTS = 20_000
"""Files of checkpoints that are remembered."""
_MAX_GONE = 1_000
"""Deleted checkpoints that are remembered."""
_LOOKS_PER_SECOND = 5.0
"""Looks at files that may be written to again: a checkpoint is written for a while, and some are overwritten."""


@dataclass(frozen=True, slots=True)
class _File:
    name: CheckpointName
    size: int
    modified: float
    is_empty: bool = False


class _Saved(NamedTuple):
    """A checkpoint of a run, its files as one."""

    path: str
    whole: _File
    is_gone: bool


class CheckpointIndex:
    """The checkpoints below the watched paths, put together from the files that discovery finds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._files: dict[str, dict[str, _File]] = {}
        """The files of each checkpoint, by their path."""
        self._checkpoint_of: dict[str, str] = {}
        self._gone: dict[str, _File] = {}
        self._schedule: PollSchedule[str] = PollSchedule(rate=_LOOKS_PER_SECOND)
        self._version = 0
        self._owned: dict[Name, list[_Saved]] = {}
        """The checkpoints of each run, by path."""
        self._owned_state: object = None
        """The version of the index and the logs of the runs when ``_owned`` was found."""
        self._shown: dict[Name, tuple[RunSnapshot, list[_Saved], RunSnapshot]] = {}
        """For each run: its snapshot without checkpoints, what it owned then, and the snapshot with them."""

    def add(self, entry: FileEntry) -> None:
        """Add a file if it belongs to a checkpoint."""
        if entry.path in self._checkpoint_of or len(self._checkpoint_of) >= MAX_CHECKPOINTS:
            return
        name = checkpoint_name(entry.path.replace(os.sep, "/"))
        if name is None:
            return
        self._files.setdefault(name.path, {})[entry.path] = _File(name, entry.size, entry.modified)
        self._checkpoint_of[entry.path] = name.path
        self._gone.pop(name.path, None)
        self._schedule.add(entry.path, self._clock())
        self._version += 1

    def forget(self, path: str) -> None:
        """Forget a file that was deleted; a checkpoint that has no file left is remembered as gone."""
        checkpoint = self._checkpoint_of.pop(path, None)
        if checkpoint is None:
            return
        self._schedule.discard(path)
        before = _whole(self._files[checkpoint].values())
        del self._files[checkpoint][path]
        if not self._files[checkpoint]:
            del self._files[checkpoint]
        if before.name.has_weights and not self._has_weights(checkpoint):
            self._gone[checkpoint] = before
            if len(self._gone) > _MAX_GONE:
                del self._gone[next(iter(self._gone))]
        self._version += 1

    def refresh(self) -> bool:
        """Look again at some files that may have been written to; return whether one has changed."""
        before = self._version
        for path in self._schedule.due(self._clock()):
            checkpoint = self._checkpoint_of.get(path)
            if checkpoint is None:
                self._schedule.discard(path)
                continue
            file = self._files[checkpoint][path]
            try:
                status = Path(path).stat()
            except OSError:
                continue  # discovery will notice that it is gone
            if (status.st_size, status.st_mtime) != (file.size, file.modified):
                self._files[checkpoint][path] = replace(file, size=status.st_size, modified=status.st_mtime)
                self._schedule.touch(path, self._clock())
                self._version += 1
        return self._version != before

    def attach(
        self, runs: Sequence[RunSnapshot], logs: Callable[[], Mapping[Name, Iterable[str]]]
    ) -> tuple[RunSnapshot, ...]:
        """Return *runs* with their checkpoints; *logs* returns the paths of the logs of each, which say where they are.

        The same object is returned for a run as long as nothing changes.
        """
        if not self._files and not self._gone:
            return tuple(runs)
        self._find_owners(logs())
        self._shown = {run.name: self._with_checkpoints(run) for run in runs}
        return tuple(self._shown[run.name][2] for run in runs)

    def _find(self, checkpoint: str) -> _File:
        return _whole(self._files[checkpoint].values()) if checkpoint in self._files else self._gone[checkpoint]

    def _has_weights(self, checkpoint: str) -> bool:
        return any(file.name.has_weights for file in self._files.get(checkpoint, {}).values())

    def _find_owners(self, logs: Mapping[Name, Iterable[str]]) -> None:
        """Find the run of each checkpoint, if runs or checkpoints are others than the last time."""
        folders = {run: frozenset(paths) for run, paths in logs.items()}
        state = (self._version, folders)
        if state == self._owned_state:
            return
        self._owned_state = state
        in_run = {run: [path.replace(os.sep, "/") for path in paths] for run, paths in folders.items()}
        self._owned = defaultdict(list)
        for path, run in sorted(owners({*self._files, *self._gone}, in_run).items()):
            self._owned[run].append(_Saved(path, self._find(path), path in self._gone))

    def _with_checkpoints(self, run: RunSnapshot) -> tuple[RunSnapshot, list[_Saved], RunSnapshot]:
        saved, known = self._owned.get(run.name, []), self._shown.get(run.name)
        if known is not None and known[0] is run and known[1] == saved:
            return known
        checkpoints = _placed(saved, run)
        if known is not None and known[0] is run and known[2].checkpoints == checkpoints:
            return run, saved, known[2]
        return run, saved, with_checkpoints(run, checkpoints) if checkpoints else run


def _placed(saved: Iterable[_Saved], run: RunSnapshot) -> tuple[Checkpoint, ...]:
    """Return the checkpoints of *run*, those with a known place in the order of the run, the others behind them."""
    start = began(run)
    own = [one for one in saved if one.whole.modified >= start]
    labels = _labels([one.path for one in own])
    positions = locate([SavedFile(one.whole.name, one.whole.modified) for one in own], run)
    found = [
        Checkpoint(
            Name.of(path),
            whole.size,
            whole.modified,
            whole.name.role,
            has_weights=whole.name.has_weights,
            is_gone=is_gone,
            x=position.x,
            evaluation=position.evaluation,
            known_by=position.known_by,
            label=labels[path],
            is_empty=whole.is_empty,
        )
        for (path, whole, is_gone), position in zip(own, positions, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (one.x is None, one.x or 0.0, one.path.text)))


def _labels(paths: Sequence[str]) -> dict[str, str]:
    """Return for each path as many of its last parts as no other path ends in.

    >>> _labels(["run/a/best.pt", "run/b/best.pt"])
    {'run/a/best.pt': 'a/best.pt', 'run/b/best.pt': 'b/best.pt'}
    """
    parts = {path: path.split("/") for path in paths}
    labels: dict[str, str] = {}
    count = 1
    while left := [path for path in paths if path not in labels]:
        ends = {path: "/".join(parts[path][-count:]) for path in left}
        uses = Counter(ends.values())
        labels |= {path: Name.of(end).text for path, end in ends.items() if uses[end] == 1 or count >= len(parts[path])}
        count += 1
    return labels


def logs_by_run(runs: Iterable[Run], originals: Mapping[Name, RunSnapshot]) -> dict[Name, set[str]]:
    """Return the paths of the logs of each run; those of a duplicate are logs of its original."""
    logs: dict[Name, set[str]] = {}
    for run in runs:
        original = originals.get(run.name)
        logs.setdefault(original.name if original else run.name, set()).update(log.path for log in run.logs)
    return logs


def _whole(files: Iterable[_File]) -> _File:
    """Return the *files* of one checkpoint as one, which is as old as its first file of weights.

    Others may be added to a directory much later, as when the weights are converted.
    """
    parts = [*files]
    weights = [part for part in parts if part.name.has_weights]
    modified = min(part.modified for part in weights) if weights else max(part.modified for part in parts)
    is_empty = any(part.size == 0 for part in weights)
    return _File((weights or parts)[0].name, sum(part.size for part in parts), modified, is_empty)
