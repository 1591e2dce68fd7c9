"""MLflow's file store: a directory a run, a file a metric, a line ``<milliseconds> <value> <step>`` a value."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from lossmon.core.hyperparameters import Hyperparameters, from_texts
from lossmon.sources.protocol import Budget, RunInfo, RunState, Update
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.shared.lines import LineSplitter
from lossmon_adapters.trackers.mlflow_metrics import StepCounter, true_value

_METRICS, _PARAMS, _TAGS, _META = "metrics", "params", "tags", "meta.yaml"
_RUN_NAME = "mlflow.runName"
"""The tag with the name of a run; only newer versions of MLflow write it into ``meta.yaml``, too."""
_STATES: Mapping[str, RunState] = {"1": "running", "3": "finished", "4": "failed", "5": "failed"}
"""``RunStatus`` of MLflow's ``service.proto``."""
_MAX_META_BYTES = 1 << 16
_MAX_FILES = 10_000
"""Metrics of a run that are read."""
_MAX_PARAMS = 256
"""Parameters of a run that are read."""
_MAX_DEPTH = 8
"""Slashes in the name of a metric, each of which is a directory."""
_MAX_LINE_BYTES = 1 << 12
"""A longer line is no value."""
_MILLISECONDS = 1e3


@dataclass
class _MetricFile:
    """How far the file of a metric was read."""

    inode: int
    offset: int = 0
    lines: LineSplitter = field(default_factory=lambda: LineSplitter(_MAX_LINE_BYTES))

    def is_replaced(self, status: os.stat_result) -> bool:
        """Return whether *status* is that of another file, or of one that lost what was read."""
        return status.st_ino != self.inode or status.st_size < self.offset


class MlflowRunSource:
    """Reads the lines that were added to the files of one run since the last poll."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._start_over()

    def poll(self, budget: Budget) -> Update:
        """Return what is new."""
        try:
            return self._poll(budget)
        except FileNotFoundError:
            return Update(gone=not self._directory.exists())
        except OSError as error:
            return Update(error=f"cannot be read: {os.strerror(error.errno or 0)}")

    def watch_paths(self) -> Sequence[str]:
        """Return the directory and the file that change when something is logged."""
        return [str(self._directory / name) for name in (_METRICS, _TAGS, _META)]

    def close(self) -> None:
        """Do nothing: nothing stays open between two polls."""

    def _start_over(self) -> None:
        """Forget everything that was read."""
        self._points, self._steps = ScalarsBuilder(), StepCounter()
        self._files: dict[Path, _MetricFile] = {}
        self._info: RunInfo | None = None
        self._params: tuple[int, Hyperparameters] = (-1, ())
        """When the directory of the parameters was last changed, in nanoseconds, and what is in it."""
        self._wrong_lines = 0

    def _poll(self, budget: Budget) -> Update:
        meta = _read_meta(self._directory / _META)
        files = {path: path.stat() for path in _files_in(self._directory / _METRICS)}
        is_deleted = meta.get("lifecycle_stage") == "deleted"
        is_void = any(path in files and file.is_replaced(files[path]) for path, file in self._files.items())
        if self._files and (is_deleted or is_void or self._files.keys() - files.keys()):
            self._start_over()
            return Update(reset=frozenset({""}), more=True)
        unread = 0 if is_deleted else self._read_files(files, budget.bytes)
        info, known = replace(_info(self._directory, meta), hyperparameters=self._read_params()), self._info
        self._info = info
        return Update(
            self._points.take(),
            {} if info == known else {"": info},
            more=unread > 0,
            warnings=self._warnings(),
            size=sum(status.st_size for status in files.values()),
            modified=max((status.st_mtime for status in files.values()), default=0.0),
        )

    def _read_params(self) -> Hyperparameters:
        """Return the parameters, each a file, which MLflow never changes; they are read once, and when one is added."""
        directory = self._directory / _PARAMS
        with suppress(OSError):
            changed = directory.stat().st_mtime_ns
            if changed != self._params[0]:
                files = islice(_files_in(directory), _MAX_PARAMS)
                pairs = [(path.relative_to(directory).as_posix(), _read_text(path)) for path in files]
                self._params = changed, from_texts(pairs)
        return self._params[1]

    def _read_files(self, files: Mapping[Path, os.stat_result], limit: int) -> int:
        """Read at most *limit* bytes of *files*; return how many are left."""
        unread = 0
        for path, status in files.items():
            file = self._files.setdefault(path, _MetricFile(status.st_ino))
            if limit > 0 and status.st_size > file.offset:
                limit -= self._read(path, file, limit)
            unread += status.st_size - file.offset
        return unread

    def _read(self, path: Path, file: _MetricFile, limit: int) -> int:
        """Read at most *limit* bytes of a file, and add the values of the lines in them; return how many were read."""
        with path.open("rb") as stream:
            stream.seek(file.offset)
            data = stream.read(limit)
        file.offset += len(data)
        tag = path.relative_to(self._directory / _METRICS).as_posix()
        for line in file.lines.feed(data).splitlines():
            self._wrong_lines += not self._add(tag, line.split())
        return len(data)

    def _add(self, tag: str, words: Sequence[bytes]) -> bool:
        """Add the value of a line; the step is missing in very old stores. Return whether the line is valid."""
        try:
            milliseconds, value, step = int(words[0]), float(words[1]), int(words[2]) if len(words) > 2 else 0
            self._points.add(tag, "step", self._steps.x(tag, step), milliseconds / _MILLISECONDS, true_value(value))
        except (ValueError, IndexError, OverflowError):
            return False
        return True

    def _warnings(self) -> Sequence[str]:
        wrong = [f"lines that are not valid left out: {self._wrong_lines:,}"] if self._wrong_lines else []
        too_long = chain.from_iterable(file.lines.warnings for file in self._files.values())
        return [*wrong, *too_long, *self._points.warnings]


def _files_in(directory: Path, depth: int = 0) -> Iterator[Path]:
    """Yield the regular files in *directory*; a slash in the name of a metric is a directory."""
    for path in islice(sorted(directory.iterdir()), _MAX_FILES):
        if path.is_symlink():
            continue
        if path.is_dir() and depth < _MAX_DEPTH:
            yield from _files_in(path, depth + 1)
        elif path.is_file():
            yield path


def _read_meta(path: Path) -> dict[str, str]:
    """Return the entries of ``meta.yaml``, of which each is a line."""
    pairs = (line.partition(": ") for line in _read_text(path).splitlines() if not line.startswith(" "))
    return {key: value.strip().strip("'\"") for key, _, value in pairs}


def _read_text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MAX_META_BYTES).decode("utf-8", "replace")


def _info(directory: Path, meta: Mapping[str, str]) -> RunInfo:
    """Return what is known of the run in *directory*, which is called by its id, and so is the experiment above it."""
    name, experiment = _run_name(directory, meta), _experiment_name(directory)
    state = _STATES.get(meta.get("status", ""), "unknown")
    if experiment:
        return RunInfo(f"{experiment}/{name or directory.name}", replaced_ids=2, state=state)
    return RunInfo(name, replaced_ids=1, state=state)


def _run_name(directory: Path, meta: Mapping[str, str]) -> str:
    try:
        stated = _read_text(directory / _TAGS / _RUN_NAME).strip()
    except OSError:
        stated = ""
    return stated or meta.get("run_name", "")


def _experiment_name(directory: Path) -> str:
    """Return the name of the experiment whose directory is above that of the run; empty if unknown."""
    try:
        meta = _read_meta(directory.parent / _META)
    except OSError:
        return ""
    return meta.get("name", "") if "experiment_id" in meta else ""
