"""Where the records of an event file lie.

A record is ``u64 length, u32 masked CRC of the length, payload, u32 masked CRC of the payload``, little-endian, with
nothing before, between or after. See TensorFlow's ``record_writer.h``.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

import numpy as np

from lossmon.core.points import Ints
from lossmon_adapters.tensorboard.crc import length_crc, length_crcs, short_length_crcs

HEADER = 12
"""Bytes before the payload."""
OVERHEAD = 16
"""Bytes a record has beside its payload."""
LARGEST = 2**31 - 1
"""Bytes of the largest payload there can be: protobuf has no longer messages."""

_header = Struct("<QI").unpack_from
_SMALL = 256
_PATIENCE, _MORE_PATIENCE, _EVER = 64, 256, 1 << 62
_SPAN, _LONGEST_SPAN = 1 << 16, 1 << 22
_WORTH_COLUMNS = 4096
_RUN_PAYS = 256


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
    """Finds the records of one file: runs of small ones in columns, others one by one.

    After some small records in a row a span of what follows is looked through for more, then longer ones as long as
    nothing else comes; so the bytes of large records, which most of a file may be, are not looked at.
    """

    def __init__(self) -> None:
        self._patience = _PATIENCE
        self._span = _SPAN
        self._running = False

    def frames(self, buffer: bytes, at: int, end: int) -> Frames:
        """Return the records that lie whole in ``buffer[at:end]``, the first of which begins at *at*."""
        pieces: list[Frames] = []
        while True:
            if self._running and end - at >= _WORTH_COLUMNS:
                pieces.append(self._run(buffer, at, end))
            else:
                pieces.append(_chain(buffer, at, end, self._patience))
                if not _ends_in_run(pieces[-1], self._patience):
                    return _joined(pieces)
                self._running = True
            at = pieces[-1].end

    def large(self, buffer: bytes, at: int) -> Frames:
        """Return the single record at *at* if *buffer* holds all of it."""
        return _chain(buffer, at, min(len(buffer), at + OVERHEAD + _claimed(buffer, at)))

    def _run(self, buffer: bytes, at: int, end: int) -> Frames:
        """Return the small records that follow one another from *at* on, as far as the span goes."""
        stop = min(end, at + self._span)
        starts, lengths = _small_headers(buffer, at, stop)
        after = starts + lengths + OVERHEAD
        chained = np.append(at, after[:-1]) == starts
        count = len(starts) if chained.all() else int(np.argmin(chained))
        count = int(np.searchsorted(after[:count], stop, "right"))
        found = Frames(starts[:count], lengths[:count], int(after[count - 1]) if count else at, False)
        self._running = stop - found.end < OVERHEAD + _SMALL
        if self._running:
            self._span = min(8 * self._span, _LONGEST_SPAN)
        else:
            self._span = _SPAN
            self._patience = _PATIENCE if count >= _RUN_PAYS else _MORE_PATIENCE
        return found


def _chain(buffer: bytes, at: int, end: int, patience: int = _EVER) -> Frames:
    """Follow the lengths of the records, up to so many small ones in a row."""
    offsets: list[int] = []
    lengths: list[int] = []
    known: dict[int, int] = {}
    last = end - HEADER
    small = 0
    while at <= last and small < patience:
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
        small = small + 1 if length < _SMALL else 0
        at = after
    return Frames(offsets, lengths, at, False)


def _ends_in_run(frames: Frames, patience: int) -> bool:
    return len(frames.lengths) >= patience and max(frames.lengths[-patience:]) < _SMALL


def _claimed(buffer: bytes, at: int) -> int:
    return int(_header(buffer, at)[0]) if at + HEADER <= len(buffer) else 0


def _joined(pieces: list[Frames]) -> Frames:
    """Return records that were found in several *pieces*; the last says how it ends."""
    _, _, end, broken = pieces[-1]
    some = [piece for piece in pieces if len(piece.offsets)] or pieces[-1:]
    if len(some) == 1:
        return Frames(some[0].offsets, some[0].lengths, end, broken)
    offsets, lengths = (np.concatenate(column) for column in list(zip(*some, strict=True))[:2])
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
