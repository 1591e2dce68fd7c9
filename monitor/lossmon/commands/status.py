"""``lossmon status``: one line for a status bar, the runs in most trouble first."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import platformdirs

from lossmon.commands.paths import existing
from lossmon.options import configured
from lossmon.ui.files import replace_file

if TYPE_CHECKING:
    from lossmon.snapshot import Snapshot

Part: TypeAlias = tuple[str, str]
"""A part of the line, and the verdict whose colour it has; empty for none."""

_NAMED = 2
_MOST_FILES = 20_000
"""More files than this are not compared with what they were; the logs are read anew."""
_TMUX = {"overfitting": "colour208", "diverged": "red", "unstable": "yellow", "underfitting": "magenta"}


def run(arguments: argparse.Namespace) -> int:
    """Print the line and return 0."""
    arguments = configured(arguments)
    paths = existing(arguments.paths)
    memory = _memory(paths, arguments.train, arguments.val)
    state = fingerprint(paths)
    parts = _remembered(memory, state)
    if parts is None:
        from lossmon.commands.check import look

        parts = parts_of(look(arguments))
        _remember(memory, state, parts)
    line = in_tmux(parts) if arguments.tmux else " · ".join(text for text, _ in parts)
    print(line.encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding))
    return 0


def parts_of(snapshot: Snapshot) -> list[Part]:
    """Return the line for *snapshot*: two runs in trouble by name, how many more are, how many are well."""
    from lossmon.ui import words
    from lossmon.ui.labels import labels
    from lossmon.ui.order import Sort, listed, troubled

    if not snapshot.runs:
        return [("no runs", "")]
    short = labels(tuple(view.name.text for view in snapshot.runs))
    runs = listed(snapshot.runs, Sort.TROUBLE, "")
    bad = [view for view in runs if troubled(view)]
    parts = [
        (f"{short[view.name.text]} {words.word(view).upper()} {words.since(view)}".rstrip(), words.role(view))
        for view in bad[:_NAMED]
    ]
    if len(bad) > _NAMED:
        parts.append((f"{len(bad) - _NAMED} more in trouble", ""))
    if len(runs) == 1 and not bad:
        return [(f"{short[runs[0].name.text]} {words.word(runs[0])}", "")]
    return parts + ([(f"{len(runs) - len(bad)} ok", "")] if len(runs) > len(bad) else [])


def in_tmux(parts: list[Part]) -> str:
    """Return the line with tmux's own colours; ``#`` in a name is doubled, so that it cannot act."""
    shown = []
    for text, verdict in parts:
        literal, colour = text.replace("#", "##"), _TMUX.get(verdict)
        shown.append(f"#[fg={colour}]{literal}#[default]" if colour else literal)
    return " · ".join(shown)


def fingerprint(paths: list[str]) -> str:
    """Return what changes whenever a file below *paths* or lossmon does; empty where there are too many to ask."""
    digest = hashlib.blake2b(repr(_stat(__file__)).encode())
    for number, entry in enumerate(entry for path in paths for entry in _files(Path(path))):
        if number == _MOST_FILES:
            return ""
        digest.update(repr(entry).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _files(root: Path) -> Iterator[tuple[str, int, int, int]]:
    """Yield path, inode, size and time of every file; a directory that links lead to again is not entered twice."""
    seen: set[str] = set()
    if not root.is_dir():
        yield _stat(str(root))
    for directory, below, names in os.walk(root, followlinks=True):
        place = os.path.realpath(directory)
        if place in seen:
            below.clear()
            continue
        seen.add(place)
        below.sort()
        yield from (_stat(f"{directory}/{name}") for name in sorted(names))


def _stat(path: str) -> tuple[str, int, int, int]:
    try:
        status = Path(path).stat()
    except OSError:
        return path, 0, 0, 0
    return path, status.st_ino, status.st_size, status.st_mtime_ns


def _memory(paths: list[str], *choices: str | None) -> Path:
    """Return the file that remembers the line for these paths."""
    asked = repr(([os.path.realpath(path) for path in paths], choices))
    name = hashlib.blake2b(asked.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    return platformdirs.user_cache_path("lossmon") / "status" / f"{name}.json"


def _remembered(memory: Path, state: str) -> list[Part] | None:
    """Return the line of the last time, if nothing has changed since; None where that is not known."""
    try:
        known = json.loads(memory.read_text(encoding="utf-8"))
        return [(str(text), str(verdict)) for text, verdict in known["parts"]] if known["state"] == state else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _remember(memory: Path, state: str, parts: list[Part]) -> None:
    """Keep the line where possible; without it the next one costs more, nothing else."""
    if state:
        with suppress(OSError):
            replace_file(memory, json.dumps({"state": state, "parts": parts}))
