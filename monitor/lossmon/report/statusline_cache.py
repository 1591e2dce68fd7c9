"""What the last ``lossmon status`` saw, so that the next one reads only what has changed since."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import platformdirs

from lossmon.core.atomic_write import replace_file
from lossmon.core.text import sanitize
from lossmon.discovery import FileEntry

Part: TypeAlias = tuple[str, str]
"""A part of the line, and the verdict whose colour it has; empty for none."""
Files: TypeAlias = "dict[str, list[float]]"
"""Inode, size and time of writing by path."""

_MOST_FILES = 20_000
"""What is known of more files than this is not kept: to read it would take longer than to look."""


class RunSummary(NamedTuple):
    """What the line says of one run."""

    name: str
    word: str
    since: str
    role: str
    urgency: tuple[int, int]
    """The lower the more urgent."""
    troubled: bool


class Loss(NamedTuple):
    """A loss by which runs are compared."""

    tag: str
    points: int


class CachedRun(NamedTuple):
    """A run that was judged, and the logs it was judged by."""

    logs: tuple[str, ...]
    """Those of its duplicates among them."""
    losses: tuple[Loss, ...]
    """Train and validation; without a tag where there is none."""
    card: RunSummary


class CachedStatus(NamedTuple):
    """Everything the line was made from."""

    taken: float
    """When all logs were last read, in seconds since 1970."""
    files: Files
    line: Sequence[Part]
    entries: Sequence[CachedRun]


def file_signatures(found: Iterable[FileEntry]) -> Files:
    """Return what changes whenever one of the files does."""
    return {one.path: [one.inode, one.size, one.modified] for one in found}


class StatusCache:
    """A file in the person's cache; damaged, or of another lossmon, it is as good as none, and never trusted."""

    def __init__(self, paths: Sequence[str], *choices: str | None) -> None:
        asked = repr(([os.path.realpath(path) for path in paths], list(paths), choices))
        name = hashlib.blake2b(asked.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        self._path = platformdirs.user_cache_path("lossmon") / "status" / f"{name}.json"

    def recall(self) -> CachedStatus | None:
        """Return what was kept; None where that is not known."""
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
            return _past(known) if known["lossmon"] == _version() else None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def keep(self, past: CachedStatus) -> None:
        """Keep *past* where possible; without it the next line costs more, nothing else."""
        if len(past.files) <= _MOST_FILES:
            with suppress(OSError):
                replace_file(self._path, json.dumps({"lossmon": _version(), **past._asdict()}))


def _past(known: dict[str, Any]) -> CachedStatus:
    line = [(sanitize(text), str(verdict)) for text, verdict in known["line"]]
    files = {path: list(fact) for path, fact in known["files"].items()}
    return CachedStatus(float(known["taken"]), files, line, [_entry(*entry) for entry in known["entries"]])


def _entry(logs: list[object], losses: list[Any], card: list[Any]) -> CachedRun:
    name, word, since, role, (rank, severity), troubled = card
    told = RunSummary(
        sanitize(name), sanitize(word), sanitize(since), str(role), (int(rank), int(severity)), bool(troubled)
    )
    return CachedRun(tuple(map(str, logs)), tuple(Loss(str(tag), int(points)) for tag, points in losses), told)


def _version() -> list[float]:
    """Return what changes when lossmon is installed anew, or edited where it is installed."""
    packages = filter(None, map(find_spec, ("lossmon", "lossmon_adapters")))
    places = [Path(place) for package in packages for place in package.submodule_search_locations or ()]
    files = [path.stat() for place in places for path in place.rglob("*.py")]
    return [len(files), sum(file.st_size for file in files), max(file.st_mtime for file in files)]
