"""One log file: its bytes followed, decoded, and kept by tag."""

from __future__ import annotations

from lossmon.adapter import Adapter
from lossmon.series import LIMIT, Series
from lossmon.tail import Tail
from lossmon.text import Name

_NOTICES = 8


class Log:
    """The points of one growing file, up to what was read of it."""

    def __init__(self, path: str, adapter: Adapter, tail: Tail) -> None:
        self.path = path
        self.format = adapter.name
        self.series: dict[Name, Series] = {}
        self.replaced: dict[Name, Series] = {}
        """What the file held before it was written anew."""
        self.size = 0
        self.modified = 0.0
        self.gone = False
        self.trouble = ""
        self.more = True
        self.version = 0
        self.grew = False
        """Whether it was written to after everything in it had been read once."""
        self._adapter = adapter
        self._decoder = adapter.decoder()
        self._tail = tail
        self._limit = LIMIT

    @property
    def offset(self) -> int:
        """Bytes of the file that were dealt with."""
        return self._tail.offset

    @property
    def notices(self) -> tuple[str, ...]:
        """What was wrong with its bytes, one plain sentence each."""
        return tuple(self._decoder.notices[:_NOTICES])

    def read(self, limit: int) -> int:
        """Read and decode at most *limit* bytes and return how many; ``version`` grows if there is news."""
        chunk = self._tail.poll(limit)
        self.grew = self.grew or (bool(chunk.data) and not self.more)
        self.more = chunk.more
        if not chunk.changed:
            return 0
        self.version += 1
        self.size, self.gone, self.trouble = chunk.size, chunk.gone, chunk.trouble
        self.modified = chunk.modified or self.modified
        if chunk.restarted:
            self._start_anew()
        if chunk.data:
            self._take(chunk.data)
        return len(chunk.data)

    def limit_to(self, limit: int) -> None:
        """Keep at most twice *limit* points of each tag."""
        self._limit = limit
        for series in self.series.values():
            series.limit_to(limit)

    def _start_anew(self) -> None:
        self._decoder = self._adapter.decoder()
        self.replaced = self.series or self.replaced
        self.series = {}

    def _take(self, data: bytes) -> None:
        for column in self._decoder.feed(data):
            if not len(column):
                continue
            series = self.series.get(column.tag)
            if series is None:
                series = self.series[column.tag] = Series(column.tag, column.axis, self._limit)
            series.extend(column)
        if self._decoder.skip:
            self._decoder.skipped(self._tail.skip(self._decoder.skip))
