"""Which log is read first, and which run is evaluated first."""

from __future__ import annotations

from collections.abc import Iterable

from lossmon.core.text import Name
from lossmon.runs.catalog import Catalog
from lossmon.runs.run import Run


def reading_order(path: str, catalog: Catalog) -> tuple[bool, float]:
    """Return a sort key of a file, the greatest first: large logs that are partly read last, else by time."""
    log = catalog.logs.get(path)
    # The rest of a large log must not delay one that grows, or one of which nothing is shown yet.
    return not (log and log.version and log.has_more), catalog.modified(path)


def stale_runs(runs: Iterable[Run], preferred: Name | None) -> list[Run]:
    """Return the runs whose logs have changed: the preferred first, then the newest."""
    stale = [run for run in runs if run.is_stale]
    return sorted(stale, key=lambda run: (run.name == preferred, max(log.modified for log in run.logs)), reverse=True)
