"""Vectorised decoding of records that share a byte template.

Records of one length from one writer differ only in the wall time, the digits of the step, and the numbers. A
``Layout`` knows the offsets of these fields, and a template holds all other bytes. A record whose other bytes equal a
template has the same structure, tag and metadata, so its numbers can be copied from the known offsets. Records that
equal no template are read one by one.

A row holds a record from its sixth byte on, zero-extended to whole 64-bit words, so that the wall time is one aligned
word.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats, Ints
from lossmon_adapters.tensorboard.columns import SeriesKey
from lossmon_adapters.tensorboard.crc import byte_table, pair_table, unmask_array, zeros_crc
from lossmon_adapters.tensorboard.framing import HEADER_BYTES
from lossmon_adapters.tensorboard.proto import BFLOAT16, Event, Value, format_size

Rows: TypeAlias = NDArray[np.uint64]
"""Records of one length: uint64[records, words]."""
Flags: TypeAlias = NDArray[np.bool_]

MAX_TEMPLATES = 4096
"""Templates of one layout; each tag needs one."""
_MIN_ROWS_FOR_PAIR_TABLES = 2048
"""From this many rows on, CRC tables for pairs of bytes are used: slower to make, but half the look-ups."""
_MAX_STEP_BYTES = 8
"""Longest varint of a step that is decoded in one word."""

_ROW_OFFSET = 5
"""Where in a record its row begins."""
_PAYLOAD_OFFSET = HEADER_BYTES - _ROW_OFFSET
"""Where in a row the payload begins."""
_WALL_TIME_OFFSET = 8
"""Where in a row the wall time is: one byte, its key, is before it in the payload."""

_ALL_BITS = np.uint64(2**64 - 1)
_HASH_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""2**64 divided by the golden ratio (Knuth, TAOCP 3, 6.4)."""
_WORD_HASH_BITS = (12, 16)
"""Sizes of a hash of one word that are tried, smallest first."""
_ROW_HASH_BITS = 20
"""Size of a hash of the whole row, where no single word distinguishes the templates."""


class FieldOffset(NamedTuple):
    """Where in a row a number is."""

    offset: int
    format: str
    """numpy's name of its format, or ``BFLOAT16``."""

    @property
    def size(self) -> int:
        """Bytes of the number."""
        return format_size(self.format)


class LayoutKey(NamedTuple):
    """What records must have in common to share a layout; offsets are in a row."""

    length: int
    """Bytes of the payload."""
    step_offset: int
    step_size: int
    fields: tuple[FieldOffset, ...]
    """The number in each value."""
    step_continuation_bits: bytes
    """The highest bit of each byte of the step, which is set if the varint continues."""


def can_be_row(data: bytes, offset: int, length: int) -> bool:
    """Return whether *data* has all bytes of the row of the record at *offset*."""
    return offset + _ROW_OFFSET + _row_bytes(length) <= len(data)


def gather_rows(data: bytes, offsets: Ints, length: int) -> Rows:
    """Return the rows of the records at *offsets*, whose payloads all have *length* bytes: uint64[records, words]."""
    size = _row_bytes(length)
    windows = np.ndarray((len(data) - size + 1,), f"V{size}", data, 0, (1,))
    return windows[offsets + _ROW_OFFSET].view("<u8").reshape(len(offsets), size // 8)


def _row_bytes(length: int) -> int:
    return (_PAYLOAD_OFFSET + length + 4 + 7) // 8 * 8


def layout_key_of(event: Event, payload: bytes) -> LayoutKey | None:
    """Return the layout of *event*, which was read from *payload*; None if such records must be read one by one."""
    if event.wall_time_offset != 1 or event.step_size > _MAX_STEP_BYTES or not event.values:
        return None
    fields = []
    for value in event.values:
        if value.number is None or value.number.offset < 0:
            return None
        fields.append(FieldOffset(_PAYLOAD_OFFSET + value.number.offset, value.number.format))
    step = payload[event.step_offset : event.step_offset + event.step_size]
    continuation_bits = bytes(byte & 128 for byte in step)
    step_offset = _PAYLOAD_OFFSET + event.step_offset
    return LayoutKey(len(payload), step_offset, event.step_size, tuple(fields), continuation_bits)


class _CrcLookup(NamedTuple):
    """A byte or a pair of bytes of a row, and what each of its values adds to the CRC."""

    offset: int
    format: str
    table: NDArray[np.uint32]


class Layout:
    """Records with the same field offsets, and their known templates."""

    def __init__(self, key: LayoutKey) -> None:
        self.key = key
        self.series_keys: list[list[SeriesKey]] = []
        """The series of each number, for each template."""
        self._variable_bytes = [byte for start, size in self._variable_spans for byte in range(start, start + size)]
        self._lookups = self._byte_lookups(self._variable_bytes)
        self._mask = self._make_mask()
        self._masked_words = [(word, mask) for word, mask in enumerate(self._mask) if mask]
        self._templates = np.empty((0, len(self._mask)), np.uint64)
        self._template_crcs = np.empty(0, np.uint32)
        self._index: _TemplateIndex | None = None

    @property
    def _variable_spans(self) -> list[tuple[int, int]]:
        """Start and size of each field that varies: wall time, step, numbers."""
        key = self.key
        numbers = ((field.offset, field.size) for field in key.fields)
        return [(_WALL_TIME_OFFSET, 8), (key.step_offset, key.step_size), *numbers]

    def _make_mask(self) -> Rows:
        """Return a row with ones where a record must equal its template."""
        key = self.key
        mask = np.zeros((_PAYLOAD_OFFSET + key.length + 7) // 8 * 8, np.uint8)
        mask[_PAYLOAD_OFFSET : _PAYLOAD_OFFSET + key.length] = 0xFF
        mask[self._variable_bytes] = 0
        mask[key.step_offset : key.step_offset + key.step_size] = 0x80
        return mask.view("<u8")

    def mask_rows(self, rows: Rows) -> Rows:
        """Return *rows* with zeros in place of what may differ from a template."""
        return rows[:, : len(self._mask)] & self._mask

    def add_templates(self, rows: Rows, values: list[list[Value]]) -> None:
        """Make a template of each of *rows*, whose events hold *values*."""
        self._templates = np.concatenate([self._templates, self.mask_rows(rows)])
        fixed_bytes = set(range(_PAYLOAD_OFFSET, _PAYLOAD_OFFSET + self.key.length)) - set(self._variable_bytes)
        crcs = self._crc_of_bytes(rows, self._byte_lookups(sorted(fixed_bytes))) ^ zeros_crc(self.key.length)
        self._template_crcs = np.concatenate([self._template_crcs, crcs])
        self.series_keys += [[SeriesKey(value.tag, value.kind) for value in row] for row in values]
        self._index = _TemplateIndex(self._templates, self._mask) if len(self._templates) > 1 else None

    def match(self, rows: Rows) -> tuple[Flags, Ints | None]:
        """Return which of *rows* equal a template, and the number of that template; None if there is only one."""
        numbers = self._index.look_up(rows) if self._index else None
        equal = np.ones(len(rows), np.bool_)
        # Word by word, because numpy is slow where the inner dimension is short.
        for word, mask in self._masked_words:
            template_words = self._templates[:, word]
            row_words = rows[:, word] if mask == _ALL_BITS else rows[:, word] & mask
            equal &= row_words == (template_words[0] if numbers is None else template_words.take(numbers))
        return equal, numbers

    def intact(self, rows: Rows, template_numbers: Ints | None) -> Flags:
        """Return which of *rows*, each equal to its template, have the right CRC."""
        use_pairs = len(rows) >= _MIN_ROWS_FOR_PAIR_TABLES
        crcs = self._crc_of_bytes(rows, self._pair_lookups if use_pairs else self._lookups)
        crcs ^= self._template_crcs[0] if template_numbers is None else self._template_crcs[template_numbers]
        stored = np.ndarray((len(rows),), "<u4", rows, _PAYLOAD_OFFSET + self.key.length, rows.strides[:1])
        intact: Flags = unmask_array(stored) == crcs
        return intact

    def _crc_of_bytes(self, rows: Rows, lookups: list[_CrcLookup]) -> NDArray[np.uint32]:
        """Return what the bytes of *lookups* add to the CRC of each row."""
        total = np.zeros(len(rows), np.uint32)
        for offset, number_format, table in lookups:
            total ^= table.take(np.ndarray((len(rows),), number_format, rows, offset, rows.strides[:1]))
        return total

    def _byte_lookups(self, offsets: list[int]) -> list[_CrcLookup]:
        last = _PAYLOAD_OFFSET + self.key.length - 1
        return [_CrcLookup(offset, "u1", byte_table(last - offset)) for offset in offsets]

    @cached_property
    def _pair_lookups(self) -> list[_CrcLookup]:
        """The variable bytes in pairs, with one look-up for each pair."""
        last = _PAYLOAD_OFFSET + self.key.length - 1
        lookups: list[_CrcLookup] = []
        for start, size in self._variable_spans:
            pairs = range(start, start + size - 1, 2)
            lookups += [_CrcLookup(offset, "<u2", pair_table(last - offset - 1)) for offset in pairs]
            lookups += self._byte_lookups([start + size - 1] if size % 2 else [])
        return lookups

    def wall_times(self, rows: Rows) -> Floats:
        """Return the wall times in seconds since 1970."""
        return rows[:, _WALL_TIME_OFFSET // 8].view(np.float64)

    def steps(self, rows: Rows) -> Ints:
        """Return the steps, from the seven low bits of each byte of the varint."""
        size = self.key.step_size
        if not size:
            return np.zeros(len(rows), np.int64)
        word = "<u4" if size <= 4 else "<u8"
        raw = np.ndarray((len(rows),), word, rows, self.key.step_offset, rows.strides[:1]).copy()
        steps = raw & raw.dtype.type(127)
        for index in range(1, size):
            steps |= (raw >> raw.dtype.type(index)) & raw.dtype.type(127 << 7 * index)
        signed: Ints = steps.astype(np.int64)
        return signed

    def numbers(self, rows: Rows, field: FieldOffset) -> Floats:
        """Return the number at *field* in each row."""
        if field.format == BFLOAT16:
            halves = np.ndarray((len(rows),), "<u2", rows, field.offset, rows.strides[:1])
            return (halves.astype(np.uint32) << np.uint32(16)).view(np.float32).astype(np.float64)
        return np.ndarray((len(rows),), field.format, rows, field.offset, rows.strides[:1]).astype(np.float64)


Layouts: TypeAlias = dict[int, list[Layout]]
"""Known layouts by the length of the payload, the most recently used first."""


class _TemplateIndex:
    """Hash table from a row to the number of the only template that it can equal."""

    def __init__(self, templates: Rows, mask: Rows) -> None:
        self._mask = mask
        self._word, bits = self._choose_word(templates)
        self._shift = np.uint64(64 - bits)
        self._numbers = np.zeros(1 << bits, np.int64)
        self._numbers[self._hash(templates)] = np.arange(len(templates))

    def _choose_word(self, templates: Rows) -> tuple[int | None, int]:
        """Return a word whose hash differs between all templates, and the bits of the hash; None for the whole row."""
        for bits in _WORD_HASH_BITS:
            for word in reversed(range(templates.shape[1])):
                hashes = (templates[:, word] * _HASH_MULTIPLIER) >> np.uint64(64 - bits)
                if len(np.unique(hashes)) == len(templates):
                    return word, bits
        return None, _ROW_HASH_BITS

    def _hash(self, rows: Rows) -> Ints:
        if self._word is None:
            hashes = hash_rows(rows[:, : len(self._mask)] & self._mask)
        else:
            hashes = (rows[:, self._word] & self._mask[self._word]) * _HASH_MULTIPLIER
        shifted: Rows = hashes >> self._shift
        slots: Ints = shifted.view(np.int64)
        return slots

    def look_up(self, rows: Rows) -> Ints:
        """Return the number of the only template that each row can equal."""
        return self._numbers.take(self._hash(rows))


def hash_rows(rows: Rows) -> Rows:
    """Return a 64-bit hash of each row: uint64[records]."""
    hashes = rows[:, 0] * _HASH_MULTIPLIER
    for word in range(1, rows.shape[1]):
        hashes ^= rows[:, word]
        hashes *= _HASH_MULTIPLIER
        hashes ^= hashes >> np.uint64(29)
    return hashes * _HASH_MULTIPLIER
