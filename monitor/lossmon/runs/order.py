"""Which log is read first, and which run is evaluated first."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lossmon.core.text import Name
from lossmon.runs.catalog import Catalog
from lossmon.runs.run import Run


def reading_order(path: str, catalog: Catalog) -> tuple[bool, float]:
    """Return a sort key of a file, the greatest first: large logs that are partly read last, else by time."""
    log = catalog.logs.get(path)
    # The rest of a large log must not delay one that grows, or one of which nothing is shown yet.
    return not (log and log.version and log.has_more), catalog.modified(path)


def stale_runs(runs: Iterable[Run], preferred: Name | None) -> list[Run]:
    """Return the runs whose logs have changed, the preferred first.

    Those that were never evaluated, the newest first, take turns with the others, the one whose evaluation is oldest
    first: however many change, and however little time there is, none waits for ever.
    """
    stale = [run for run in runs if run.is_stale]
    known = sorted((run for run in stale if run.is_known), key=lambda run: run.updated_at)
    new = sorted((run for run in stale if not run.is_known), key=_last_write, reverse=True)
    places = {run: place for group in (new, known) for place, run in enumerate(group)}
    return sorted(places, key=lambda run: (run.name != preferred, places[run]))


def update_stale(runs: Iterable[Run], preferred: Name | None, is_over: Callable[[], bool]) -> bool:
    """Evaluate the runs that changed until the time *is_over*; return whether some are left for the next round."""
    for run in stale_runs(runs, preferred):
        if is_over():
            return True
        run.update()
    return False


def _last_write(run: Run) -> float:
    return max(log.modified for log in run.logs)
