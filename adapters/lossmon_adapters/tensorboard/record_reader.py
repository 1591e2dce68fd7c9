"""Read the points in the records of an event file: vectorised where many records are alike, else one by one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossmon.core.hyperparameters import Hyperparameters
from lossmon.core.points import Ints, Scalars
from lossmon_adapters.shared.protobuf import MalformedError
from lossmon_adapters.tensorboard.columns import EventScalarsBuilder, PointBatch, SeriesKey
from lossmon_adapters.tensorboard.crc import masked_crc
from lossmon_adapters.tensorboard.framing import HEADER_BYTES, SMALL_PAYLOAD_BYTES, Frames, is_intact, stored_crc
from lossmon_adapters.tensorboard.hparams import HPARAMS_TAG, read_hparams
from lossmon_adapters.tensorboard.media import MIN_MEDIA_BYTES, has_no_scalars
from lossmon_adapters.tensorboard.proto import Event, Value, read_event
from lossmon_adapters.tensorboard.templates import (
    MAX_TEMPLATES,
    Flags,
    Layout,
    LayoutKey,
    Layouts,
    Rows,
    can_be_row,
    gather_rows,
    hash_rows,
    layout_key_of,
)

_MIN_RECORDS = 40
"""Fewer records are read one by one."""
_MIN_ROWS = 12
"""Fewer records of one length are read one by one."""
_MAX_FAILURES = 8
"""Failed attempts to make a template after which the remaining records of one length are read one by one."""
_ORDER_STEP = 1 << 20
"""Difference in order between two records; more than the values in one event."""


class _EqualLengthRecords(NamedTuple):
    """Records with payloads of one length."""

    rows: Rows
    offsets: Ints
    """Where in the data each record begins."""
    indices: Ints
    """The number of each record among all that are read."""

    def select(self, selection: slice | Flags) -> _EqualLengthRecords:
        return _EqualLengthRecords(self.rows[selection], self.offsets[selection], self.indices[selection])


class RecordReader:
    """Reads the records of one file. New layouts are added to *layouts*, which files may share."""

    def __init__(self, layouts: Layouts | None = None) -> None:
        self.damaged = 0
        """Records left out because their CRC was wrong."""
        self.malformed = 0
        """Records left out because they were not events."""
        self.hyperparameters: Hyperparameters = ()
        """What the newest record with settings states."""
        self._builder = EventScalarsBuilder()
        self._layouts = {} if layouts is None else layouts

    @property
    def has_too_many_tags(self) -> bool:
        """Whether points were left out because there were too many tags."""
        return self._builder.has_too_many_tags

    def read(self, data: bytes, frames: Frames) -> list[Scalars]:
        """Return the points in the records of *data* that *frames* lists."""
        if isinstance(frames.offsets, np.ndarray) or len(frames.offsets) >= _MIN_RECORDS:
            self._read_by_length(data, np.asarray(frames.offsets, np.int64), np.asarray(frames.lengths, np.int64))
        else:
            for index, (offset, length) in enumerate(zip(frames.offsets, frames.lengths, strict=True)):
                self._read_record(data, offset, length, index)
        return self._builder.build()

    def _read_record(self, data: bytes, offset: int, length: int, index: int) -> None:
        """Read one record, the *index*-th."""
        event = self._read_event(data, offset, length)
        if event is None:
            return
        if event.is_session_start:
            self._builder.add_resume(index * _ORDER_STEP, event.step)
        for value_index, (tag, kind, number) in enumerate(event.values):
            order = index * _ORDER_STEP + value_index
            if tag == HPARAMS_TAG:
                self.hyperparameters = read_hparams(data[offset + HEADER_BYTES : offset + HEADER_BYTES + length])
            if number is None:
                self._builder.add_declaration(SeriesKey(tag, kind), order)
            else:
                self._builder.add_point(SeriesKey(tag, kind), order, event.step, event.wall_time, number.value)

    def _read_event(self, data: bytes, offset: int, length: int) -> Event | None:
        """Return the event in the record at *offset*; None, and count it, if it is unusable."""
        begin, end = offset + HEADER_BYTES, offset + HEADER_BYTES + length
        if length >= MIN_MEDIA_BYTES and has_no_scalars(data, begin, end):
            return None
        payload = data[begin:end]
        if masked_crc(payload) != stored_crc(data, end):
            self.damaged += 1
            return None
        try:
            return read_event(payload)
        except MalformedError:
            self.malformed += 1
            return None

    def _read_by_length(self, data: bytes, offsets: Ints, lengths: Ints) -> None:
        """Read small records in groups of one length, and the others one by one."""
        group = np.where(lengths < SMALL_PAYLOAD_BYTES, lengths, 0).astype(np.uint8)
        sorted_indices = np.argsort(group, kind="stable")
        counts = np.bincount(group)
        ends = np.cumsum(counts)
        for length in np.flatnonzero(counts).tolist():
            indices = sorted_indices[ends[length] - counts[length] : ends[length]]
            if length and len(indices) >= _MIN_ROWS:
                self._read_equal_lengths(data, offsets[indices], length, indices)
                continue
            for index, offset, own_length in np.column_stack([indices, offsets[indices], lengths[indices]]).tolist():
                self._read_record(data, offset, own_length, index)

    def _read_equal_lengths(self, data: bytes, offsets: Ints, length: int, indices: Ints) -> None:
        """Read records of one length, those that match known layouts first."""
        while len(offsets) and not can_be_row(data, int(offsets[-1]), length):
            self._read_record(data, int(offsets[-1]), length, int(indices[-1]))
            offsets, indices = offsets[:-1], indices[:-1]
        if not len(offsets):
            return
        remaining: _EqualLengthRecords | None
        remaining = _EqualLengthRecords(gather_rows(data, offsets, length), offsets, indices)
        layouts = self._layouts.setdefault(length, [])
        for layout in tuple(layouts):
            remaining = self._read_matching(layout, remaining)
            if remaining is None:
                # It probably matches the next records too.
                layouts.remove(layout)
                layouts.insert(0, layout)
                return
        self._read_unmatched(data, remaining, length)

    def _read_matching(self, layout: Layout, records: _EqualLengthRecords) -> _EqualLengthRecords | None:
        """Read the records that equal a template of *layout*, and return the others; None if there are none."""
        equal, template_numbers = layout.match(records.rows)
        if equal.all():
            self._add_points(layout, records, template_numbers)
            return None
        if equal.any():
            matching_numbers = template_numbers if template_numbers is None else template_numbers[equal]
            self._add_points(layout, records.select(equal), matching_numbers)
            records = records.select(~equal)
        return records

    def _read_unmatched(self, data: bytes, records: _EqualLengthRecords, length: int) -> None:
        """Read records that equal no known template: make templates of those that repeat, read others one by one."""
        failures = 0
        remaining: _EqualLengthRecords | None = records
        while remaining:
            can_learn = failures < _MAX_FAILURES and len(remaining.indices) >= _MIN_ROWS
            layout = self._learn_templates(data, remaining, length) if can_learn else None
            others = self._read_matching(layout, remaining) if layout else remaining
            if others is remaining:
                failures += 1
                others = self._read_first(data, remaining, length, 1 if can_learn else len(remaining.indices))
            remaining = others

    def _read_first(
        self, data: bytes, records: _EqualLengthRecords, length: int, count: int
    ) -> _EqualLengthRecords | None:
        """Read the first *count* records one by one, and return the others; None if there are none."""
        for offset, index in zip(records.offsets[:count].tolist(), records.indices[:count].tolist(), strict=True):
            self._read_record(data, offset, length, index)
        return records.select(slice(count, None)) if count < len(records.indices) else None

    def _learn_templates(self, data: bytes, records: _EqualLengthRecords, length: int) -> Layout | None:
        """Make templates of records with the layout of the first one, and return it; None if that is impossible."""
        first = _read_layout(data, int(records.offsets[0]), length)
        if first is None:
            return None
        key = first[0]
        layout = next((known for known in self._layouts[length] if known.key == key), None) or Layout(key)
        if len(layout.series_keys) >= MAX_TEMPLATES:
            return None
        rows, values = [], []
        for row in _repeated_rows(layout.mask_rows(records.rows))[: MAX_TEMPLATES - len(layout.series_keys)]:
            read = _read_layout(data, int(records.offsets[row]), length)
            if read and read[0] == key:
                rows.append(row)
                values.append(read[1])
        if not rows:
            return None
        if not layout.series_keys:
            self._layouts[length].append(layout)
        layout.add_templates(records.rows[rows], values)
        return layout

    def _add_points(self, layout: Layout, records: _EqualLengthRecords, template_numbers: Ints | None) -> None:
        """Pass the points of records that equal templates of *layout* to the builder, without damaged records."""
        intact = layout.intact(records.rows, template_numbers)
        if not intact.all():
            self.damaged += int(np.count_nonzero(~intact))
            records = records.select(intact)
            template_numbers = template_numbers if template_numbers is None else template_numbers[intact]
        if not len(records.indices):
            return
        order = records.indices * _ORDER_STEP
        step, wall_time = layout.steps(records.rows), layout.wall_times(records.rows)
        by_template: slice | Ints = slice(None)
        bounds = [0, len(order)]
        if template_numbers is not None:
            by_template = np.argsort(template_numbers.astype(np.uint16), kind="stable")
            bounds = [0, *np.cumsum(np.bincount(template_numbers, minlength=len(layout.series_keys))).tolist()]
        for index, field in enumerate(layout.key.fields):
            values = layout.numbers(records.rows, field)
            points = PointBatch(order + index, step, wall_time, values).select(by_template)
            for series_keys, begin, end in zip(layout.series_keys, bounds, bounds[1:], strict=False):
                if begin < end:
                    self._builder.add_batch(series_keys[index], points.select(slice(begin, end)))


def _read_layout(data: bytes, offset: int, length: int) -> tuple[LayoutKey, list[Value]] | None:
    """Return layout and values of the record at *offset*; None if it is damaged or cannot be a template."""
    if not is_intact(data, offset, length):
        return None
    payload = data[offset + HEADER_BYTES : offset + HEADER_BYTES + length]
    try:
        event = read_event(payload)
    except MalformedError:
        return None
    key = layout_key_of(event, payload)
    return (key, event.values) if key else None


def _repeated_rows(masked_rows: Rows) -> list[int]:
    """Return the first of all rows that are equal, for each that occurs more than once."""
    _, first, count = np.unique(hash_rows(masked_rows), return_index=True, return_counts=True)
    return [int(row) for row in first[count > 1]]
