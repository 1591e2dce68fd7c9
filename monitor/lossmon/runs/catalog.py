"""Which logs there are, which runs they make up, and which files are no logs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from lossmon.core.snapshot import SkippedFile
from lossmon.core.text import Name, as_utf8
from lossmon.discovery import FileEntry, FileSystems
from lossmon.runs.grouping import EVENTS, LogPlacement, RunGroup, group_logs, is_split, run_names
from lossmon.runs.log_file import LogFile
from lossmon.runs.run import Run, TagOverride
from lossmon.runs.series import MAX_POINTS
from lossmon.runs.tag_selection import parse_tag
from lossmon.sources.files import describe_os_error, file_size, read_ends, read_head
from lossmon.sources.local_file import LocalFileReader
from lossmon.sources.protocol import Adapter

HEAD = 4096
"""Bytes at the start of a file by which its format is told."""
_GREETING = 1 << 16
"""The same for text, which may begin with warnings and the like; as much of its end is looked at."""
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")
"""How files begin that gzip, bzip2, xz, zstd and zip write."""
_ASK_SECONDS = 2.0
"""How soon a longer file that grows and was no log so far is looked at again."""
_NOTEWORTHY = 1 << 20
"""Bytes still to be read that are worth a word; less is read before the word could be."""
_POINTS = 1 << 22
"""Points held in all, 24 bytes each: 100 MB, as long as there are not so many tags that each has the fewest."""
_FEWEST = 128
"""Up to twice so many points of a tag are held however many tags there are: 6 KB."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A file that may become a log."""

    found: FileEntry
    size: int | None
    """What it held when it was looked at; None where that could not be told."""
    asked: float
    """When that was, in seconds of the clock."""

    def changed(self, now: float) -> bool:
        """Say whether a look is worth it: it has another size, and the last look was a while ago."""
        soon = (self.size or 0) < HEAD or now - self.asked >= _ASK_SECONDS
        return soon and (self.size is None or file_size(self.found.path) != self.size)


class Catalog:
    """Sorts the files that discovery finds into logs and others, and the logs into runs."""

    def __init__(
        self, adapters: Sequence[Adapter], override: TagOverride, clock: Callable[[], float], *, several_roots: bool
    ) -> None:
        self.logs: dict[str, LogFile] = {}
        self.runs: dict[tuple[str, PurePosixPath], Run] = {}
        self._adapters = adapters
        self._override = override
        self._clock = clock
        self._several_roots = several_roots
        self._systems = FileSystems()
        self._found: dict[str, FileEntry] = {}
        self._undecided: dict[str, Undecided] = {}
        self._skipped: dict[str, str] = {}
        self._copies: dict[str, str] = {}
        self._files: dict[str, LogPlacement] = {}
        self._extent = (0, 0)
        self._limit = MAX_POINTS

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
        return self._found[path].size

    @property
    def share_read(self) -> float | None:
        """How much of all logs was read, 0 to 1; None where hardly anything is left."""
        total = sum(log.size or self.size(log.path) for log in self.logs.values())
        left = total - sum(log.offset for log in self.logs.values())
        return 1 - left / total if left > _NOTEWORTHY else None

    def modified(self, path: str) -> float:
        """Return when a file was last written, as far as known, in seconds since 1970."""
        log, found = self.logs.get(path), self._found.get(path)
        if found is None and path in self._undecided:
            found = self._undecided[path].found
        return log.modified if log and log.modified else found.modified if found else 0.0

    def admit(self, found: FileEntry) -> LogFile | None:
        """Take a file that was found, or found again, and return its log if an adapter claims it."""
        if found.path in self.logs:
            return self.logs[found.path]
        try:
            head, adapter = self._recognise(found)
        except OSError as error:
            self._leave(found, describe_os_error(error), undecided=True)
            return None
        if adapter is None:
            self._leave(found, _reason(head), undecided=b"\0" not in head)
            return None
        self._skipped.pop(found.path, None)
        self._undecided.pop(found.path, None)
        self._found[found.path] = found
        log = LogFile(
            found.path, adapter, LocalFileReader(found.path, remote=self._systems.remote(found.path), clock=self._clock)
        )
        log.limit_to(self._limit)
        self.logs[found.path] = log
        return log

    def _recognise(self, found: FileEntry) -> tuple[bytes, Adapter | None]:
        """Return the head of a file, and the adapter that claims it; of text more is read, as programs greet first."""
        raw = read_head(found.path, HEAD)
        head = as_utf8(raw)
        adapter = self._claimant(found, head)
        if adapter is None and len(raw) == HEAD and b"\0" not in raw:
            adapter = self._claimant(found, read_ends(found.path, _GREETING))
        return head, adapter

    def _claimant(self, found: FileEntry, head: bytes) -> Adapter | None:
        return next((one for one in self._adapters if one.claims(PurePath(found.name), head)), None)

    def ask_again(self, path: str) -> LogFile | None:
        """Look once more at a file that was no log so far, if it has changed; None if it still is none."""
        undecided = self._undecided.get(path)
        return self.admit(undecided.found) if undecided and undecided.changed(self._clock()) else None

    def is_undecided(self, path: str) -> bool:
        """Say whether the file at *path* is no log so far, but may become one."""
        return path in self._undecided

    def forget(self, path: str) -> None:
        """Let go of a file that was no log and is there no more."""
        self._skipped.pop(path, None)
        self._undecided.pop(path, None)

    def _leave(self, found: FileEntry, reason: str, *, undecided: bool) -> None:
        self._skipped[found.path] = reason
        if undecided:
            self._undecided[found.path] = Undecided(found, file_size(found.path), self._clock())
        else:
            self._undecided.pop(found.path, None)

    def regroup(self) -> None:
        """Put the logs together into runs anew, if anything that decides it has changed; runs that stay keep all."""
        extent = (len(self.logs), sum([log.tags for log in self.logs.values()]))
        if extent == self._extent:
            return
        self._extent = extent
        files = {path: self._file(path, log) for path, log in self.logs.items()}
        if files != self._files:
            self._files = files
            by_root: dict[str, list[LogPlacement]] = {}
            for path, file in files.items():
                by_root.setdefault(self._found[path].root, []).append(file)
            self._apply({root: group_logs(members) for root, members in by_root.items()})

    def _file(self, path: str, log: LogFile) -> LogPlacement:
        # Which tags a log has matters only where it has one: the sub-directories that add_scalars makes.
        only = log.shown.keys() if log.format == EVENTS and len(log.shown) == 1 else ()
        tags = frozenset(tag.text for tag in only)
        known = self._files.get(path)
        place = known.path if known else PurePosixPath(self._found[path].name)
        file = LogPlacement(place, log.format, tags, _splits(log) if is_split(place.parent.name) else frozenset())
        return known if known == file else file

    def share_out(self) -> None:
        """Thin the longest curves as soon as all points together exceed the memory meant for them."""
        while self._limit > _FEWEST and sum([log.held for log in self.logs.values()]) > _POINTS:
            self._limit //= 2
            for log in self.logs.values():
                log.limit_to(self._limit)

    def _apply(self, plans: dict[str, dict[PurePosixPath, RunGroup]]) -> None:
        runs: dict[tuple[str, PurePosixPath], Run] = {}
        log_at = {(self._found[path].root, file.path): self.logs[path] for path, file in self._files.items()}
        self._copies.clear()
        for root, by_key in plans.items():
            called = run_names(by_key)
            for key, plan in by_key.items():
                run = self.runs.get((root, key)) or Run(
                    self._name(root, called[key]), _path(root, plan.place), self._override
                )
                run.consist_of([(log_at[root, member.file.path], member.prefix) for member in plan.members])
                runs[root, key] = run
                for copy in plan.copies:
                    self._copies[log_at[root, copy.path].path] = "a copy of a log that is read"
        self.runs = runs

    def _name(self, root: str, key: PurePosixPath) -> str:
        if self._several_roots:
            return root if Path(root).is_file() else str(PurePosixPath(root) / key)
        return str(key) if key.name else Path(root).resolve().name


def _splits(log: LogFile) -> frozenset[str]:
    return frozenset(split for tag in log.shown if (split := parse_tag(tag.text).split))


def _reason(head: bytes) -> str:
    """Say why a file that begins with *head* is no log."""
    if head.startswith(_PACKED):
        return "compressed; unpack it to have it read"
    return "not a training log of a known format" if head else "empty so far"


def _path(root: str, place: PurePosixPath) -> str:
    path = Path(root)
    return str(path if path.is_file() else path / place)
