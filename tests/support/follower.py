"""A file reader with a clock that the test sets."""

from __future__ import annotations

from pathlib import Path

from lossmon.sources.byte_reader import Chunk
from lossmon.sources.files import TIMESTAMP_RESOLUTION
from lossmon.sources.local_file import LocalFileReader

OLD = b"".join(b"epoch %03d loss 1.%03d\n" % (n, n) for n in range(40))
"""What a log holds before its reader first looks at it."""
MEGABYTE = 1 << 20


class Follower:
    """A file reader, its clock, and the bytes it has returned since its last restart."""

    def __init__(self, path: Path) -> None:
        self.now = 100.0
        self.reader = LocalFileReader(str(path), clock=lambda: self.now)
        self.received = b""
        self.restarts = 0

    def poll(self, limit: int = MEGABYTE, after: float = 0.0) -> Chunk:
        """Poll the file once, *after* seconds after the poll before."""
        self.now += after
        chunk = self.reader.poll(limit)
        if chunk.restarted:
            self.received = b""
            self.restarts += 1
        self.received += chunk.data
        return chunk

    def poll_all(self, limit: int) -> None:
        """Poll until there is nothing more."""
        while self.poll(limit).more:
            pass

    def settle(self) -> Chunk:
        """Poll until the timestamps of the file are trusted."""
        self.poll(after=TIMESTAMP_RESOLUTION)
        return self.poll(after=TIMESTAMP_RESOLUTION)


def append(path: Path, data: bytes) -> None:
    """Append *data* to a file, which is made if it does not exist."""
    with path.open("ab") as file:
        file.write(data)
