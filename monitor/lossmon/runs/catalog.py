"""Sort files and directories into logs and others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from lossmon.core.snapshot import RunSnapshot, SkippedFile
from lossmon.core.text import Name, as_utf8
from lossmon.discovery import FileEntry, FileSystems
from lossmon.runs.checkpoint_index import CheckpointIndex, logs_by_run
from lossmon.runs.limits import DEFAULT_LIMITS, Limits
from lossmon.runs.log import Log, PlacedLog
from lossmon.runs.run import Run, TagOverride
from lossmon.runs.run_set import RunKey, RunSet
from lossmon.sources import STDIN
from lossmon.sources.files import describe_os_error, file_size, names_in_directory
from lossmon.sources.folders import Folders
from lossmon.sources.local_file import LocalFileReader
from lossmon.sources.location import LocalLocation, NamesIn
from lossmon.sources.open_files import OpenFiles
from lossmon.sources.pipe import PipeLocation
from lossmon.sources.protocol import HEAD_BYTES, LogFormat, Source
from lossmon.sources.registry import AnyFormat, LocationWithEnds, Registry

_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")
"""First bytes of files written by gzip, bzip2, xz, zstd and zip."""
_RETRY_SECONDS = 2.0
"""Shortest time until a file that grows and that no format claimed is looked at again."""
_PIPE_SECONDS = 0.25
"""Shortest time between two looks for the format of a pipe."""
_MIN_UNREAD_BYTES = 1 << 20
"""Progress is reported only if more bytes than this are left; fewer are read before it could be shown."""


@dataclass(frozen=True, slots=True)
class _UnclaimedFile:
    """A file that no format claimed so far, but that may become a log."""

    entry: FileEntry
    size: int | None
    """Its size when it was last looked at; None if unknown, or if it could not be read."""
    looked_at: float
    """When that was, in seconds of the clock."""

    def should_retry(self, now: float) -> bool:
        """Return whether to look again: the size has changed or is unknown, and the last look was some time ago."""
        is_due = (self.size or 0) < HEAD_BYTES or now - self.looked_at >= _RETRY_SECONDS
        return is_due and (self.size is None or file_size(self.entry.path) != self.size)


class Catalog:
    """Knows the logs, the runs they make up, and the files that are not read."""

    def __init__(
        self,
        formats: Iterable[AnyFormat],
        override: TagOverride,
        clock: Callable[[], float],
        *,
        several_roots: bool,
        names_in: NamesIn = names_in_directory,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Make a catalog; *names_in* returns the names in a directory."""
        self.registry = Registry(formats)
        self.logs: dict[str, Log] = {}
        self.has_listed = False
        """Whether all that was there at the start was added: logs that are added from now on are new."""
        self.run_set = RunSet(override, clock, several_roots=several_roots)
        self.open_files = OpenFiles(clock=clock)
        self.checkpoints = CheckpointIndex(clock)
        self._clock = clock
        self._names_in = names_in
        self._limits = limits
        self._points_per_tag = self._limits.points_per_tag
        self._file_systems = FileSystems()
        self._entries: dict[str, FileEntry] = {}
        self._placed: dict[str, PlacedLog] = {}
        self._unclaimed: dict[str, _UnclaimedFile] = {}
        self._skipped: dict[str, str] = {}
        self._has_news = False
        self._folders = Folders()
        self._seen_of_pipe: tuple[int, bool] | None = None
        self._next_look_at_pipe = 0.0

    @property
    def runs(self) -> Mapping[RunKey, Run]:
        """The runs that the logs make up."""
        return self.run_set.runs

    @property
    def skipped(self) -> list[SkippedFile]:
        """Every file that is not read, and why."""
        reasons = {**self._skipped, **self.run_set.copies}
        return [SkippedFile(Name.of(path), reason) for path, reason in sorted(reasons.items())]

    def paths_of(self, name: Name | None) -> set[str]:
        """Return the paths of the logs of the run called *name*, and of the files of those that are directories."""
        logs = {log.path for run in self.runs.values() if run.name == name for log in run.logs}
        return logs | self._folders.files_of(logs)

    @property
    def share_read(self) -> float | None:
        """The share of the bytes of all logs that was read, 0 to 1; None if hardly anything is left."""
        unread = sum(log.unread for log in self.logs.values())
        return 1 - unread / sum(log.size for log in self.logs.values()) if unread > _MIN_UNREAD_BYTES else None

    def modified(self, path: str) -> float:
        """Return when a file was last written, in seconds since 1970; 0 if unknown."""
        log, entry = self.logs.get(path), self._entries.get(path)
        if entry is None and path in self._unclaimed:
            entry = self._unclaimed[path].entry
        return log.modified if log and log.modified else entry.modified if entry else 0.0

    def log_path(self, path: str) -> str:
        """Return the path of the log that reads the file at *path*: that file itself, or a directory above it."""
        return path if path in self.logs else self._folders.log_path(path) or path

    def add_file(self, entry: FileEntry) -> Log | None:
        """Add a file that was found, maybe again; return its log, or None if no format claims it."""
        self.checkpoints.add(entry)
        if entry.path in self.logs:
            return self.logs[entry.path]
        if self._folders.add_file(entry.path):
            return None
        return self._add(entry, self._location(entry, "file"), PurePosixPath(entry.name))

    def update_pipe(self, pipe: PipeLocation) -> bool:
        """Look for the format of *pipe* if more has come; return whether its log has something to read."""
        seen, now = pipe.reader.version, self._clock()
        is_due = seen != self._seen_of_pipe and (pipe.reader.has_ended or now >= self._next_look_at_pipe)
        if STDIN not in self.logs and is_due:
            self._seen_of_pipe, self._next_look_at_pipe = seen, now + _PIPE_SECONDS
            self._add(FileEntry(STDIN, "", 0, 0.0), pipe, pipe.path)
        return STDIN in self.logs and pipe.reader.has_news

    def _add(self, entry: FileEntry, location: LocationWithEnds, place: PurePosixPath) -> Log | None:
        """Add the log at *location* if a format claims it."""
        # Before the head is read: a write that comes between the two must count as a change.
        size = file_size(entry.path)
        try:
            claim = self.registry.find(location)
            head = as_utf8(location.head())
            source = claim.open() if claim else None
        except OSError as error:
            # Without a size it is looked at again although it has not changed: most errors pass.
            self._skip(entry, describe_os_error(error), None, may_become_log=True)
            return None
        if claim is None or source is None:
            is_zeros = bool(size) and not location.head()
            self._skip(
                entry,
                _skip_reason(head, is_zeros=is_zeros),
                size,
                may_become_log=b"\0" not in head and entry.path != STDIN,
            )
            return None
        return self._add_log(entry, claim.format, source, place)

    def add_directory(self, path: str, root: str) -> Log | None:
        """Add a directory that was listed, maybe again; return its log, or None if no source reads it as a whole."""
        if not self.registry.reads_directories or self._folders.consumer(path):
            return None
        entry, log, claim = FileEntry(path, root, 0, 0.0), self.logs.get(path), None
        try:
            claim = self.registry.find(self._location(entry, "directory"))
            if claim and log is None:
                place = PurePosixPath(os.path.relpath(path, root).replace(os.sep, "/"))
                log = self._add_log(entry, claim.format, claim.open(), place, is_directory=True)
        except OSError as error:
            self._skipped[path] = describe_os_error(error)
        if claim and log:
            for inner in self._folders.add(path, claim.consumes, [*self.logs, *self._skipped]):
                self._hand_over(inner)
        return log

    def _add_log(
        self,
        entry: FileEntry,
        log_format: LogFormat,
        source: Source,
        place: PurePosixPath,
        *,
        is_directory: bool = False,
    ) -> Log:
        path = entry.path
        self._skipped.pop(path, None)
        self._unclaimed.pop(path, None)
        log = Log(path, log_format, source, size=entry.size, is_new=self.has_listed, limits=self._limits)
        self.logs[path] = log
        log.limit_points(self._points_per_tag)
        self._entries[path] = entry
        self._placed[path] = PlacedLog(log, entry.root, place, is_directory)
        self._folders.watch([watched for watched in source.watch_paths() if watched != path], path)
        return log

    def _hand_over(self, path: str) -> None:
        """Leave the file at *path*, maybe a log, to the source of a directory above it."""
        if log := self.logs.pop(path, None):
            log.close()
            del self._entries[path], self._placed[path]
            self.run_set.invalidate()
        self._forget_unread(path)
        self._folders.add_file(path)

    def _location(self, entry: FileEntry, kind: Literal["file", "directory"]) -> LocalLocation:
        return LocalLocation(entry.path, entry.name, kind, self._names_in, self._open_file)

    def _open_file(self, path: str) -> LocalFileReader:
        return LocalFileReader(path, remote=self._file_systems.remote(path), clock=self._clock)

    def retry(self, path: str) -> Log | None:
        """Look again at a file that no format claimed, if it has changed; return its log if it has become one."""
        unclaimed = self._unclaimed.get(path)
        return self.add_file(unclaimed.entry) if unclaimed and unclaimed.should_retry(self._clock()) else None

    def may_become_log(self, path: str) -> bool:
        """Return whether the file at *path* is no log, but may become one."""
        return path in self._unclaimed

    def age_of_interest(self, entry: FileEntry, now: float) -> float:
        """Return how long ago a file may have changed, at *now* in seconds since 1970: 0 if it could not be read."""
        unclaimed = self._unclaimed.get(entry.path)
        return 0.0 if unclaimed and unclaimed.size is None else max(0.0, now - entry.modified)

    def forget(self, path: str) -> None:
        """Forget a file that was no log and was deleted."""
        self.checkpoints.forget(path)
        self._forget_unread(path)

    def _forget_unread(self, path: str) -> None:
        self._skipped.pop(path, None)
        self._unclaimed.pop(path, None)
        self._folders.remove_file(path)

    def take_news(self) -> bool:
        """Return whether a file is newly skipped or for another reason since the last call, or a checkpoint changed."""
        has_news, self._has_news = self._has_news, False
        return self.checkpoints.refresh() or has_news

    def _skip(self, entry: FileEntry, reason: str, size: int | None, *, may_become_log: bool) -> None:
        self._has_news |= self._skipped.get(entry.path) != reason
        self._skipped[entry.path] = reason
        if may_become_log:
            self._unclaimed[entry.path] = _UnclaimedFile(entry, size, self._clock())
        else:
            self._unclaimed.pop(entry.path, None)

    def regroup(self) -> None:
        """Group the logs into runs again if logs, runs in them or tags were added."""
        self.run_set.regroup(self._placed)

    def limit_memory(self) -> None:
        """Thin the longest curves while the points of all logs exceed ``Limits.total_points``."""
        limits = self._limits
        while self._points_per_tag > limits.min_points_per_tag and self._points_held() > limits.total_points:
            self._points_per_tag //= 2
            for log in self.logs.values():
                log.limit_points(self._points_per_tag)

    def with_checkpoints(
        self, shown: Sequence[RunSnapshot], originals: Mapping[Name, RunSnapshot]
    ) -> tuple[RunSnapshot, ...]:
        """Return the runs that are *shown* with what they saved; *originals* are the runs of duplicates."""
        return self.checkpoints.attach(shown, lambda: logs_by_run(self.runs.values(), originals))

    def _points_held(self) -> int:
        return sum([log.points_held for log in self.logs.values()])

    def close(self) -> None:
        """Close the sources of all logs."""
        for log in self.logs.values():
            log.close()


def _skip_reason(head: bytes, *, is_zeros: bool) -> str:
    """Return why a file that begins with *head*, or with zero bytes, is no log."""
    if head.startswith(_COMPRESSED):
        return "compressed; unpack it first"
    if head:
        return "not a training log of a known format"
    return "begins with zero bytes, as a crash of the machine leaves them" if is_zeros else "empty"
