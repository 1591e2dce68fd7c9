"""Judging anew the runs whose logs have changed, and only those."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from lossmon.discovery import FileEntry
from lossmon.report.statusline_cache import CachedRun, CachedStatus, file_signatures

_Logs: TypeAlias = "frozenset[str]"
Look: TypeAlias = Callable[[Sequence[FileEntry]], Sequence[CachedRun]]
"""Reads some files, and returns the runs they make up."""

FEW = 3
"""With fewer points two runs cannot be told to be one training: ``duplicates.ENOUGH``, without its imports."""


def refresh(past: CachedStatus, found: Sequence[FileEntry], look: Look) -> list[CachedRun] | None:
    """Return the runs as they are now, having looked only at what has changed since *past*.

    None if what has changed may concern the runs that have not, so that all must be looked at: a log is new or gone,
    or a run is not the one it was, or only now long enough to be compared with the others.
    """
    now = file_signatures(found)
    gone = past.files.keys() - now.keys()
    touched = {path for path, fact in now.items() if past.files.get(path) != fact}
    stale = _by_logs(entry for entry in past.entries if not touched.isdisjoint(entry.logs))
    if any(not gone.isdisjoint(entry.logs) for entry in past.entries):
        return None
    wanted = touched.union(*stale)
    fresh = _by_logs(look([one for one in found if one.path in wanted]) if wanted else ())
    if fresh.keys() != stale.keys() or not all(_grew(stale[logs], fresh[logs]) for logs in fresh):
        return None
    return [_renew(entry, fresh.get(frozenset(entry.logs), entry)) for entry in past.entries]


def _by_logs(entries: Iterable[CachedRun]) -> dict[_Logs, CachedRun]:
    return {frozenset(entry.logs): entry for entry in entries}


def _grew(before: CachedRun, now: CachedRun) -> bool:
    """Say whether all that happened to a run is that a loss became longer which was long enough before."""
    pairs = zip(before.losses, now.losses, strict=True)
    return all(old == new or (old.tag == new.tag and FEW <= old.points <= new.points) for old, new in pairs)


def _renew(before: CachedRun, now: CachedRun) -> CachedRun:
    """Return *now* under the name it has among all runs."""
    return now._replace(card=now.card._replace(name=before.card.name))
