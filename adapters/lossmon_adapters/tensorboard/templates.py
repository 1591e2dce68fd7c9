"""Scalars out of many records at once, by their likeness to a few that were read one by one.

Records of one length from one writer differ in little: the time, the digits of the step, the numbers. A ``Layout`` says
where these lie; a template of it holds all other bytes. A record that equals a template under the layout's mask has
exactly its structure, tag and metadata, so its numbers can be taken from their places. Nothing is guessed: a record
that equals no template is read one by one.

A row is a record from its sixth byte on, zero-extended to whole 64-bit words: then the wall time is one aligned word.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats, Ints
from lossmon_adapters.tensorboard.crc import byte_table, pair_table, unmasked, zeros_crc
from lossmon_adapters.tensorboard.framing import HEADER
from lossmon_adapters.tensorboard.proto import BFLOAT16, Event, Form, Value

Words: TypeAlias = NDArray[np.uint64]
Flags: TypeAlias = NDArray[np.bool_]

ROW_START = 5
"""Where in a record its row begins."""
MOST_TEMPLATES = 4096
_WORTH_PAIRS = 2048

_PAYLOAD = HEADER - ROW_START
_WALL = 8
_LONGEST_STEP = 8
_ALL_BITS = np.uint64(2**64 - 1)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class SeriesKey(NamedTuple):
    """Where points belong."""

    tag: bytes
    form: Form


class Place(NamedTuple):
    """Where in a row a number lies."""

    at: int
    format: str

    @property
    def size(self) -> int:
        """Bytes of the number."""
        return 2 if self.format == BFLOAT16 else np.dtype(self.format).itemsize


class Shape(NamedTuple):
    """What records must have in common to share a layout."""

    length: int
    step_at: int
    step_size: int
    places: tuple[Place, ...]
    continuations: bytes
    """The bytes of the step, their payload bits cleared."""


def row_bytes(length: int) -> int:
    """Return the bytes of a row whose payload has *length* bytes."""
    return (_PAYLOAD + length + 4 + 7) // 8 * 8


def gather(buffer: bytes, offsets: Ints, length: int) -> Words:
    """Return the rows of the records at *offsets*, all with payloads of *length* bytes: uint64[records, words]."""
    size = row_bytes(length)
    every = np.ndarray((len(buffer) - size + 1,), f"V{size}", buffer, 0, (1,))
    return every[offsets + ROW_START].view("<u8").reshape(len(offsets), size // 8)


def shape_of(event: Event, payload: bytes) -> Shape | None:
    """Return the shape of an event that was read from *payload*, or None if only reading it singly is exact."""
    if event.wall_at != 1 or event.step_size > _LONGEST_STEP or not event.values:
        return None
    places = []
    for value in event.values:
        if value.number is None or value.number.at < 0:
            return None
        places.append(Place(_PAYLOAD + value.number.at, value.number.format))
    step = payload[event.step_at : event.step_at + event.step_size]
    continuations = bytes(byte & 128 for byte in step)
    return Shape(len(payload), _PAYLOAD + event.step_at, event.step_size, tuple(places), continuations)


class _Lookup(NamedTuple):
    """A byte, or a pair of bytes, and what each value of it contributes to the CRC."""

    at: int
    format: str
    table: NDArray[np.uint32]


class Layout:
    """The records of one shape, and the templates known of them."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.sources: list[list[SeriesKey]] = []
        """For each template, where each of its numbers belongs."""
        self._variable = [byte for start, size in self._spans for byte in range(start, start + size)]
        self._lookups = self._byte_lookups(self._variable)
        self._mask = self._make_mask()
        self._masked_words = [(word, mask) for word, mask in enumerate(self._mask) if mask]
        self._templates = np.empty((0, len(self._mask)), np.uint64)
        self._crcs = np.empty(0, np.uint32)
        self._index: _Index | None = None

    @property
    def _spans(self) -> list[tuple[int, int]]:
        """Start and size of what varies: the wall time, the step, the numbers."""
        shape = self.shape
        return [(_WALL, 8), (shape.step_at, shape.step_size), *((place.at, place.size) for place in shape.places)]

    def _make_mask(self) -> Words:
        mask = np.zeros((_PAYLOAD + self.shape.length + 7) // 8 * 8, np.uint8)
        mask[_PAYLOAD : _PAYLOAD + self.shape.length] = 0xFF
        mask[self._variable] = 0
        mask[self.shape.step_at : self.shape.step_at + self.shape.step_size] = 0x80
        return mask.view("<u8")

    def masked(self, rows: Words) -> Words:
        """Return the bytes of *rows* that templates are compared by."""
        return rows[:, : len(self._mask)] & self._mask

    def add(self, rows: Words, values: list[list[Value]]) -> None:
        """Make templates of *rows*, in which *values* were found one by one."""
        masked = self.masked(rows)
        self._templates = np.concatenate([self._templates, masked])
        crcs = self._contributions(rows, self._byte_lookups(self._fixed_bytes())) ^ zeros_crc(self.shape.length)
        self._crcs = np.concatenate([self._crcs, crcs])
        self.sources += [[SeriesKey(value.tag, value.form) for value in row] for row in values]
        self._index = _Index(self._templates, self._mask) if len(self._templates) > 1 else None

    def _fixed_bytes(self) -> list[int]:
        return sorted(set(range(_PAYLOAD, _PAYLOAD + self.shape.length)) - set(self._variable))

    def match(self, rows: Words) -> tuple[Flags, Ints | None]:
        """Return which *rows* equal a template, and which template each then equals; None for the only one."""
        which = self._index.look_up(rows) if self._index else None
        equal = np.ones(len(rows), np.bool_)
        # Column by column, because numpy is slow where the inner dimension is short.
        for word, mask in self._masked_words:
            templates = self._templates[:, word]
            column = rows[:, word] if mask == _ALL_BITS else rows[:, word] & mask
            equal &= column == (templates[0] if which is None else templates.take(which))
        return equal, which

    def intact(self, rows: Words, which: Ints | None) -> Flags:
        """Return which of *rows*, known to equal the templates *which*, have the CRC they say."""
        many = len(rows) >= _WORTH_PAIRS
        crcs = self._contributions(rows, self._pair_lookups if many else self._lookups)
        crcs ^= self._crcs[0] if which is None else self._crcs[which]
        stored = np.ndarray((len(rows),), "<u4", rows, _PAYLOAD + self.shape.length, rows.strides[:1])
        intact: Flags = unmasked(stored) == crcs
        return intact

    def _contributions(self, rows: Words, lookups: list[_Lookup]) -> NDArray[np.uint32]:
        """Return what some bytes contribute to the CRC of each row."""
        total = np.zeros(len(rows), np.uint32)
        for at, size, table in lookups:
            total ^= table.take(np.ndarray((len(rows),), size, rows, at, rows.strides[:1]))
        return total

    def _byte_lookups(self, positions: list[int]) -> list[_Lookup]:
        last = _PAYLOAD + self.shape.length - 1
        return [_Lookup(at, "u1", byte_table(last - at)) for at in positions]

    @cached_property
    def _pair_lookups(self) -> list[_Lookup]:
        """Look up the variable bytes by twos, which pays for many rows."""
        last = _PAYLOAD + self.shape.length - 1
        lookups: list[_Lookup] = []
        for start, size in self._spans:
            evens = range(start, start + size - 1, 2)
            lookups += [_Lookup(at, "<u2", pair_table(last - at - 1)) for at in evens]
            lookups += self._byte_lookups([start + size - 1] if size % 2 else [])
        return lookups

    def walls(self, rows: Words) -> Floats:
        """Return the wall times, seconds since 1970."""
        return rows[:, _WALL // 8].view(np.float64)

    def steps(self, rows: Words) -> Ints:
        """Return the steps: the seven payload bits of each byte of the varint."""
        size = self.shape.step_size
        if not size:
            return np.zeros(len(rows), np.int64)
        raw = np.ndarray((len(rows),), "<u4" if size <= 4 else "<u8", rows, self.shape.step_at, rows.strides[:1]).copy()
        steps = raw & raw.dtype.type(127)
        for index in range(1, size):
            steps |= (raw >> raw.dtype.type(index)) & raw.dtype.type(127 << 7 * index)
        counted: Ints = steps.astype(np.int64)
        return counted

    def numbers(self, rows: Words, place: Place) -> Floats:
        """Return the numbers that lie at *place*."""
        if place.format == BFLOAT16:
            halves = np.ndarray((len(rows),), "<u2", rows, place.at, rows.strides[:1])
            return (halves.astype(np.uint32) << np.uint32(16)).view(np.float32).astype(np.float64)
        return np.ndarray((len(rows),), place.format, rows, place.at, rows.strides[:1]).astype(np.float64)


class _Index:
    """Which of several templates a row can only be, by one multiplication and one look-up."""

    def __init__(self, templates: Words, mask: Words) -> None:
        self._mask = mask
        self._word, bits = self._distinguishing(templates)
        self._shift = np.uint64(64 - bits)
        self._slots = np.zeros(1 << bits, np.int64)
        self._slots[self._hash(templates)] = np.arange(len(templates))

    def _distinguishing(self, templates: Words) -> tuple[int | None, int]:
        """Return a word that tells all templates apart and the bits to hash it to; no word where none does."""
        for bits in (12, 16):
            for word in reversed(range(templates.shape[1])):
                hashed = (templates[:, word] * _MULTIPLIER) >> np.uint64(64 - bits)
                if len(np.unique(hashed)) == len(templates):
                    return word, bits
        return None, 20

    def _hash(self, rows: Words) -> Ints:
        if self._word is None:
            hashed = mixed(rows[:, : len(self._mask)] & self._mask)
        else:
            hashed = (rows[:, self._word] & self._mask[self._word]) * _MULTIPLIER
        shifted: Words = hashed >> self._shift
        index: Ints = shifted.view(np.int64)
        return index

    def look_up(self, rows: Words) -> Ints:
        """Return the only template each row may equal."""
        return self._slots.take(self._hash(rows))


def mixed(rows: Words) -> Words:
    """Return a hash of each row."""
    hashed = rows[:, 0] * _MULTIPLIER
    for word in range(1, rows.shape[1]):
        hashed ^= rows[:, word]
        hashed *= _MULTIPLIER
        hashed ^= hashed >> np.uint64(29)
    return hashed * _MULTIPLIER
