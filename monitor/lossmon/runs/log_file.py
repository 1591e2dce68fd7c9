"""One log file: its bytes followed, decoded, and kept by tag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lossmon.core.points import Axis, Scalars
from lossmon.core.text import Name
from lossmon.runs.series import MAX_POINTS, Series
from lossmon.sources.files import read_windows
from lossmon.sources.local_file import LocalFileReader
from lossmon.sources.protocol import Adapter, SupportsPlannedEnd, SupportsPreview

_NOTICES = 8
_WORTH_A_PREVIEW = 32 << 20
_WINDOWS = 128
_WINDOW = 4096
_END = 1 << 18


class LogFile:
    """The points of one growing file, up to what was read of it."""

    def __init__(self, path: str, adapter: Adapter, tail: LocalFileReader) -> None:
        self.path = path
        self.format = adapter.name
        self.series: dict[Name, Series] = {}
        self.preview: dict[Name, Series] = {}
        """Points from all over a large file, shown until all of it was read."""
        self.replaced: dict[Name, Series] = {}
        """What the file held before it was written anew."""
        self.size = 0
        self.modified = 0.0
        self.gone = False
        self.trouble = ""
        self.more = True
        self.version = 0
        self.held = 0
        """Points in memory."""
        self.tags = 0
        """How often a tag was seen for the first time."""
        self.grew = False
        """Whether it was written to after everything in it had been read once."""
        self._adapter = adapter
        self._begin()
        self._tail = tail
        self._limit = MAX_POINTS

    @property
    def offset(self) -> int:
        """Bytes of the file that were dealt with."""
        return self._tail.offset

    @property
    def shown(self) -> dict[Name, Series]:
        """What is known of its curves."""
        return self.preview or self.series

    @property
    def notices(self) -> tuple[str, ...]:
        """What was wrong with its bytes, one plain sentence each."""
        return tuple(self._decoder.notices[:_NOTICES])

    @property
    def planned(self) -> Mapping[Axis, float]:
        """Up to which epoch and step the training goes, as far as the log says."""
        return self._planning.planned if self._planning else {}

    def sample(self, size: int) -> bool:
        """Look at places all over a file of *size* bytes and at its end, and say whether there is a preview now.

        Small files and formats that cannot be read from anywhere have none: reading them must do.
        """
        if size < _WORTH_A_PREVIEW or not isinstance(self._adapter, SupportsPreview):
            return False
        starts = range(0, size - _END - _WINDOW, (size - _END) // _WINDOWS)
        windows = [range(start, start + _WINDOW) for start in starts]
        try:
            pieces = read_windows(self.path, [*windows, range(size - _END, size)])
        except OSError:
            return False
        self._distribute(self._adapter.sample(pieces), self.preview)
        self.version += bool(self.preview)
        return bool(self.preview)

    def read(self, limit: int) -> int:
        """Read and decode at most *limit* bytes and return how many; ``version`` grows if there is news to show."""
        chunk = self._tail.poll(limit)
        self.grew = self.grew or (bool(chunk.data) and not self.more)
        self.more = chunk.more
        # What ends in an image is read to its end without another byte.
        whole = bool(self.preview) and not chunk.more
        if not (chunk.changed or whole):
            return 0
        if chunk.restarted or not chunk.more:
            self.preview = {}
        if not (self.preview and chunk.data):
            self.version += 1
        self.size, self.gone, self.trouble = chunk.size, chunk.gone, chunk.error
        self.modified = chunk.modified or self.modified
        if chunk.restarted:
            self._start_anew()
        if chunk.data:
            self._take(chunk.data)
        return len(chunk.data)

    def limit_to(self, limit: int) -> None:
        """Keep at most twice *limit* points of each tag."""
        self._limit = limit
        for series in (*self.series.values(), *self.replaced.values()):
            before = series.held
            series.limit_to(limit)
            self.held += series.held - before

    def _begin(self) -> None:
        self._decoder = decoder = self._adapter.decoder()
        self._planning = decoder if isinstance(decoder, SupportsPlannedEnd) else None

    def _start_anew(self) -> None:
        self._begin()
        self.replaced = self.series or self.replaced
        self.series = {}
        self.held = sum(series.held for series in self.replaced.values())

    def _take(self, data: bytes) -> None:
        self.held += self._distribute(self._decoder.feed(data), self.series)
        if self._decoder.skip:
            self._decoder.skipped(self._tail.skip(self._decoder.skip))

    def _distribute(self, columns: Iterable[Scalars], by_tag: dict[Name, Series]) -> int:
        """Append each column to the series of its tag and return how many points more are held."""
        more = 0
        for column in columns:
            if not len(column):
                continue
            series = by_tag.get(column.tag)
            if series is None:
                series = by_tag[column.tag] = Series(column.tag, column.axis, self._limit)
                self.tags += 1
            # Output may count epochs before it says the first step; what counts later is what counts.
            series.axis = column.axis
            more -= series.held
            series.extend(column)
            more += series.held
        return more
