"""Find the records of an event file.

A record is ``u64 length, u32 masked CRC of the length, payload, u32 masked CRC of the payload``, little-endian. Nothing
stands before, between or after the records. Source: TensorFlow's ``record_writer.h``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from struct import Struct
from typing import NamedTuple

import numpy as np

from lossmon.core.points import Ints
from lossmon_adapters.tensorboard.crc import length_crc, length_crcs, masked_crc, short_length_crcs

HEADER_BYTES = 12
"""Bytes of a record before its payload."""
OVERHEAD_BYTES = 16
"""Bytes of a record besides its payload."""
MAX_PAYLOAD_BYTES = 2**31 - 1
"""Largest valid payload: the limit of a protobuf message."""
SMALL_PAYLOAD_BYTES = 256
"""Payloads below this are small: their length has one byte that is not zero. Most scalars are small."""

_SMALL_RECORDS_BEFORE_SCAN = 64
"""Small records in a row after which the next bytes are scanned for more with numpy."""
_SMALL_RECORDS_AFTER_POOR_SCAN = 256
"""The same after a scan that found fewer than ``_MIN_RECORDS_OF_GOOD_SCAN``."""
_MIN_RECORDS_OF_GOOD_SCAN = 256
_MIN_SCAN_BYTES = 4096
"""A scan of fewer bytes is slower than following the records one by one."""
_FIRST_SCAN_BYTES, _MAX_SCAN_BYTES = 1 << 16, 1 << 22
"""Bytes of the first and of the largest scan. A scan that finds small records up to its end enlarges the next one."""
_SCAN_GROWTH = 8
"""How many times as large the next scan is."""
_NO_LIMIT = 1 << 62
_SEARCH_BYTES = 1 << 16
"""Bytes that are searched at once for headers after damage."""

_unpack_header = Struct("<QI").unpack_from


class Frames(NamedTuple):
    """Where complete, consecutive records lie in some data."""

    offsets: Sequence[int] | Ints
    """Where each record begins."""
    lengths: Sequence[int] | Ints
    """Bytes of each payload."""
    end: int
    """Where the next record begins."""
    broken: bool
    """True if the bytes at ``end`` are damaged: they are not the header of a record."""


def payload_length(data: bytes, offset: int) -> int | None:
    """Return the payload bytes of the record at *offset*, or None if there is no valid header."""
    length, crc = _unpack_header(data, offset)
    return length if length <= MAX_PAYLOAD_BYTES and crc == length_crc(length) else None


def stored_crc(data: bytes, offset: int) -> int:
    """Return the masked CRC that is stored at *offset*."""
    return int.from_bytes(data[offset : offset + 4], "little")


def is_intact(data: bytes, offset: int, length: int) -> bool:
    """Return whether the record at *offset* has the right CRC for its payload of *length* bytes."""
    end = offset + HEADER_BYTES + length
    return masked_crc(data[offset + HEADER_BYTES : end]) == stored_crc(data, end)


class Framer:
    """Finds the records of one file: small ones by scanning many bytes with numpy, others one by one.

    A scan starts after some small records in a row. So the bytes of large records, which may be most of a file, are not
    scanned.
    """

    def __init__(self) -> None:
        self._small_records_before_scan = _SMALL_RECORDS_BEFORE_SCAN
        self._scan_bytes = _FIRST_SCAN_BYTES
        self._is_scanning = False

    def find_records(self, data: bytes, offset: int, end: int) -> Frames:
        """Return the records that are complete in ``data[offset:end]``; the first begins at *offset*."""
        parts: list[Frames] = []
        while True:
            if self._is_scanning and end - offset >= _MIN_SCAN_BYTES:
                parts.append(self._scan_small_records(data, offset, end))
            else:
                parts.append(_follow_records(data, offset, end, self._small_records_before_scan))
                if not _ends_with_small_records(parts[-1], self._small_records_before_scan):
                    return joined(parts)
                self._is_scanning = True
            offset = parts[-1].end

    def _scan_small_records(self, data: bytes, offset: int, end: int) -> Frames:
        """Return the consecutive small records from *offset* on that one scan finds."""
        scan_end = min(end, offset + self._scan_bytes)
        starts, lengths = _find_small_headers(data, offset, scan_end)
        ends = starts + lengths + OVERHEAD_BYTES
        is_consecutive = np.append(offset, ends[:-1]) == starts
        count = len(starts) if is_consecutive.all() else int(np.argmin(is_consecutive))
        count = int(np.searchsorted(ends[:count], scan_end, "right"))
        found = Frames(starts[:count], lengths[:count], int(ends[count - 1]) if count else offset, False)
        self._is_scanning = scan_end - found.end < OVERHEAD_BYTES + SMALL_PAYLOAD_BYTES
        if self._is_scanning:
            self._scan_bytes = min(_SCAN_GROWTH * self._scan_bytes, _MAX_SCAN_BYTES)
        else:
            self._scan_bytes = _FIRST_SCAN_BYTES
            was_good = count >= _MIN_RECORDS_OF_GOOD_SCAN
            self._small_records_before_scan = _SMALL_RECORDS_BEFORE_SCAN if was_good else _SMALL_RECORDS_AFTER_POOR_SCAN
        return found


def find_large_record(data: bytes, offset: int) -> Frames:
    """Return the single record at *offset*, of any size, if *data* has all of it."""
    length = int(_unpack_header(data, offset)[0]) if offset + HEADER_BYTES <= len(data) else 0
    return _follow_records(data, offset, min(len(data), offset + OVERHEAD_BYTES + length))


def find_records_in_windows(windows: Sequence[bytes]) -> tuple[bytes, Frames]:
    """Return the joined *windows*, pieces of one file in order, and the complete records in each of them.

    In each window records are followed from its first valid header up to the first damage or incomplete record.
    """
    data = b"".join(windows)
    ends = list(accumulate(map(len, windows)))
    framer, search = Framer(), HeaderSearch(data)
    parts = [Frames([], [], 0, False)]
    for begin, end in zip([0, *ends], ends, strict=False):
        first = search.next_header(begin, end)
        if first is not None:
            parts.append(framer.find_records(data, first, end))
    offsets, lengths, end, broken = joined(parts)
    return data, Frames(np.asarray(offsets, np.int64), np.asarray(lengths, np.int64), end, broken)


class HeaderSearch:
    """Finds the next valid header in some data, to continue after damage.

    All headers of a block are found at once and remembered, so that the time does not depend on how much is damaged.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._block = range(0)
        """The offsets whose headers are in ``_found``."""
        self._found: list[int] = []
        self._next = 0
        """The number in ``_found`` of the first header that was not passed yet."""

    def next_header(self, begin: int, end: int) -> int | None:
        """Return the offset of the first valid header in ``data[begin:end]``, or None; *begin* never goes back."""
        last = end - HEADER_BYTES
        while begin <= last:
            if begin not in self._block:
                self._block = range(begin, min(begin + _SEARCH_BYTES, len(self._data) - HEADER_BYTES + 1))
                self._found, self._next = _valid_headers(self._data, self._block), 0
            while self._next < len(self._found) and self._found[self._next] < begin:
                self._next += 1
            if self._next < len(self._found):
                found = self._found[self._next]
                return found if found <= last else None
            begin = self._block.stop
        return None


def _valid_headers(data: bytes, offsets: range) -> list[int]:
    """Return those of *offsets* at which a valid header is."""
    begin, count = offsets.start, len(offsets)
    lower, upper, crcs = (np.ndarray((count,), "<u4", data, begin + offset, (1,)) for offset in (0, 4, 8))
    # Twelve zero bytes are not a header; a hole in the file has millions of zeros.
    starts = np.flatnonzero((upper == 0) & ((lower | crcs) != 0))
    lengths = lower[starts]
    valid = (crcs[starts] == length_crcs(lengths)) & (lengths <= MAX_PAYLOAD_BYTES)
    found: list[int] = (starts[valid] + begin).tolist()
    return found


def _follow_records(data: bytes, offset: int, end: int, max_small: int = _NO_LIMIT) -> Frames:
    """Return the records in ``data[offset:end]``, up to *max_small* small ones in a row."""
    offsets: list[int] = []
    lengths: list[int] = []
    valid_crcs: dict[int, int] = {}
    last_header = end - HEADER_BYTES
    small_in_a_row = 0
    while offset <= last_header and small_in_a_row < max_small:
        length, crc = _unpack_header(data, offset)
        if crc != valid_crcs.get(length):
            if crc != length_crc(length) or length > MAX_PAYLOAD_BYTES:
                return Frames(offsets, lengths, offset, True)
            valid_crcs[length] = crc
        next_offset = offset + OVERHEAD_BYTES + length
        if next_offset > end:
            break
        offsets.append(offset)
        lengths.append(length)
        small_in_a_row = small_in_a_row + 1 if length < SMALL_PAYLOAD_BYTES else 0
        offset = next_offset
    return Frames(offsets, lengths, offset, False)


def _ends_with_small_records(frames: Frames, count: int) -> bool:
    return len(frames.lengths) >= count and max(frames.lengths[-count:]) < SMALL_PAYLOAD_BYTES


def joined(parts: Sequence[Frames]) -> Frames:
    """Return all records of *parts*; ``end`` and ``broken`` are those of the last part."""
    _, _, end, broken = parts[-1]
    filled = [part for part in parts if len(part.offsets)] or parts[-1:]
    if len(filled) == 1:
        return Frames(filled[0].offsets, filled[0].lengths, end, broken)
    offsets, lengths = (np.concatenate(arrays) for arrays in list(zip(*filled, strict=True))[:2])
    return Frames(offsets, lengths, end, broken)


def _find_small_headers(data: bytes, begin: int, end: int) -> tuple[Ints, Ints]:
    """Return offset and payload length of all that look like headers of small records in ``data[begin:end]``.

    Seven bytes of a small length are zero, so exactly one aligned 32-bit word of each header is zero. Comparing one
    word for every four bytes finds them all. The CRC of the length then excludes nearly all others; one in 2**32 stays.
    """
    aligned = begin + (-(_address(data) + begin)) % 4
    words = np.ndarray(((end - aligned) // 4,), "<u4", data, aligned)
    zero_words = np.flatnonzero(words[1:] == 0)
    before = words[zero_words]
    # How many zero bytes of the header lie in the word before the zero word.
    shift = (before < 1 << 24).view(np.int8) + (before < 1 << 16).view(np.int8) + (before < 1 << 8).view(np.int8)
    starts = zero_words * 4 + (aligned + 3) - shift
    starts = starts[: int(np.searchsorted(starts, end - HEADER_BYTES, "right"))]
    if aligned > begin:
        # A header may also begin before the first aligned word.
        starts = np.concatenate([np.arange(begin, aligned), starts])
    lengths = np.ndarray((end - 7,), "<i8", data, 0, (1,))[starts]
    crcs = np.ndarray((end - 3,), "<u4", data, 0, (1,))[starts + 8]
    valid = crcs == short_length_crcs()[lengths & 255]
    valid &= lengths == lengths & 255
    return starts[valid], lengths[valid]


def _address(data: bytes) -> int:
    """Return where *data* lies in memory."""
    return int(np.frombuffer(data, np.uint8).__array_interface__["data"][0])
