"""The runs that the logs make up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path, PurePosixPath
from typing import TypeAlias, TypeVar

from lossmon.core.snapshot import A_COPY
from lossmon.core.text import Name
from lossmon.runs.grouping import LogPlacement, RunGroup, group_logs, is_split, run_names
from lossmon.runs.hyperparameters import PlacedFormat, settings_directories
from lossmon.runs.log import Log, PlacedLog
from lossmon.runs.log_run import LogRun
from lossmon.runs.run import Run, TagOverride
from lossmon.runs.tag_parser import parse_tag
from lossmon.runs.writers import DirectoryWriters
from lossmon.sources.protocol import RunId, RunLayout

RunKey: TypeAlias = "tuple[str, PurePosixPath, int, RunId]"
"""Root, the directory or file that the run is named after, which of the writers to it, and which run in its logs."""

_L = TypeVar("_L", Log, LogRun)
_Part: TypeAlias = tuple[_L, str]
"""A log, or a run in it, and the prefix of its tags."""


class RunSet:
    """Groups logs into runs; runs that stay the same are kept."""

    def __init__(self, override: TagOverride, clock: Callable[[], float], *, several_roots: bool) -> None:
        self.runs: dict[RunKey, Run] = {}
        self.copies: dict[str, str] = {}
        """Paths of logs that are not read, because they are copies of others, and the reason."""
        self._override = override
        self._clock = clock
        self._several_roots = several_roots
        self._placements: dict[str, LogPlacement] = {}
        self._state: object = None
        """What the runs were made from."""
        self._versions = (0, 0)
        self._writers = DirectoryWriters()
        self._labelled: set[RunKey] = set()

    def invalidate(self) -> None:
        """Group the logs again the next time, because one of them was removed."""
        self._versions = (-1, -1)

    def regroup(self, logs: Mapping[str, PlacedLog]) -> None:
        """Group *logs*, by path, again if logs, runs in them or tags were added."""
        versions = (len(logs), sum([placed.log.content_version for placed in logs.values()]))
        if versions[0] != self._versions[0]:
            self._writers.set_logs(logs.values())
        if not self._writers.update() and versions == self._versions:
            return
        self._versions = versions
        placements = {path: self._placement(path, placed) for path, placed in logs.items()}
        run_ids = {
            path: [(run.id, run.info.name) for run in placed.log.runs]
            for path, placed in logs.items()
            if placed.log.tells_runs_apart
        }
        state = (placements, run_ids, dict(self._writers.by_path))
        if state == self._state:
            return
        self._placements, self._state = placements, state
        by_root: dict[str, list[LogPlacement]] = {}
        for path, placement in placements.items():
            by_root.setdefault(logs[path].root, []).append(placement)
        self._apply(logs, {root: group_logs(members) for root, members in by_root.items()})

    def _placement(self, path: str, placed: PlacedLog) -> LogPlacement:
        known, log = self._placements.get(path), placed.log
        layout = log.format.run_layout
        # A log with a single tag may be in a directory that is named after the tag.
        is_single = layout is RunLayout.DIRECTORY and sum(len(run.current_series) for run in log.runs) == 1
        tags = _tags(log) if is_single else frozenset()
        splits = _splits(log) if is_split(placed.place.parent.name) else frozenset()
        placement = LogPlacement(placed.place, log.format.name, layout, tags, splits, placed.is_directory)
        return known if known == placement else placement

    def _apply(self, logs: Mapping[str, PlacedLog], groups_by_root: dict[str, dict[PurePosixPath, RunGroup]]) -> None:
        """Make a run of each group, or of each run in its logs; keep those that were there before."""
        runs: dict[RunKey, Run] = {}
        log_at = {(placed.root, placed.place): placed.log for placed in logs.values()}
        self.copies.clear()
        for root, groups in groups_by_root.items():
            names = run_names(groups)
            for key, group in groups.items():
                members = [(log_at[root, member.file.path], member.prefix) for member in group.members]
                path, name = _run_path(root, group.path), self._name(root, names[key])
                for (writer, run_id), label, parts, writers in self._split(members):
                    place = _without_ids(name, parts)
                    run = runs[root, key, writer, run_id] = self._run((root, key, writer, run_id), place, label, path)
                    run.set_logs(parts, writers)
                for copy in group.copies:
                    self.copies[log_at[root, copy.path].path] = A_COPY
        _make_names_unique(runs.values())
        self.runs = runs
        self._find_settings()

    def _find_settings(self) -> None:
        """Tell each run in which directories its hyperparameters may be."""
        logs = {
            key: [PlacedFormat(log.path, key[0], log.log.format.name) for log in run.logs]
            for key, run in self.runs.items()
        }
        for key, directories in settings_directories(logs).items():
            self.runs[key].set_settings_directories(directories)

    def _split(
        self, members: Sequence[_Part[Log]]
    ) -> Iterator[tuple[tuple[int, RunId], str, list[_Part[LogRun]], int]]:
        """Yield writer and id, label, and logs of each run in the logs of a group, and how many writers there are."""
        writers = self._writers.split(members)
        for writer, written in enumerate(writers):
            for run_id, label, parts in _split_into_runs(written):
                labels = [f"writer {writer + 1}"] * (len(writers) > 1) + [label] * bool(label)
                yield (writer, run_id), "/".join(labels), parts, len(writers)

    def _run(self, key: RunKey, name: str, label: str, path: str) -> Run:
        """Return the run *label* of the logs called *name*; it is the only one if *label* is empty."""
        run = self.runs.get(key)
        full_name = "/".join(filter(None, (name, label)))
        if run is None:
            run = Run(full_name, path, self._override, self._clock)
        elif label or key in self._labelled:
            run.rename(full_name)
        (self._labelled.add if label else self._labelled.discard)(key)
        return run

    def _name(self, root: str, key: PurePosixPath) -> str:
        if self._several_roots:
            return root if Path(root).is_file() else str(PurePosixPath(root) / key)
        return str(key) if key.name else Path(root).resolve().name


def _split_into_runs(members: Sequence[_Part[Log]]) -> Iterator[tuple[RunId, str, list[_Part[LogRun]]]]:
    """Yield id, label and logs of each run in the logs of a group, each log with the prefix of its tags.

    The label is the name that the log gives the run, else its number. It is empty for a first run without a name, which
    keeps the name of the log when others follow.
    """
    parts: dict[RunId, list[_Part[LogRun]]] = {}
    for log, prefix in members:
        for run in log.runs:
            parts.setdefault(run.id, []).append((run, prefix))
    if len(parts) > 1 and not any(run.has_points for run, _ in parts.get("", ())):
        parts.pop("", None)
    for number, (run_id, runs) in enumerate(parts.items(), 1):
        stated = next((run.info.name for run, _ in runs if run.info.name.strip()), run_id if run_id.strip() else "")
        yield run_id, stated or (str(number) if number > 1 else ""), runs


def _without_ids(name: str, parts: Iterable[_Part[LogRun]]) -> str:
    """Return the *name* of logs without the ids at its end, if their run has a name that stands for them."""
    count = max((run.info.replaced_ids for run, _ in parts if run.info.name.strip()), default=0)
    return "/".join(name.split("/")[:-count]) if count else name


def _make_names_unique(runs: Iterable[Run]) -> None:
    """Add a number to the name of a run if another run has the same name: ``run (2)``."""
    taken: set[Name] = set()
    for run in runs:
        if run.name in taken:
            stem = run.name.full_text
            run.rename(next(name for number in count(2) if Name.of(name := f"{stem} ({number})") not in taken))
        taken.add(run.name)


def _tags(log: Log) -> frozenset[str]:
    return frozenset(tag.text for run in log.runs for tag in run.current_series)


def _splits(log: Log) -> frozenset[str]:
    """Return which of train and validation the tags of *log* name."""
    return frozenset(split for tag in _tags(log) if (split := parse_tag(tag).split))


def _run_path(root: str, place: PurePosixPath) -> str:
    path = Path(root)
    return str(path if path.is_file() else path / place)
