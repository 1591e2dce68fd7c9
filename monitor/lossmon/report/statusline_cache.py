"""The cache of ``lossmon status``, with which only the logs that have changed are read again.

This module imports no numpy: a line from the cache is printed without it, which is several times faster.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import platformdirs

from lossmon.core.atomic_write import replace_file
from lossmon.core.own_files import UnusableFileError, read_own_file
from lossmon.core.text import sanitize
from lossmon.discovery import FileEntry

FileSignatures: TypeAlias = "dict[str, list[float]]"
"""Inode, size and modification time of each file, by path."""
_LogPaths: TypeAlias = "frozenset[str]"

_MAX_FILE_SIZE = 32 << 20
"""Bytes of the largest cache that is read; with as many files as are cached, and long paths, it has about 10 MiB."""
_MAX_FILES = 20_000
"""With more files than this nothing is cached: reading the cache would take longer than reading the logs."""


class LinePart(NamedTuple):
    """A part of the status line."""

    text: str
    colour: str
    """The verdict in whose colour it is shown; empty for none."""


class RunSummary(NamedTuple):
    """What the status line needs of a run."""

    name: str
    verdict: str
    """The verdict, or why there is none."""
    onset: str
    """``e10`` or ``1203``; empty where there is no onset."""
    colour: str
    """The verdict in whose colour the run is shown."""
    urgency: tuple[int, int, float]
    """Sort key; the most urgent run has the lowest."""
    needs_action: bool
    note: str
    """What is said beside the verdict, in a word or two."""


class ComparedLoss(NamedTuple):
    """A loss by which duplicates of a training are recognised."""

    tag: str
    """Empty where there is no such loss."""
    points: int
    comparable: bool
    """Whether these are enough points to compare two runs by."""


class CachedRun(NamedTuple):
    """A run and the logs it was read from."""

    logs: tuple[str, ...]
    """Paths, with those of its duplicates."""
    losses: tuple[ComparedLoss, ...]
    """Train and validation."""
    summary: RunSummary


class CachedStatus(NamedTuple):
    """The status line and everything it was made from."""

    read_at: float
    """When all logs were last read, in seconds since 1970."""
    files: FileSignatures
    line: Sequence[LinePart]
    runs: Sequence[CachedRun]


RunReader: TypeAlias = Callable[[Sequence[FileEntry]], Sequence[CachedRun]]
"""Reads some files and returns the runs in them."""


def file_signatures(files: Iterable[FileEntry]) -> FileSignatures:
    """Return inode, size and modification time of each file; one of them changes whenever the file does."""
    return {file.path: [file.inode, file.size, file.modified] for file in files}


def update_runs(cached: CachedStatus, files: Sequence[FileEntry], read_runs: RunReader) -> list[CachedRun] | None:
    """Return the runs of *cached* after reading only those of *files* that have changed.

    Returns None if all files must be read, because the change may concern other runs too: a log is new or gone, a run
    has other losses than before, or one of its losses is only now long enough to be compared with other runs. Nor is a
    log read alone that holds several runs.
    """
    signatures = file_signatures(files)
    deleted = cached.files.keys() - signatures.keys()
    changed = {path for path, signature in signatures.items() if cached.files.get(path) != signature}
    if any(not deleted.isdisjoint(run.logs) for run in cached.runs) or _belong_to_runs(changed, cached):
        return None
    outdated = _by_logs(run for run in cached.runs if not changed.isdisjoint(run.logs))
    to_read = changed.union(*outdated)
    if _share_logs([run for run in cached.runs if not to_read.isdisjoint(run.logs)]):
        return None
    runs = read_runs([file for file in files if file.path in to_read]) if to_read else ()
    updated = _by_logs(runs)
    if len(updated) < len(runs):
        return None
    if updated.keys() != outdated.keys() or not all(_has_only_grown(outdated[logs], updated[logs]) for logs in updated):
        return None
    return [_with_name_of(run, updated.get(frozenset(run.logs), run)) for run in cached.runs]


def _by_logs(runs: Iterable[CachedRun]) -> dict[_LogPaths, CachedRun]:
    return {frozenset(run.logs): run for run in runs}


def _belong_to_runs(changed: Iterable[str], cached: CachedStatus) -> bool:
    """Return whether a new file is in a directory that is read as a whole, or is awaited beside a database."""
    awaited = {log for run in cached.runs for log in run.logs if log not in cached.files}
    new = [path for path in changed if path not in cached.files] if awaited else []
    return any(not awaited.isdisjoint(map(str, (Path(path), *Path(path).parents))) for path in new)


def _share_logs(runs: Sequence[CachedRun]) -> bool:
    """Return whether a log belongs to several of *runs*."""
    counts = Counter(chain.from_iterable(run.logs for run in runs))
    return any(count > 1 for count in counts.values())


def _has_only_grown(before: CachedRun, now: CachedRun) -> bool:
    """Return whether each loss of a run is unchanged, or was comparable before and has no fewer points now."""
    pairs = zip(before.losses, now.losses, strict=True)
    return all(old == new or (old.tag == new.tag and old.comparable and old.points <= new.points) for old, new in pairs)


def _with_name_of(before: CachedRun, now: CachedRun) -> CachedRun:
    """Return *now* under its name of *before*, which is unique among all runs."""
    return now._replace(summary=now.summary._replace(name=before.summary.name))


class StatusCache:
    """The cached status of some paths, in a JSON file in the cache directory of the user."""

    def __init__(self, paths: Sequence[str], *options: str | None) -> None:
        """Open the cache for *paths* read with *options*, the values of --train, --val and --mode."""
        key = repr(([os.path.realpath(path) for path in paths], list(paths), options))
        name = hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        self._path = platformdirs.user_cache_path("lossmon") / "status" / f"{name}.json"
        self.notice = ""
        """Why the cache was ignored, if it should not have been."""

    def load(self) -> CachedStatus | None:
        """Return the cached status; None if there is none, it is damaged, or another version of lossmon wrote it."""
        try:
            data = json.loads(read_own_file(self._path, _MAX_FILE_SIZE))
            return _parse_status(data) if data["lossmon"] == _code_signature() else None
        except OSError:
            return None  # the home directory may be missing or unreadable
        except UnusableFileError as error:
            self.notice = f"{self._path}: cache ignored: {error}; it is written again"
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self.notice = f"{self._path}: cache ignored: it is damaged; it is written again"
        return None

    def save(self, status: CachedStatus) -> None:
        """Write *status* if possible; without it the next status line only takes longer."""
        if len(status.files) <= _MAX_FILES:
            with suppress(OSError):
                replace_file(self._path, json.dumps({"lossmon": _code_signature(), **status._asdict()}))


def _parse_status(data: dict[str, Any]) -> CachedStatus:
    """Return the status that *data* holds, with text that is safe to print; raises what a damaged file leads to."""
    line = [LinePart(sanitize(text), str(colour)) for text, colour in data["line"]]
    files = {path: list(signature) for path, signature in data["files"].items()}
    return CachedStatus(float(data["read_at"]), files, line, [_parse_run(*run) for run in data["runs"]])


def _parse_run(logs: list[object], losses: list[Any], summary: list[Any]) -> CachedRun:
    name, verdict, onset, colour, (rank, severity, rise), needs_action, note = summary
    return CachedRun(
        tuple(map(str, logs)),
        tuple(ComparedLoss(str(tag), int(points), bool(comparable)) for tag, points, comparable in losses),
        RunSummary(
            sanitize(name),
            sanitize(verdict),
            sanitize(onset),
            str(colour),
            (int(rank), int(severity), float(rise)),
            bool(needs_action),
            sanitize(note),
        ),
    )


def _code_signature() -> list[float]:
    """Return number, total size and latest modification time of lossmon's modules, which change with its version."""
    packages = filter(None, map(find_spec, ("lossmon", "lossmon_adapters")))
    directories = [Path(place) for package in packages for place in package.submodule_search_locations or ()]
    files = [path.stat() for directory in directories for path in directory.rglob("*.py")]
    return [len(files), sum(file.st_size for file in files), max(file.st_mtime for file in files)]
