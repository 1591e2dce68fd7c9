"""What a check could not read: said by name, with what to do about it."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Iterator

from lossmon.core.errors import CANNOT_BE_READ, READING_STOPPED
from lossmon.core.snapshot import SkippedFile, Snapshot
from lossmon.core.text import plural
from lossmon.discovery import LINK_OUT, TOO_MANY_DIRECTORIES

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


def unread_files(snapshot: Snapshot) -> list[SkippedFile]:
    """Return everything that may hold a log but was not read, or not all of it, with the reasons."""
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
    return skipped + errors


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
