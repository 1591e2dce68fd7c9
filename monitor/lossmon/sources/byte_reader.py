"""The contract of what brings the bytes of a log: a local file, a pipe, a connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Chunk:
    """The result of one poll of a reader."""

    data: bytes = b""
    offset: int = 0
    """Position of ``data`` in the log, in bytes."""
    size: int = 0
    """Size of the log when it was last seen, in bytes."""
    modified: float = 0.0
    """Time of the last write in seconds since 1970, by the clock of the file system; 0 if the log was never seen."""
    restarted: bool = False
    """The log no longer begins with the bytes returned before: ``data`` (possibly still empty) is its new start."""
    more: bool = False
    """Another poll now would return more."""
    gone: bool = False
    """There is no log now; it may come back."""
    error: str = ""
    """Why the log could not be read this time; the next poll tries again."""
    changed: bool = True
    """False if nothing differs from the poll before."""
    closed: bool = False
    """No more data will ever come: the end of a pipe."""
    failed: bool = False
    """The program that writes to the pipe said that it failed, and has not gone on since."""
    warnings: tuple[str, ...] = ()
    """Problems so far, one sentence each."""


class ByteReader(Protocol):
    """Returns the bytes of one growing log in order, each of them once."""

    @property
    def offset(self) -> int:
        """Position of the next byte to read, in bytes."""

    def poll(self, limit: int) -> Chunk:
        """Return at most *limit* (1 or more) new bytes without waiting. Does not raise: errors are in the chunk."""

    def skip(self, count: int) -> int:
        """Leave out the next *count* bytes or fewer; return how many were left out, 0 if the reader cannot."""

    def read_ranges(self, windows: Sequence[range]) -> list[bytes]:
        """Return the bytes in each of *windows*, for previews; nothing if the reader cannot. Raises OSError."""

    def close(self) -> None:
        """Release the descriptor, connection or process."""
