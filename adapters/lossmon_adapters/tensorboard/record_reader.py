"""The points in framed records: read in columns where many are alike, one by one where not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossmon.core.points import Ints, Scalars
from lossmon_adapters.tensorboard.columns import Batch, BatchBuilder
from lossmon_adapters.tensorboard.crc import masked_crc
from lossmon_adapters.tensorboard.framing import HEADER, Frames
from lossmon_adapters.tensorboard.media import WORTH_A_LOOK, is_opaque
from lossmon_adapters.tensorboard.proto import Event, MalformedError, Value, read_event
from lossmon_adapters.tensorboard.templates import (
    MOST_TEMPLATES,
    ROW_START,
    Flags,
    Layout,
    SeriesKey,
    Shape,
    Words,
    gather,
    mixed,
    row_bytes,
    shape_of,
)

_WORTH_COLUMNS = 40
_WORTH_ROWS = 12
_SMALL = 256
_PATIENCE = 8
_SLOTS = 1 << 20


def _stored_crc(buffer: bytes, at: int) -> int:
    return int.from_bytes(buffer[at : at + 4], "little")


def is_intact(buffer: bytes, offset: int, length: int) -> bool:
    """Say whether the payload of the record at *offset* has the CRC it says."""
    end = offset + HEADER + length
    return masked_crc(buffer[offset + HEADER : end]) == _stored_crc(buffer, end)


class _Rows(NamedTuple):
    """Records of one payload length."""

    words: Words
    offsets: Ints
    order: Ints

    def where(self, chosen: slice | Flags) -> _Rows:
        return _Rows(self.words[chosen], self.offsets[chosen], self.order[chosen])


class RecordReader:
    """Reads the records of one file; what it learns of their likeness is added to *layouts*, by payload length."""

    def __init__(self, layouts: dict[int, list[Layout]] | None = None) -> None:
        self.damaged = 0
        """Records left out because their CRC was wrong."""
        self.malformed = 0
        """Records left out because they were no events."""
        self._collector = BatchBuilder()
        self._layouts = {} if layouts is None else layouts

    @property
    def too_many_tags(self) -> bool:
        """Points were left out because there were too many tags."""
        return self._collector.too_many_tags

    def read(self, buffer: bytes, frames: Frames) -> list[Scalars]:
        """Return the points in the records of *frames*."""
        if isinstance(frames.offsets, np.ndarray) or len(frames.offsets) >= _WORTH_COLUMNS:
            self._in_columns(buffer, np.asarray(frames.offsets, np.int64), np.asarray(frames.lengths, np.int64))
        else:
            for order, (offset, length) in enumerate(zip(frames.offsets, frames.lengths, strict=True)):
                self._single(buffer, offset, length, order)
        return self._collector.columns()

    def _single(self, buffer: bytes, offset: int, length: int, order: int) -> None:
        event = self._event(buffer, offset, length)
        if event is None:
            return
        for slot, (tag, form, number) in enumerate(event.values):
            place = order * _SLOTS + slot
            if number is None:
                self._collector.declare(SeriesKey(tag, form), place)
            else:
                self._collector.add(SeriesKey(tag, form), place, event.step, event.wall, number.value)

    def _event(self, buffer: bytes, offset: int, length: int) -> Event | None:
        begin, end = offset + HEADER, offset + HEADER + length
        if length >= WORTH_A_LOOK and is_opaque(buffer, begin, end):
            return None
        payload = buffer[begin:end]
        if masked_crc(payload) != _stored_crc(buffer, end):
            self.damaged += 1
            return None
        try:
            return read_event(payload)
        except MalformedError:
            self.malformed += 1
            return None

    def _in_columns(self, buffer: bytes, offsets: Ints, lengths: Ints) -> None:
        short = np.where(lengths < _SMALL, lengths, 0).astype(np.uint8)
        by_length = np.argsort(short, kind="stable")
        counts = np.bincount(short)
        ends = np.cumsum(counts)
        for length in np.flatnonzero(counts).tolist():
            chosen = by_length[ends[length] - counts[length] : ends[length]]
            if length and len(chosen) >= _WORTH_ROWS:
                self._alike(buffer, offsets[chosen], length, chosen)
                continue
            for order, offset, large in np.column_stack([chosen, offsets[chosen], lengths[chosen]]).tolist():
                self._single(buffer, offset, large, order)

    def _alike(self, buffer: bytes, offsets: Ints, length: int, order: Ints) -> None:
        """Read records of one length."""
        last = len(buffer) - ROW_START - row_bytes(length)
        while len(offsets) and offsets[-1] > last:
            self._single(buffer, int(offsets[-1]), length, int(order[-1]))
            offsets, order = offsets[:-1], order[:-1]
        left: _Rows | None = _Rows(gather(buffer, offsets, length), offsets, order) if len(offsets) else None
        layouts = self._layouts.setdefault(length, [])
        for layout in tuple(layouts):
            left = left and self._take(layout, left)
            if left is None:
                # Likely to fit the next rows too.
                layouts.remove(layout)
                layouts.insert(0, layout)
                return
        self._unknown(buffer, left, length)

    def _unknown(self, buffer: bytes, left: _Rows | None, length: int) -> None:
        """Read rows that equal no known template: make templates where they are alike, else read them one by one."""
        failures = 0
        while left:
            worth_it = failures < _PATIENCE and len(left.order) >= _WORTH_ROWS
            learned = self._learn(buffer, left, length) if worth_it else None
            others = self._take(learned, left) if learned else left
            if others is left:
                failures += 1
                others = self._singles(buffer, left, length, 1 if worth_it else len(left.order))
            left = others

    def _singles(self, buffer: bytes, rows: _Rows, length: int, many: int) -> _Rows | None:
        """Read the first *many* rows one by one, and return the others."""
        for offset, order in zip(rows.offsets[:many].tolist(), rows.order[:many].tolist(), strict=True):
            self._single(buffer, offset, length, order)
        return rows.where(slice(many, None)) if many < len(rows.order) else None

    def _take(self, layout: Layout, rows: _Rows) -> _Rows | None:
        """Take the points of the rows that equal a template of *layout*, and return the others."""
        equal, which = layout.match(rows.words)
        if equal.all():
            self._emit(layout, rows, which)
            return None
        if equal.any():
            self._emit(layout, rows.where(equal), which if which is None else which[equal])
            rows = rows.where(~equal)
        return rows

    def _learn(self, buffer: bytes, rows: _Rows, length: int) -> Layout | None:
        """Make templates of the rows that share the shape of the first, or return None where it cannot be one."""
        read = _shaped(buffer, int(rows.offsets[0]), length)
        if read is None:
            return None
        shape = read[0]
        layout = next((known for known in self._layouts[length] if known.shape == shape), None)
        if layout is None:
            layout = Layout(shape)
        if len(layout.sources) >= MOST_TEMPLATES:
            return None
        chosen, found = [], []
        for row in _repeated(layout.masked(rows.words))[: MOST_TEMPLATES - len(layout.sources)]:
            other = _shaped(buffer, int(rows.offsets[row]), length)
            if other and other[0] == shape:
                chosen.append(row)
                found.append(other[1])
        if not chosen:
            return None
        if not layout.sources:
            self._layouts[length].append(layout)
        layout.add(rows.words[chosen], found)
        return layout

    def _emit(self, layout: Layout, rows: _Rows, which: Ints | None) -> None:
        intact = layout.intact(rows.words, which)
        if not intact.all():
            self.damaged += int(np.count_nonzero(~intact))
            rows, which = rows.where(intact), which if which is None else which[intact]
        if not len(rows.order):
            return
        order, step, wall = rows.order * _SLOTS, layout.steps(rows.words), layout.walls(rows.words)
        bounds = [0, len(order)]
        sorting: slice | Ints = slice(None)
        if which is not None:
            sorting = np.argsort(which.astype(np.uint16), kind="stable")
            bounds = [0, *np.cumsum(np.bincount(which, minlength=len(layout.sources))).tolist()]
        for slot, place in enumerate(layout.shape.places):
            points = Batch(order + slot, step, wall, layout.numbers(rows.words, place)).where(sorting)
            for sources, begin, end in zip(layout.sources, bounds, bounds[1:], strict=False):
                if begin < end:
                    self._collector.add_batch(sources[slot], points.where(slice(begin, end)))


def _shaped(buffer: bytes, offset: int, length: int) -> tuple[Shape, list[Value]] | None:
    """Return shape and values of the record at *offset*, if it is intact and can be a template."""
    if not is_intact(buffer, offset, length):
        return None
    payload = buffer[offset + HEADER : offset + HEADER + length]
    try:
        event = read_event(payload)
    except MalformedError:
        return None
    shape = shape_of(event, payload)
    return (shape, event.values) if shape else None


def _repeated(masked: Words) -> list[int]:
    """Return one row of each kind that occurs more than once."""
    _, first, count = np.unique(mixed(masked), return_index=True, return_counts=True)
    return [int(row) for row in first[count > 1]]
