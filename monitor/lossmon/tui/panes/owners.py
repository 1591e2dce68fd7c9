"""Which run a process on a GPU trains, as far as its files tell."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import Name
from lossmon.gpu import GpuProcess
from lossmon.presentation.sorting import ended


def trained_by(process: GpuProcess, runs: Sequence[RunSnapshot]) -> RunSnapshot | None:
    """Return the run that one of the paths of a process lies in, one that may still grow if there is; None without any.

    No disk is asked: a path that leads over a link to where the run is finds nothing.
    """
    homes = _homes(tuple(view.path for view in runs))
    found = [runs[at] for at in _above(process.paths, homes) if at < len(runs)]
    return next((view for view in found if not ended(view)), found[0] if found else None)


def _above(paths: Sequence[str], homes: Mapping[str, int]) -> Iterator[int]:
    for path in paths:
        inside = path
        while inside:
            if inside in homes:
                yield homes[inside]
            inside = inside.rpartition("/")[0]


@lru_cache(maxsize=2)
def _homes(paths: tuple[Name, ...]) -> dict[str, int]:
    """Map the absolute path of each run to its number."""
    try:
        here = Path.cwd()
    except OSError:
        # The directory in which the program was started has been deleted.
        return {}
    return {os.path.normpath(here / os.fsdecode(path.raw)): at for at, path in enumerate(paths)}
