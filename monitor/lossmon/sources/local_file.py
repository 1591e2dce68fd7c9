"""One log file followed by its path, whatever happens to it; only this module reads logs."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from lossmon.sources.files import OPEN_FLAGS, describe_os_error, read_at, require_regular

ANCHOR = 256
"""Bytes compared at the head of a file and again before the offset; a shorter file is known by all it has."""

GRACE = 1.0
"""Seconds for which a file that only became shorter may still be in the middle of being rewritten."""

TICK = 2.0
"""Seconds, the coarsest clock of a file system: within one tick a write may leave the times as they were."""

ZEROS = 16
"""A shorter run of NUL bytes at the end of a file is data; parallel file systems show whole pages of them early."""

_NULS = bytes(1 << 16)

_Identity = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one look at a file found."""

    data: bytes = b""
    offset: int = 0
    """Where in the file ``data`` begins, in bytes."""
    size: int = 0
    """Bytes in the file, as last seen."""
    modified: float = 0.0
    """When the file was last written, in seconds since 1970 by the clock of its file system; 0 before it was seen."""
    restarted: bool = False
    """What was handed over before no longer begins this file: ``data`` is its new beginning, perhaps still empty."""
    more: bool = False
    """Another look now would find more."""
    gone: bool = False
    """There is no such file; it may return."""
    error: str = ""
    """Why it could not be read this time, in words; the next look tries again."""
    changed: bool = True
    """False where nothing at all differs from the look before."""


class _Facts(NamedTuple):
    size: int = 0
    modified: float = 0.0
    gone: bool = False
    error: str = ""


class _Match(Enum):
    SAME = "same"
    SHORTER = "shorter"
    OTHER = "other"


class LocalFileReader:
    """Follows one file by path and hands over its bytes in order, each of them once.

    The file is the same as before as long as its head and the bytes before the offset are, up to ``ANCHOR`` each.
    Inode and size prove nothing: inodes are used again at once, and a rewritten file may be larger than the old one.
    A rewrite of the same length that leaves both anchors alone is not noticed. No descriptor stays open between two
    looks. A path on a *remote* file system is opened before its size is believed, since attributes are cached there.
    """

    def __init__(self, path: str, *, remote: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._remote = remote
        self._clock = clock
        self._facts = _Facts()
        self._identity: _Identity | None = None
        self._since = 0.0
        self._settled: _Identity | None = None
        self._idle = Chunk(changed=False)
        self._restarted = False
        self._begin()

    @property
    def offset(self) -> int:
        """Where the next bytes will be read, in bytes from the beginning."""
        return self._offset

    def poll(self, limit: int) -> Chunk:
        """Look at the file and return at most *limit* (1 or more) new bytes; what goes wrong is told in the chunk."""
        try:
            status = os.stat(self.path)
            if not self._remote and _identity(status) == self._settled:
                return self._idle
            require_regular(status)
            descriptor = os.open(self.path, OPEN_FLAGS)
            try:
                return self._look(descriptor, limit)
            finally:
                os.close(descriptor)
        except OSError as error:
            return self._failed(error)

    def skip(self, count: int) -> int:
        """Leave out the next *count* bytes unread, though none beyond the size last seen; return how many."""
        skipped = max(0, min(count, self._facts.size - self._offset))
        self._offset += skipped
        return skipped

    def _begin(self) -> None:
        self._offset = 0
        self._head = b""
        self._anchor = b""
        self._anchored = 0
        self._short_since: float | None = None
        self._zeros_to = 0
        self._solid_to = 0

    def _look(self, descriptor: int, limit: int) -> Chunk:
        status = os.fstat(descriptor)
        require_regular(status)
        identity = _identity(status)
        if identity == self._settled:
            return self._idle
        now = self._clock()
        if identity != self._identity:
            self._identity, self._since = identity, now
        match = self._compare(descriptor)
        if match is _Match.SHORTER and self._may_be_rewriting(now):
            return self._seen(status)
        self._short_since = None
        if match is not _Match.SAME:
            self._begin()
            self._restarted = True
        data, more = self._next(descriptor, limit, status.st_size)
        self._advance(data)
        chunk = self._seen(status, data, more)
        self._settle(identity, now, chunk)
        return chunk

    def _compare(self, descriptor: int) -> _Match:
        """Compare what is known of the file with what is there; after a skip, learn the bytes before the offset."""
        head = read_at(descriptor, len(self._head), 0)
        anchor = read_at(descriptor, len(self._anchor), self._anchored - len(self._anchor))
        if not (self._head.startswith(head) and self._anchor.startswith(anchor)):
            return _Match.OTHER
        if len(head) < len(self._head) or len(anchor) < len(self._anchor):
            return _Match.SHORTER
        return _Match.SAME if self._anchored == self._offset else self._learn(descriptor)

    def _learn(self, descriptor: int) -> _Match:
        start = max(0, self._offset - ANCHOR)
        anchor = read_at(descriptor, self._offset - start, start)
        if start + len(anchor) < self._offset:
            return _Match.SHORTER
        self._anchor, self._anchored = anchor, self._offset
        return _Match.SAME

    def _may_be_rewriting(self, now: float) -> bool:
        """Say whether a writer that truncated the file to write it anew could still be at it."""
        if self._short_since is None:
            self._short_since = now
        return now - self._short_since < GRACE

    def _next(self, descriptor: int, limit: int, size: int) -> tuple[bytes, bool]:
        """Return the bytes at the offset, without the NUL bytes that may yet be filled, and whether there are more."""
        data = read_at(descriptor, limit, self._offset)
        end = self._offset + len(data)
        solid = _solid(data)
        if len(data) - solid < ZEROS or end <= self._solid_to:
            return data, bool(data) and end < size
        if solid:
            return data[:solid], end < size
        return b"", self._search(descriptor, limit, end, size)

    def _search(self, descriptor: int, limit: int, end: int, size: int) -> bool:
        """Look past a run of NUL bytes, at most *limit* of them, and say whether it is worth going on."""
        start = max(end, self._zeros_to)
        data = read_at(descriptor, limit, start)
        solid = _solid(data)
        if solid:
            self._solid_to = start + solid
        finished = not data or start + len(data) >= size
        self._zeros_to = 0 if solid or finished else start + len(data)
        return bool(solid) or not finished

    def _advance(self, data: bytes) -> None:
        if len(self._head) == self._offset:
            self._head = (self._head + data[:ANCHOR])[:ANCHOR]
        self._anchor = data[-ANCHOR:] if len(data) >= ANCHOR else (self._anchor + data)[-ANCHOR:]
        self._offset += len(data)
        self._anchored = self._offset

    def _settle(self, identity: _Identity, now: float, chunk: Chunk) -> None:
        """Believe the times of the file from now on, if they were old enough when its content was compared."""
        if chunk.more or now - self._since < TICK:
            self._settled = None
            return
        self._settled = identity
        self._idle = Chunk(offset=self._offset, size=chunk.size, modified=chunk.modified, changed=False)

    def _failed(self, error: OSError) -> Chunk:
        self._settled = None
        gone = error.errno in (errno.ENOENT, errno.ENOTDIR)
        return self._told(
            _Facts(self._facts.size, self._facts.modified, gone, "" if gone else describe_os_error(error))
        )

    def _seen(self, status: os.stat_result, data: bytes = b"", more: bool = False) -> Chunk:
        restarted, self._restarted = self._restarted, False
        return self._told(_Facts(status.st_size, status.st_mtime), data, restarted, more)

    def _told(self, facts: _Facts, data: bytes = b"", restarted: bool = False, more: bool = False) -> Chunk:
        changed = bool(data) or restarted or facts != self._facts
        self._facts = facts
        return Chunk(
            data=data,
            offset=self._offset - len(data),
            size=facts.size,
            modified=facts.modified,
            restarted=restarted,
            more=more,
            gone=facts.gone,
            error=facts.error,
            changed=changed,
        )


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _solid(data: bytes) -> int:
    """Return the length of *data* without the NUL bytes at its end, of which there may be gigabytes in all."""
    end = len(data)
    while data.endswith(_NULS, 0, end):
        end -= len(_NULS)
    start = max(0, end - len(_NULS))
    return start + len(data[start:end].rstrip(b"\0"))
