"""Sort files into logs and others, and logs into runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from lossmon.core.snapshot import SkippedFile
from lossmon.core.text import Name, as_utf8
from lossmon.discovery import FileEntry, FileSystems
from lossmon.runs.grouping import LogPlacement, RunGroup, group_logs, is_split, run_names
from lossmon.runs.limits import DEFAULT_LIMITS, Limits
from lossmon.runs.log_file import LogFile
from lossmon.runs.run import Run, TagOverride
from lossmon.runs.tag_selection import parse_tag
from lossmon.sources.files import describe_os_error, file_size, read_ends, read_head
from lossmon.sources.local_file import LocalFileReader
from lossmon.sources.protocol import HEAD_BYTES, Adapter, RunLayout, find_adapter

_TEXT_BYTES = 1 << 16
"""Bytes at the start and at the end of a text file that are searched for losses; output often begins with warnings."""
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")
"""First bytes of files written by gzip, bzip2, xz, zstd and zip."""
_RETRY_SECONDS = 2.0
"""Shortest time until a file that grows and that no adapter claimed is looked at again."""
_MIN_UNREAD_BYTES = 1 << 20
"""Progress is reported only if more bytes than this are left; fewer are read before it could be shown."""


@dataclass(frozen=True, slots=True)
class _UnclaimedFile:
    """A file that no adapter claimed so far, but that may become a log."""

    entry: FileEntry
    size: int | None
    """Its size when it was last looked at; None if unknown."""
    looked_at: float
    """When that was, in seconds of the clock."""

    def should_retry(self, now: float) -> bool:
        """Return whether to look again: the size has changed, and the last look was some time ago."""
        is_due = (self.size or 0) < HEAD_BYTES or now - self.looked_at >= _RETRY_SECONDS
        return is_due and (self.size is None or file_size(self.entry.path) != self.size)


class Catalog:
    """Knows the logs, the runs they make up, and the files that are not read."""

    def __init__(
        self,
        adapters: Sequence[Adapter],
        override: TagOverride,
        clock: Callable[[], float],
        *,
        several_roots: bool,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.logs: dict[str, LogFile] = {}
        self.runs: dict[tuple[str, PurePosixPath], Run] = {}
        self._adapters = adapters
        self._override = override
        self._clock = clock
        self._several_roots = several_roots
        self._limits = limits
        self._points_per_tag = self._limits.points_per_tag
        self._file_systems = FileSystems()
        self._entries: dict[str, FileEntry] = {}
        self._unclaimed: dict[str, _UnclaimedFile] = {}
        self._skipped: dict[str, str] = {}
        self._copies: dict[str, str] = {}
        self._placements: dict[str, LogPlacement] = {}
        self._counts = (0, 0)

    @property
    def skipped(self) -> list[SkippedFile]:
        """Every file that is not read, and why."""
        reasons = {**self._skipped, **self._copies}
        return [SkippedFile(Name.of(path), reason) for path, reason in sorted(reasons.items())]

    def paths_of(self, name: Name | None) -> set[str]:
        """Return the paths of the logs of the run called *name*."""
        return {log.path for run in self.runs.values() if run.name == name for log in run.logs}

    def size(self, path: str) -> int:
        """Return the size of a log when it was found, in bytes."""
        return self._entries[path].size

    @property
    def share_read(self) -> float | None:
        """The share of the bytes of all logs that was read, 0 to 1; None if hardly anything is left."""
        total = sum(log.size or self.size(log.path) for log in self.logs.values())
        unread = total - sum(log.offset for log in self.logs.values())
        return 1 - unread / total if unread > _MIN_UNREAD_BYTES else None

    def modified(self, path: str) -> float:
        """Return when a file was last written, in seconds since 1970; 0 if unknown."""
        log, entry = self.logs.get(path), self._entries.get(path)
        if entry is None and path in self._unclaimed:
            entry = self._unclaimed[path].entry
        return log.modified if log and log.modified else entry.modified if entry else 0.0

    def add_file(self, entry: FileEntry) -> LogFile | None:
        """Add a file that was found, maybe again; return its log, or None if no adapter claims it."""
        if entry.path in self.logs:
            return self.logs[entry.path]
        # Before the head is read: a write that comes between the two must count as a change.
        size = file_size(entry.path)
        try:
            head, adapter = self._identify(entry)
        except OSError as error:
            self._skip(entry, describe_os_error(error), size, may_become_log=True)
            return None
        if adapter is None:
            self._skip(entry, _skip_reason(head), size, may_become_log=b"\0" not in head)
            return None
        self._skipped.pop(entry.path, None)
        self._unclaimed.pop(entry.path, None)
        self._entries[entry.path] = entry
        log = self.logs[entry.path] = self._open(entry, adapter)
        return log

    def _open(self, entry: FileEntry, adapter: Adapter) -> LogFile:
        reader = LocalFileReader(entry.path, remote=self._file_systems.remote(entry.path), clock=self._clock)
        log = LogFile(entry.path, adapter, reader, limits=self._limits)
        log.limit_points(self._points_per_tag)
        return log

    def _identify(self, entry: FileEntry) -> tuple[bytes, Adapter | None]:
        """Return the first bytes of a file, and the adapter that claims it."""
        data = read_head(entry.path, HEAD_BYTES)
        head, path = as_utf8(data), PurePath(entry.name)
        adapter = find_adapter(self._adapters, path, head)
        if adapter is None and len(data) == HEAD_BYTES and b"\0" not in data:
            adapter = find_adapter(self._adapters, path, read_ends(entry.path, _TEXT_BYTES))
        return head, adapter

    def retry(self, path: str) -> LogFile | None:
        """Look again at a file that no adapter claimed, if it has changed; return its log if it has become one."""
        unclaimed = self._unclaimed.get(path)
        return self.add_file(unclaimed.entry) if unclaimed and unclaimed.should_retry(self._clock()) else None

    def may_become_log(self, path: str) -> bool:
        """Return whether the file at *path* is no log, but may become one."""
        return path in self._unclaimed

    def forget(self, path: str) -> None:
        """Forget a file that was no log and was deleted."""
        self._skipped.pop(path, None)
        self._unclaimed.pop(path, None)

    def _skip(self, entry: FileEntry, reason: str, size: int | None, *, may_become_log: bool) -> None:
        self._skipped[entry.path] = reason
        if may_become_log:
            self._unclaimed[entry.path] = _UnclaimedFile(entry, size, self._clock())
        else:
            self._unclaimed.pop(entry.path, None)

    def regroup(self) -> None:
        """Group the logs into runs again if logs or tags were added; runs that stay the same are kept."""
        counts = (len(self.logs), sum([log.tags_seen for log in self.logs.values()]))
        if counts == self._counts:
            return
        self._counts = counts
        placements = {path: self._placement(path, log) for path, log in self.logs.items()}
        if placements != self._placements:
            self._placements = placements
            by_root: dict[str, list[LogPlacement]] = {}
            for path, placement in placements.items():
                by_root.setdefault(self._entries[path].root, []).append(placement)
            self._apply({root: group_logs(members) for root, members in by_root.items()})

    def _placement(self, path: str, log: LogFile) -> LogPlacement:
        known = self._placements.get(path)
        place = known.path if known else PurePosixPath(self._entries[path].name)
        layout, series = log.adapter.run_layout, log.current_series
        # A log with a single tag may be in a directory that is named after the tag.
        is_single = layout is RunLayout.DIRECTORY and len(series) == 1
        tags = frozenset([tag.text for tag in series] if is_single else ())
        splits = _splits(log) if is_split(place.parent.name) else frozenset()
        placement = LogPlacement(place, log.adapter.name, layout, tags, splits)
        return known if known == placement else placement

    def limit_memory(self) -> None:
        """Thin the longest curves while the points of all logs exceed ``Limits.total_points``."""
        limits = self._limits
        while self._points_per_tag > limits.min_points_per_tag and self._points_held() > limits.total_points:
            self._points_per_tag //= 2
            for log in self.logs.values():
                log.limit_points(self._points_per_tag)

    def _points_held(self) -> int:
        return sum([log.points_held for log in self.logs.values()])

    def _apply(self, groups_by_root: dict[str, dict[PurePosixPath, RunGroup]]) -> None:
        """Make a run of each group, or keep the run that the group was before."""
        runs: dict[tuple[str, PurePosixPath], Run] = {}
        log_at = {(self._entries[path].root, file.path): self.logs[path] for path, file in self._placements.items()}
        self._copies.clear()
        for root, groups in groups_by_root.items():
            names = run_names(groups)
            for key, group in groups.items():
                run = self.runs.get((root, key)) or Run(
                    self._run_name(root, names[key]), _run_path(root, group.path), self._override
                )
                run.set_logs([(log_at[root, member.file.path], member.prefix) for member in group.members])
                runs[root, key] = run
                for copy in group.copies:
                    self._copies[log_at[root, copy.path].path] = "a copy of another log"
        self.runs = runs

    def _run_name(self, root: str, key: PurePosixPath) -> str:
        if self._several_roots:
            return root if Path(root).is_file() else str(PurePosixPath(root) / key)
        return str(key) if key.name else Path(root).resolve().name


def _splits(log: LogFile) -> frozenset[str]:
    """Return which of train and validation the tags of *log* name."""
    return frozenset(split for tag in log.current_series if (split := parse_tag(tag.text).split))


def _skip_reason(head: bytes) -> str:
    """Return why a file that begins with *head* is no log."""
    if head.startswith(_COMPRESSED):
        return "compressed; unpack it first"
    return "not a training log of a known format" if head else "empty"


def _run_path(root: str, place: PurePosixPath) -> str:
    path = Path(root)
    return str(path if path.is_file() else path / place)
