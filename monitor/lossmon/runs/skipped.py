"""Which files and runs are not shown, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lossmon.core.snapshot import ENDED, RunSnapshot, SkippedFile
from lossmon.core.text import Name
from lossmon.runs.catalog import Catalog


def empty_runs(runs: Sequence[RunSnapshot]) -> dict[Name, RunSnapshot]:
    """Return the runs, by name, that ended without a value, as starts that failed leave them; none if all are empty."""
    empty = {run.name: run for run in runs if not run.metrics and not run.warnings and run.status in ENDED}
    return empty if any(run.metrics for run in runs) else {}


def skipped_files(
    unfit: Iterable[tuple[str, str]],
    catalog: Catalog,
    originals: Mapping[Name, RunSnapshot],
    empty: Mapping[Name, RunSnapshot],
) -> list[SkippedFile]:
    """Return all files that are not read or shown, and why.

    That is *unfit* paths with their reasons, files that are no logs, duplicates, and the logs of *empty* runs.
    """
    duplicates = [
        SkippedFile(Name.of(log.path), f"the same training as {original.name} ({original.format})")
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
    return sorted([*catalog.skipped, *unread, *duplicates, *without_values], key=lambda file: file.path.text)
