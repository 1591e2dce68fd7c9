"""Which files and runs are not shown, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from lossmon.core.snapshot import ENDED, THE_SAME_TRAINING, RunSnapshot, SkippedFile
from lossmon.core.text import Name
from lossmon.runs.catalog import Catalog
from lossmon.runs.run import Run
from lossmon.sources import STDIN

_CLOCK_SECONDS = 2.0
"""How much the times of files may differ from the clock of the machine."""


def was_written_since(run: Run, snapshot: RunSnapshot, time: float) -> bool:
    """Return whether a run was written since *time*, in seconds since 1970; standard input always was.

    Times in a log may be of another time zone, so the time of its file counts. Only if the file holds several runs,
    those in the log say which of them.
    """
    earliest, logs = time - _CLOCK_SECONDS, [one.log for one in run.logs]
    if any(log.path == STDIN for log in logs):
        return True
    times = [
        (snapshot.last_write or 0.0) if log.tells_runs_apart else log.modified
        for log in logs
        if log.modified >= earliest
    ]
    return max(times, default=0.0) >= earliest


def empty_runs(runs: Sequence[RunSnapshot]) -> dict[Name, RunSnapshot]:
    """Return the runs, by name, that ended without a value, as starts that failed leave them; none if all are empty."""
    empty = {run.name: run for run in runs if not run.metrics and not run.warnings and run.status in ENDED}
    return empty if any(run.metrics for run in runs) else {}


def skipped_files(
    unfit: Iterable[tuple[str, str]],
    catalog: Catalog,
    originals: Mapping[Name, RunSnapshot],
    empty: Mapping[Name, RunSnapshot],
    settings: Collection[Name],
) -> list[SkippedFile]:
    """Return all files that are not read or shown, and why.

    That is *unfit* paths with their reasons, files that are neither logs nor *settings*, duplicates, and the logs
    of *empty* runs.
    """
    no_logs = [file for file in catalog.skipped if file.path not in settings]
    duplicates = [
        SkippedFile(Name.of(log.path), f"{THE_SAME_TRAINING} as {original.name} ({original.format})")
        for run in (catalog.runs.values() if originals else ())
        if (original := originals.get(run.name))
        for log in run.logs
    ]
    without_values = [
        SkippedFile(Name.of(log.path), "holds no values")
        for run in (catalog.runs.values() if empty else ())
        if run.name in empty
        for log in run.logs
    ]
    unread = [SkippedFile(Name.of(path), reason) for path, reason in unfit]
    return sorted([*no_logs, *unread, *duplicates, *without_values], key=lambda file: file.path.text)


def settings_files(catalog: Catalog) -> set[Name]:
    """Return the files that are no logs, but were read for the hyperparameters of the runs beside them."""
    paths = {path for run in catalog.runs.values() for path in run.settings_paths}
    return {Name.of(path) for path in paths.difference(catalog.logs)}
