"""The points in framed records: read in columns where many are alike, one by one where not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from lossmon.points import Column, Ints

from lossmon_adapters.tensorboard.collecting import Batch, Collector
from lossmon_adapters.tensorboard.crc import masked_crc
from lossmon_adapters.tensorboard.framing import HEADER, Frames
from lossmon_adapters.tensorboard.layouts import (
    MOST_TEMPLATES,
    ROW_START,
    Layout,
    Shape,
    Source,
    Words,
    gather,
    mixed,
    row_bytes,
    shape_of,
)
from lossmon_adapters.tensorboard.wire import Event, Malformed, Value, read_event

_WORTH_COLUMNS = 40
_WORTH_ROWS = 12
_SMALL = 256
_PATIENCE = 8
_SLOTS = 1 << 20


def is_intact(buffer: bytes, offset: int, length: int) -> bool:
    """Say whether the payload of the record at *offset* has the CRC it says."""
    begin = offset + HEADER
    end = begin + length
    return masked_crc(buffer[begin:end]) == int.from_bytes(buffer[end : end + 4], "little")


class _Rows(NamedTuple):
    """Records of one payload length."""

    words: Words
    offsets: Ints
    order: Ints

    def where(self, chosen: object) -> _Rows:
        return _Rows(self.words[chosen], self.offsets[chosen], self.order[chosen])  # type: ignore[index]


class RecordReader:
    """Reads the records of one file; what it learns of their likeness serves the whole file."""

    def __init__(self) -> None:
        self.damaged = 0
        """Records left out because their CRC was wrong."""
        self.malformed = 0
        """Records left out because they were no events."""
        self._collector = Collector()
        self._layouts: dict[int, list[Layout]] = {}

    @property
    def too_many_tags(self) -> bool:
        """Points were left out because there were too many tags."""
        return self._collector.too_many_tags

    def read(self, buffer: bytes, frames: Frames) -> list[Column]:
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
                self._collector.declare(Source(tag, form), place)
            else:
                self._collector.add(Source(tag, form), place, event.step, event.wall, number.value)

    def _event(self, buffer: bytes, offset: int, length: int) -> Event | None:
        if not is_intact(buffer, offset, length):
            self.damaged += 1
            return None
        try:
            return read_event(buffer[offset + HEADER : offset + HEADER + length])
        except Malformed:
            self.malformed += 1
            return None

    def _in_columns(self, buffer: bytes, offsets: Ints, lengths: Ints) -> None:
        short = np.where(lengths < _SMALL, lengths, 0).astype(np.uint8)
        by_length = np.argsort(short, kind="stable")
        ends = np.cumsum(np.bincount(short, minlength=_SMALL)).tolist()
        for length, (begin, end) in enumerate(zip([0, *ends], ends, strict=False)):
            chosen = by_length[begin:end]
            if length and len(chosen) >= _WORTH_ROWS:
                self._alike(buffer, offsets[chosen], length, chosen)
                continue
            for order in chosen.tolist():
                self._single(buffer, int(offsets[order]), int(lengths[order]), order)

    def _alike(self, buffer: bytes, offsets: Ints, length: int, order: Ints) -> None:
        """Read records of one length."""
        last = len(buffer) - ROW_START - row_bytes(length)
        while len(offsets) and offsets[-1] > last:
            self._single(buffer, int(offsets[-1]), length, int(order[-1]))
            offsets, order = offsets[:-1], order[:-1]
        left: _Rows | None = _Rows(gather(buffer, offsets, length), offsets, order) if len(offsets) else None
        layouts = self._layouts.setdefault(length, [])
        for layout in layouts:
            left = left and self._take(layout, left)
        failures = 0
        while left:
            learned = self._learn(buffer, left, length) if failures < _PATIENCE else None
            if learned:
                left = self._take(learned, left)
                continue
            failures += 1
            many = 1 if failures < _PATIENCE else len(left.order)
            for row in range(many):
                self._single(buffer, int(left.offsets[row]), length, int(left.order[row]))
            left = left.where(slice(many, None)) if many < len(left.order) else None

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
        shape, values = read
        layout = next((known for known in self._layouts[length] if known.shape == shape), None)
        if layout is None:
            layout = Layout(shape)
            self._layouts[length].append(layout)
        if len(layout.sources) >= MOST_TEMPLATES:
            return None
        chosen, found = [0], [values]
        for row in _repeated(layout.masked(rows.words))[: MOST_TEMPLATES - len(layout.sources)]:
            other = _shaped(buffer, int(rows.offsets[row]), length) if row else None
            if other and other[0] == shape:
                chosen.append(row)
                found.append(other[1])
        layout.add(rows.words[chosen], found)
        return layout

    def _emit(self, layout: Layout, rows: _Rows, which: Ints | None) -> None:
        intact = layout.intact(rows.words, which)
        if not intact.all():
            self.damaged += int(np.count_nonzero(~intact))
            rows, which = rows.where(intact), which if which is None else which[intact]
        if not len(rows.order):
            return
        columns = [rows.order * _SLOTS, layout.steps(rows.words), layout.walls(rows.words)]
        columns += [layout.numbers(rows.words, place) for place in layout.shape.places]
        bounds = [0, len(rows.order)]
        if which is not None:
            sorting = np.argsort(which.astype(np.uint16), kind="stable")
            columns = [column[sorting] for column in columns]
            bounds = [0, *np.cumsum(np.bincount(which, minlength=len(layout.sources))).tolist()]
        order, step, wall, *numbers = columns
        for sources, begin, end in zip(layout.sources, bounds, bounds[1:], strict=False):
            if begin == end:
                continue
            for slot, (source, number) in enumerate(zip(sources, numbers, strict=True)):
                part = order[begin:end] + slot, step[begin:end], wall[begin:end], number[begin:end]
                self._collector.add_batch(source, Batch(*part))


def _shaped(buffer: bytes, offset: int, length: int) -> tuple[Shape, list[Value]] | None:
    """Return shape and values of the record at *offset*, if it is intact and can be a template."""
    if not is_intact(buffer, offset, length):
        return None
    payload = buffer[offset + HEADER : offset + HEADER + length]
    try:
        event = read_event(payload)
    except Malformed:
        return None
    shape = shape_of(event, payload)
    return (shape, event.values) if shape else None


def _repeated(masked: Words) -> list[int]:
    """Return one row of each kind that occurs more than once."""
    _, first, count = np.unique(mixed(masked), return_index=True, return_counts=True)
    return [int(row) for row in first[count > 1]]
