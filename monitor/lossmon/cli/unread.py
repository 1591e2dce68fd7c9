"""What a check could not read: said by name, with what to do about it."""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from lossmon.core.errors import CANNOT_BE_READ, READING_STOPPED
from lossmon.core.snapshot import SkippedFile, Snapshot
from lossmon.core.text import Name, plural
from lossmon.discovery import LINK_OUT, TOO_MANY_DIRECTORIES
from lossmon.sources import STDIN

NO_LOG_FOUND = "no training log found"
"""Why a directory has no runs."""
_MAX_NAMED = 3
"""Files that are named one by one."""
_REMEDIES = {
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.EIO: "check the disk or the mount",
    errno.ESTALE: "mount the file system again",
    errno.ENOTCONN: "mount the file system again",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}


def unread_files(snapshot: Snapshot, paths: Sequence[str]) -> list[SkippedFile]:
    """Return everything that may hold a log but was not read, or not all of it, with the reasons.

    So does each of *paths*: the user has named it as one.
    """
    skipped = [
        file
        for file in snapshot.skipped
        if file.reason.startswith(CANNOT_BE_READ) or file.reason == TOO_MANY_DIRECTORIES
    ]
    errors = [
        SkippedFile(run.path, warning)
        for run in snapshot.runs
        for warning in run.warnings
        if warning.startswith((CANNOT_BE_READ, READING_STOPPED))
    ]
    found = skipped + errors
    known = {file.path for file in found}
    return found + [file for file in _without_log(snapshot, paths) if file.path not in known]


def _without_log(snapshot: Snapshot, paths: Sequence[str]) -> Iterator[SkippedFile]:
    """Yield those of *paths* that hold no log, and why."""
    stdin = Name.of(STDIN)
    reasons = {_place(file.path): file.reason for file in snapshot.skipped if file.path != stdin}
    shown = {_place(run.path) for run in snapshot.runs if run.path != stdin}
    shown |= {_place(file.path) for file in snapshot.skipped if file.is_duplicate}
    for path in dict.fromkeys(path for path in paths if path != STDIN):
        place = _place(Name.of(path))
        if place in shown:
            continue
        # A log may be the directory itself, or one above it.
        is_empty = place.is_dir() and not any(one.is_relative_to(place) or place.is_relative_to(one) for one in shown)
        if place in reasons or is_empty:
            yield SkippedFile(Name.of(path), reasons.get(place, NO_LOG_FOUND))


def _place(name: Name) -> Path:
    return Path(os.path.abspath(os.fsdecode(name.raw)))  # noqa: PTH100 - Path keeps the ".." in it


def links_out(snapshot: Snapshot) -> list[SkippedFile]:
    """Return the links that lead out of the paths; most lead to data, but some to runs."""
    return [file for file in snapshot.skipped if file.reason == LINK_OUT]


def describe_links(links: list[SkippedFile]) -> str:
    """Return that *links*, at least one, were not followed, and what to do."""
    if len(links) == 1:
        return f"{links[0].path} leads out of the paths; give --follow to read what it leads to"
    return f"{len(links)} links lead out of the paths, such as {links[0].path}; give --follow to read what they lead to"


def describe_unread(files: list[SkippedFile]) -> Iterator[str]:
    """Yield a line for each of the first *files*, with what to do, and one for the others."""
    for file in files[:_MAX_NAMED]:
        yield f"{file.path}: {file.reason}{_remedy(file.reason)}"
    if len(files) > _MAX_NAMED:
        yield f"{len(files) - _MAX_NAMED} more could not be read; lossmon doctor lists them"


def why_nothing_was_read(files: list[SkippedFile], of_path: str) -> str:
    """Return why there are no runs: ``1 file cannot be read: Input/output error (EIO)``, and what to do.

    It is empty if no file was refused. *of_path* is the reason why the only path was not read, if it is known.
    """
    if not files or of_path:
        return of_path + _remedy(of_path) if of_path.startswith(CANNOT_BE_READ) else ""
    ((reason, count),) = Counter(file.reason for file in files).most_common(1)
    return f"{plural(count, 'file')} {reason}{_remedy(reason)}"


def _remedy(reason: str) -> str:
    """Return what to do, behind a semicolon; nothing for a reason that says it, or for which nothing helps."""
    return next((f"; {remedy}" for code, remedy in _REMEDIES.items() if f"({errno.errorcode[code]})" in reason), "")
