"""One log file: read as it grows, decoded, and kept by tag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lossmon.core.points import Axis, Scalars
from lossmon.core.text import Name
from lossmon.runs.limits import DEFAULT_LIMITS, Limits
from lossmon.runs.series import Series
from lossmon.sources.files import read_ranges
from lossmon.sources.local_file import LocalFileReader
from lossmon.sources.protocol import Adapter, SupportsFinish, SupportsPlannedEnd, SupportsPreview

_MAX_NOTICES = 8
"""Notices of a decoder that are shown."""
_PREVIEW_WINDOWS = 128
"""Places of a large log that are read for a preview, evenly spread."""
_WINDOW_BYTES = 4096
"""Bytes read at each of these places."""
_PREVIEW_END_BYTES = 1 << 18
"""Bytes read at the end of the log, so that a preview has its newest points."""


class LogFile:
    """The points of one growing file, as far as it was read."""

    def __init__(
        self, path: str, adapter: Adapter, reader: LocalFileReader, *, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.path = path
        self.adapter = adapter
        self.series: dict[Name, Series] = {}
        self.preview: dict[Name, Series] = {}
        """Points from all over a large file, shown until all of it is read."""
        self.replaced: dict[Name, Series] = {}
        """What the file held before it was overwritten."""
        self.size = 0
        self.modified = 0.0
        """When the file was last written, in seconds since 1970; 0 if unknown."""
        self.is_gone = False
        self.error = ""
        """Why the file cannot be read; empty if it can."""
        self.has_more = True
        """Whether bytes are left to read."""
        self.version = 0
        """Grows with every change of what there is to show."""
        self.points_held = 0
        """Points in memory."""
        self.tags_seen = 0
        """How often a tag was seen for the first time."""
        self.has_grown = False
        """Whether the file was written to after all of it had been read once."""
        self._create_decoder()
        self._reader = reader
        self._preview_bytes = limits.preview_bytes
        self._points_per_tag = limits.points_per_tag

    @property
    def offset(self) -> int:
        """Bytes of the file that were read or skipped."""
        return self._reader.offset

    @property
    def current_series(self) -> dict[Name, Series]:
        """The series to show: the preview while there is one."""
        return self.preview or self.series

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with its bytes, one plain sentence each."""
        return tuple(self._decoder.warnings[:_MAX_NOTICES])

    @property
    def planned_end(self) -> Mapping[Axis, float]:
        """The last epoch and step of the training, as far as the log says."""
        return self._planned_end.planned_end if self._planned_end else {}

    def load_preview(self, size: int) -> bool:
        """Read samples of a file of *size* bytes, and return whether there is a preview now.

        There is none of small files, which are read soon, or of formats that can only be read from the start.
        """
        if size < self._preview_bytes or not isinstance(self.adapter, SupportsPreview):
            return False
        end = size - _PREVIEW_END_BYTES
        starts = range(0, end - _WINDOW_BYTES, end // _PREVIEW_WINDOWS)
        windows = [range(start, start + _WINDOW_BYTES) for start in starts]
        try:
            samples = read_ranges(self.path, [*windows, range(end, size)])
        except OSError:
            return False
        self._append_points(self.adapter.sample(samples), self.preview)
        self.version += bool(self.preview)
        return bool(self.preview)

    def read(self, limit: int) -> int:
        """Read and decode at most *limit* bytes, and return how many were read."""
        chunk = self._reader.poll(limit)
        self.has_grown = self.has_grown or (bool(chunk.data) and not self.has_more)
        self.has_more = chunk.more
        # A log may end in an image that is skipped: then its end is reached without another byte.
        preview_ends = bool(self.preview) and not chunk.more
        if not (chunk.changed or preview_ends):
            return 0
        if chunk.restarted or not chunk.more:
            self.preview = {}
        if not (self.preview and chunk.data):
            self.version += 1
        self.size, self.is_gone, self.error = chunk.size, chunk.gone, chunk.error
        self.modified = chunk.modified or self.modified
        if chunk.restarted:
            self._start_over()
        if chunk.data:
            self._decode(chunk.data)
        return len(chunk.data)

    def finish(self) -> None:
        """Take a last line that has no newline; for a log that is read only once."""
        if isinstance(self._decoder, SupportsFinish):
            added = self._append_points(self._decoder.finish(), self.series)
            self.points_held += added
            self.version += bool(added)

    def limit_points(self, points_per_tag: int) -> None:
        """Hold at most twice *points_per_tag* points of each tag from now on."""
        self._points_per_tag = points_per_tag
        for series in (*self.series.values(), *self.replaced.values()):
            before = series.points_held
            series.limit_points(points_per_tag)
            self.points_held += series.points_held - before

    def _create_decoder(self) -> None:
        self._decoder = decoder = self.adapter.decoder()
        self._planned_end = decoder if isinstance(decoder, SupportsPlannedEnd) else None

    def _start_over(self) -> None:
        """Begin again with an empty log, and keep the old series in ``replaced``."""
        self._create_decoder()
        self.replaced = self.series or self.replaced
        self.series = {}
        self.points_held = sum(series.points_held for series in self.replaced.values())

    def _decode(self, data: bytes) -> None:
        self.points_held += self._append_points(self._decoder.feed(data), self.series)
        if self._decoder.skip:
            self._decoder.skipped(self._reader.skip(self._decoder.skip))

    def _append_points(self, columns: Iterable[Scalars], series_by_tag: dict[Name, Series]) -> int:
        """Append each column to the series of its tag, and return how many more points are held."""
        added = 0
        for column in columns:
            if not len(column):
                continue
            series = series_by_tag.get(column.tag)
            if series is None:
                series = series_by_tag[column.tag] = Series(column.tag, column.axis, self._points_per_tag)
                self.tags_seen += 1
            # Output may name epochs before it names the first step; the later axis is right.
            series.axis = column.axis
            added -= series.points_held
            series.extend(column)
            added += series.points_held
        return added
