"""Where the records of an event file lie.

A record is ``u64 length, u32 masked CRC of the length, payload, u32 masked CRC of the payload``, little-endian, with
nothing before, between or after. See TensorFlow's ``record_writer.h``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lossmon.points import Ints
from lossmon_adapters.tensorboard.crc import length_crc, length_crcs, short_length_crcs

HEADER = 12
"""Bytes before the payload."""
OVERHEAD = 16
"""Bytes a record has beside its payload."""
LARGEST = 2**31 - 1
"""Bytes of the largest payload there can be: protobuf has no longer messages."""

_header = Struct("<QI").unpack_from
_SMALLEST_MEAN = 64
_WORTH_COLUMNS = 4096
_PAYLOAD_WORTH_CHAIN = 400

Bytes: TypeAlias = NDArray[np.uint8]


class Frames(NamedTuple):
    """Complete records that follow one another."""

    offsets: Sequence[int] | Ints
    """Where each record begins."""
    lengths: Sequence[int] | Ints
    """Bytes of each payload."""
    end: int
    """Where the next record begins."""
    broken: bool
    """No record can begin at ``end``: the bytes there are damaged."""


def payload_length(buffer: bytes, at: int) -> int | None:
    """Return the payload bytes of the record that begins at *at*, or None where no record can begin."""
    length, crc = _header(buffer, at)
    return length if length <= LARGEST and crc == length_crc(length) else None


class Framer:
    """Finds the records of one file, record by record or in columns, whichever is faster for this file."""

    def __init__(self) -> None:
        self._mean = 0.0

    def frames(self, buffer: bytes, at: int, end: int) -> Frames:
        """Return the records that lie whole in ``buffer[at:end]``, the first of which begins at *at*."""
        found = None
        if end - at >= _WORTH_COLUMNS and self._mean < _PAYLOAD_WORTH_CHAIN:
            found = _columns(buffer, at, end, self._mean)
        found = found or _chain(buffer, at, end)
        if len(found.offsets):
            self._mean = (found.end - at) / len(found.offsets)
        return found

    def large(self, buffer: bytes, at: int) -> Frames:
        """Return the single record at *at* if *buffer* holds all of it."""
        return _chain(buffer, at, min(len(buffer), at + OVERHEAD + _claimed(buffer, at, len(buffer))))


def _chain(buffer: bytes, at: int, end: int) -> Frames:
    offsets: list[int] = []
    lengths: list[int] = []
    known: dict[int, int] = {}
    last = end - HEADER
    while at <= last:
        length, crc = _header(buffer, at)
        if crc != known.get(length):
            if crc != length_crc(length) or length > LARGEST:
                return Frames(offsets, lengths, at, True)
            known[length] = crc
        after = at + OVERHEAD + length
        if after > end:
            break
        offsets.append(at)
        lengths.append(length)
        at = after
    return Frames(offsets, lengths, at, False)


def _columns(buffer: bytes, at: int, end: int, mean: float) -> Frames | None:
    """Do what ``_chain`` does, all small records at once; None where large ones are so many that it does not pay."""
    starts, lengths = _small_headers(buffer, at, end)
    after = starts + lengths + OVERHEAD
    while len(after) and after[-1] > end:
        starts, lengths, after = starts[:-1], lengths[:-1], after[:-1]
    breaks = np.flatnonzero(after[:-1] != starts[1:])
    if not len(starts) or len(breaks) > 8 + (end - at) / (10 * max(mean, _SMALLEST_MEAN)):
        return None
    return _walk(buffer, at, end, starts, lengths, [*breaks.tolist(), len(starts) - 1])


def _walk(buffer: bytes, at: int, end: int, starts: Ints, lengths: Ints, breaks: list[int]) -> Frames:
    """Follow the chain from *at*: over runs of small records at once, over large ones singly."""
    pieces: list[tuple[Ints, Ints]] = []
    while True:
        first = int(np.searchsorted(starts, at))
        if first < len(starts) and starts[first] == at:
            last = breaks[bisect_left(breaks, first)]
            pieces.append((starts[first : last + 1], lengths[first : last + 1]))
            at = int(starts[last] + lengths[last]) + OVERHEAD
            continue
        large = _chain(buffer, at, min(end, at + OVERHEAD + _claimed(buffer, at, end)))
        if not large.offsets:
            return _joined(pieces, at, large.broken)
        pieces.append((np.array(large.offsets, np.int64), np.array(large.lengths, np.int64)))
        at = large.end


def _claimed(buffer: bytes, at: int, end: int) -> int:
    return int(_header(buffer, at)[0]) if at + HEADER <= end else 0


def _joined(pieces: list[tuple[Ints, Ints]], end: int, broken: bool) -> Frames:
    if not pieces:
        return Frames([], [], end, broken)
    if len(pieces) == 1:
        return Frames(*pieces[0], end, broken)
    offsets, lengths = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return Frames(offsets, lengths, end, broken)


def _small_headers(buffer: bytes, at: int, end: int) -> tuple[Ints, Ints]:
    """Return offset and length of all that looks like the header of a payload below 256 bytes.

    Of such a length seven bytes are zero, so exactly one aligned 32-bit word of the header is zero: one comparison for
    four bytes finds them all, and the CRC of the length sorts out nearly all the rest (one in 2**32 remains).
    """
    aligned = at + (-(_address(buffer) + at)) % 4
    words = np.ndarray(((end - aligned) // 4,), "<u4", buffer, aligned)
    zero = np.flatnonzero(words[1:] == 0)
    before = words[zero]
    # How many of the zero bytes lie in the word before the zero word.
    shift = (before < 1 << 24).view(np.int8) + (before < 1 << 16).view(np.int8) + (before < 1 << 8).view(np.int8)
    starts = zero * 4 + (aligned + 3) - shift
    starts = starts[: int(np.searchsorted(starts, end - HEADER, "right"))]
    if aligned > at:
        # A header may also begin before the first aligned word.
        starts = np.concatenate([np.arange(at, aligned), starts])
    lengths = np.ndarray((end - 7,), "<i8", buffer, 0, (1,))[starts]
    crcs = np.ndarray((end - 3,), "<u4", buffer, 0, (1,))[starts + 8]
    true = crcs == short_length_crcs()[lengths & 255]
    true &= lengths == lengths & 255
    return starts[true], lengths[true]


def _address(buffer: bytes) -> int:
    return int(np.frombuffer(buffer, np.uint8).__array_interface__["data"][0])


def next_header(buffer: bytes, at: int, end: int) -> int | None:
    """Return where in ``buffer[at:end]`` the next header of a record lies, or None; for going on after damage."""
    count = end - at - HEADER + 1
    lower, upper, crcs = (np.ndarray((count,), "<u4", buffer, at + offset, (1,)) for offset in (0, 4, 8))
    # Twelve zero bytes are no header, and where there is a hole in the file there are millions of them.
    starts = np.flatnonzero((upper == 0) & ((lower | crcs) != 0))
    lengths = lower[starts]
    true = np.flatnonzero((crcs[starts] == length_crcs(lengths)) & (lengths <= LARGEST))
    return int(starts[true[0]]) + at if len(true) else None
