"""Follow one local log file by its path while it grows, shrinks, is replaced or disappears."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from typing import NamedTuple

from lossmon.sources.byte_reader import Chunk
from lossmon.sources.files import (
    OPEN_FLAGS,
    TIMESTAMP_RESOLUTION,
    describe_os_error,
    next_data,
    read_at,
    read_ranges,
    require_regular,
)
from lossmon.sources.rotation import find_renamed

ANCHOR = 256
"""Bytes compared at the start of a file and again before the offset; of a shorter file, all its bytes."""
REWRITE_GRACE = 1.0
"""Seconds in which a file that only became shorter is taken for one that is being rewritten."""
MIN_PADDING = 16
"""Fewer NUL bytes than this at the end of a file are data. More are padding until other bytes follow: parallel file
systems show pages of NUL bytes before the data arrives."""
MIN_HOLE = 1 << 20
"""Bytes of a hole, which no writer has written, from which on it is left out. Copying programs make smaller ones of NUL
bytes that are data."""
_SEARCH_BYTES = 1 << 20
"""Bytes of padding that are searched at a time for data behind it."""

_NUL_BLOCK = bytes(1 << 16)

_StatSignature = tuple[int, int, int, int, int]


class _FileState(NamedTuple):
    size: int = 0
    modified: float = 0.0
    gone: bool = False
    error: str = ""


class _Comparison(Enum):
    SAME = "same"
    SHORTER = "shorter"
    DIFFERENT = "different"


class LocalFileReader:
    """Follows one file by its path and returns its bytes in order, each of them once.

    It is the same file as before if its head and the bytes before the offset (the two anchors, ``ANCHOR`` bytes each)
    are the same. Inode and size cannot tell: inodes are reused at once, and a rewritten file may be larger than the
    old one. A rewrite of equal length that leaves both anchors unchanged is not noticed. If the file was renamed, what
    its writer still adds to it is returned before the new file.

    No descriptor stays open between two polls. On a *remote* file system the path is opened before its size is
    trusted, because clients cache attributes there. *clock* returns monotonic seconds.
    """

    def __init__(self, path: str, *, remote: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._remote = remote
        self._clock = clock
        self._state = _FileState()
        self._signature: _StatSignature | None = None
        self._signature_since = 0.0
        self._settled_signature: _StatSignature | None = None
        """While the file has this signature, it is known to be unchanged without reading it."""
        self._settled_chunk = Chunk(changed=False)
        self._inode: int | None = None
        """The inode of the file that is read."""
        self._is_renamed = False
        """Whether that file was found under another name: what has its name now is another file."""
        self._restarted = False
        self._reset()

    @property
    def offset(self) -> int:
        """Position of the next byte to read, in bytes."""
        return self._offset

    def poll(self, limit: int) -> Chunk:
        """Return at most *limit* (1 or more) new bytes. Does not raise: errors are reported in the chunk."""
        try:
            status = os.stat(self.path)
            if not self._remote and _stat_signature(status) == self._settled_signature:
                return self._settled_chunk
            require_regular(status)
            if self._inode not in (None, status.st_ino) and (late := self._read_renamed(limit)):
                return self._make_chunk(self._state._replace(gone=False, error=""), late, more=True)
            descriptor = os.open(self.path, OPEN_FLAGS)
            try:
                return self._poll_open_file(descriptor, limit)
            finally:
                os.close(descriptor)
        except OSError as error:
            return self._error_chunk(error, limit)

    def skip(self, count: int) -> int:
        """Skip the next *count* bytes without reading them, up to the size last seen; return how many were skipped."""
        skipped = max(0, min(count, self._state.size - self._offset))
        self._offset += skipped
        return skipped

    def read_ranges(self, windows: Sequence[range]) -> list[bytes]:
        """Return the bytes in each of *windows*, fewer at the end of the file. Raises OSError."""
        return read_ranges(self.path, windows)

    def close(self) -> None:
        """Do nothing: no descriptor stays open between two polls."""

    def _reset(self) -> None:
        self._offset = 0
        self._head = b""
        self._anchor = b""
        self._anchor_end = 0
        self._shorter_since: float | None = None
        self._padding_searched_to = 0
        self._data_known_to = 0

    def _poll_open_file(self, descriptor: int, limit: int) -> Chunk:
        status = os.fstat(descriptor)
        require_regular(status)
        signature = _stat_signature(status)
        if signature == self._settled_signature:
            return self._settled_chunk
        now = self._clock()
        if signature != self._signature:
            self._signature, self._signature_since = signature, now
        comparison = self._compare_anchors(descriptor)
        if comparison is _Comparison.SHORTER and not self._is_renamed and self._may_be_rewritten_now(now):
            return self._success_chunk(status)
        self._shorter_since, self._inode, self._is_renamed = None, status.st_ino, False
        if comparison is not _Comparison.SAME:
            self._reset()
            self._restarted = True
        data, more = self._read_new_data(descriptor, limit, status.st_size)
        self._advance(data)
        chunk = self._success_chunk(status, data, more)
        self._settle(signature, now, chunk)
        return chunk

    def _read_renamed(self, limit: int) -> bytes:
        """Return what was added to the file after it was renamed in its directory."""
        renamed = find_renamed(self.path, self._inode) if self._inode is not None and self._offset else None
        if renamed is None:
            return b""
        descriptor = os.open(renamed, OPEN_FLAGS)
        try:
            require_regular(os.fstat(descriptor))
            if self._compare_anchors(descriptor) is not _Comparison.SAME:
                return b""
            self._is_renamed = True
            data = read_at(descriptor, limit, self._offset)
        finally:
            os.close(descriptor)
        self._advance(data)
        return data

    def _compare_anchors(self, descriptor: int) -> _Comparison:
        """Compare the file with both anchors; after a skip, also store the bytes before the new offset."""
        head = read_at(descriptor, len(self._head), 0)
        anchor = read_at(descriptor, len(self._anchor), self._anchor_end - len(self._anchor))
        if not (self._head.startswith(head) and self._anchor.startswith(anchor)):
            return _Comparison.DIFFERENT
        if len(head) < len(self._head) or len(anchor) < len(self._anchor):
            return _Comparison.SHORTER
        return _Comparison.SAME if self._anchor_end == self._offset else self._store_skipped_anchor(descriptor)

    def _store_skipped_anchor(self, descriptor: int) -> _Comparison:
        start = max(0, self._offset - ANCHOR)
        anchor = read_at(descriptor, self._offset - start, start)
        if start + len(anchor) < self._offset:
            return _Comparison.SHORTER
        self._anchor, self._anchor_end = anchor, self._offset
        return _Comparison.SAME

    def _may_be_rewritten_now(self, now: float) -> bool:
        """Return whether a writer that truncated the file may still be writing its content again."""
        if self._shorter_since is None:
            self._shorter_since = now
        return now - self._shorter_since < REWRITE_GRACE

    def _read_new_data(self, descriptor: int, limit: int, size: int) -> tuple[bytes, bool]:
        """Return the bytes at the offset without padding at their end, and whether there are more."""
        if size - self._offset > MIN_HOLE:
            self._skip_hole(descriptor, size)
        data = read_at(descriptor, limit, self._offset)
        end = self._offset + len(data)
        length = _length_without_padding(data)
        # How long padding is that goes on behind the data will be known when it is read from its start.
        least = 1 if length and end < size else MIN_PADDING
        if len(data) - length < least or end <= self._data_known_to:
            return data, bool(data) and end < size
        if length:
            return data[:length], end < size
        return b"", self._search_behind_padding(descriptor, end, size)

    def _skip_hole(self, descriptor: int, size: int) -> None:
        """Go on behind the hole at the offset, if there is a large one and data behind it."""
        start = next_data(descriptor, self._offset, size)
        if MIN_HOLE <= start - self._offset < size - self._offset:
            self._advance(bytes(ANCHOR))
            self._offset = self._anchor_end = start

    def _search_behind_padding(self, descriptor: int, end: int, size: int) -> bool:
        """Look for data behind padding, in a limited number of bytes; return whether another poll may find more."""
        start = next_data(descriptor, max(end, self._padding_searched_to), size)
        data = read_at(descriptor, min(_SEARCH_BYTES, size - start), start)
        length = _length_without_padding(data)
        if length:
            self._data_known_to = start + length
        is_complete = not data or start + len(data) >= size
        self._padding_searched_to = 0 if length or is_complete else start + len(data)
        return bool(length) or not is_complete

    def _advance(self, data: bytes) -> None:
        if len(self._head) == self._offset:
            self._head = (self._head + data[:ANCHOR])[:ANCHOR]
        self._anchor = data[-ANCHOR:] if len(data) >= ANCHOR else (self._anchor + data)[-ANCHOR:]
        self._offset += len(data)
        self._anchor_end = self._offset

    def _settle(self, signature: _StatSignature, now: float, chunk: Chunk) -> None:
        """Trust the timestamps from now on if they were old enough when the content was compared."""
        if chunk.more or now - self._signature_since < TIMESTAMP_RESOLUTION:
            self._settled_signature = None
            return
        self._settled_signature = signature
        self._settled_chunk = Chunk(offset=self._offset, size=chunk.size, modified=chunk.modified, changed=False)

    def _error_chunk(self, error: OSError, limit: int) -> Chunk:
        self._settled_signature = None
        gone = error.errno in (errno.ENOENT, errno.ENOTDIR)
        text = "" if gone else describe_os_error(error)
        late = b""
        if gone:
            with suppress(OSError):
                late = self._read_renamed(limit)
        return self._make_chunk(_FileState(self._state.size, self._state.modified, gone, text), late, more=bool(late))

    def _success_chunk(self, status: os.stat_result, data: bytes = b"", more: bool = False) -> Chunk:
        restarted, self._restarted = self._restarted, False
        return self._make_chunk(_FileState(status.st_size, status.st_mtime), data, restarted, more)

    def _make_chunk(self, state: _FileState, data: bytes = b"", restarted: bool = False, more: bool = False) -> Chunk:
        changed = bool(data) or restarted or state != self._state
        self._state = state
        return Chunk(
            data=data,
            offset=self._offset - len(data),
            size=state.size,
            modified=state.modified,
            restarted=restarted,
            more=more,
            gone=state.gone,
            error=state.error,
            changed=changed,
        )


def _stat_signature(status: os.stat_result) -> _StatSignature:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _length_without_padding(data: bytes) -> int:
    """Return the length of *data* without NUL bytes at its end, in linear time without copying all of it."""
    end = len(data)
    while data.endswith(_NUL_BLOCK, 0, end):
        end -= len(_NUL_BLOCK)
    start = max(0, end - len(_NUL_BLOCK))
    return start + len(data[start:end].rstrip(b"\0"))
