"""Where duplicates of a run are looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import Name
from lossmon.sources.protocol import LogFormat, RunLayout


class Arenas:
    """Where duplicates are looked for: among all formats, and among the logs of one format in a directory."""

    def __init__(self, runs: Iterable[RunSnapshot], formats: Mapping[str, LogFormat]) -> None:
        self._formats = {name: number for number, name in enumerate(sorted({run.format for run in runs}))}
        self._logs: dict[str, dict[Name, int]] = {}
        """The logs of each directory and format, if a directory is not one run, numbered."""
        for run in runs:
            if formats[run.format].run_layout is not RunLayout.DIRECTORY:
                logs = self._logs.setdefault(_format_in_directory(run), {})
                logs.setdefault(run.path, len(logs))
        self._numbers = {key: number for number, key in enumerate(self._logs, 1)}

    def of(self, run: RunSnapshot) -> Iterator[tuple[int, int]]:
        """Yield the number of each arena in which a duplicate of *run* may be, and of its side there."""
        if len(self._formats) > 1:
            yield 0, self._formats[run.format]
        logs = self._logs.get(_format_in_directory(run), {})
        if len(logs) > 1:
            yield self._numbers[_format_in_directory(run)], logs[run.path]


def _format_in_directory(run: RunSnapshot) -> str:
    return f"{run.format} in {directory_of(run)}"


def directory_of(run: RunSnapshot) -> str:
    """Return the directory of the log of *run*."""
    return str(PurePath(run.path.full_text).parent)
