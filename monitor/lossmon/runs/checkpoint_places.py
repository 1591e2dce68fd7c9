"""Find the run that saved a checkpoint, by where both lie."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from lossmon.core.text import Name

_CHECKPOINT = re.compile(r"/checkpoint[-_]\d+(?=/|$)")


def owners(checkpoints: Iterable[str], logs: Mapping[Name, Iterable[str]]) -> dict[str, Name]:
    """Return the run to which each of *checkpoints* belongs, by their paths; *logs* are the paths of those of each run.

    It is the run with a log in the same directory, else the only one with a log in or below the nearest directory above
    that holds any. A checkpoint of which two runs could be the owner is left out, and a directory in which there are
    logs: it is that of a run.

    >>> owners(["a/weights/best.pt"], {Name.of("a"): ["a/results.csv"], Name.of("b"): ["b/results.csv"]})
    {'a/weights/best.pt': Name(raw=b'a', text='a')}
    """
    inside: dict[str, set[Name]] = defaultdict(set)
    below: dict[str, set[Name]] = defaultdict(set)
    for run, paths in logs.items():
        for folder in {_folder_of(path) for path in paths}:
            inside[folder].add(run)
            for parent in (folder, *_parents(folder)):
                below[parent].add(run)
    found = {path: _owner(posixpath.dirname(path) or ".", inside, below) for path in checkpoints if path not in below}
    return {path: run for path, run in found.items() if run is not None}


def _folder_of(log: str) -> str:
    """Return the directory of a log; that of the training for a log in one of its checkpoints."""
    folder = posixpath.dirname(log) or "."
    match = _CHECKPOINT.search(folder)
    return folder[: match.start()] if match else folder


def _owner(place: str, inside: Mapping[str, set[Name]], below: Mapping[str, set[Name]]) -> Name | None:
    for folder in (place, *_parents(place)):
        if folder in below:
            candidates = inside.get(folder) or below[folder]
            return next(iter(candidates)) if len(candidates) == 1 else None
    return None


def _parents(folder: str) -> Iterable[str]:
    """Yield the directories above *folder*, the nearest first; ``.`` stands above relative ones."""
    while (parent := posixpath.dirname(folder) or ("." if not folder.startswith("/") else "/")) != folder:
        yield parent
        folder = parent
