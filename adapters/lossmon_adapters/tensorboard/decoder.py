"""Decode the bytes of an event file, which arrive in pieces of any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lossmon.core.points import Axis, Scalars
from lossmon_adapters.shared.columns import TOO_MANY_TAGS_WARNING
from lossmon_adapters.tensorboard.damage import Damage, may_be_unwritten
from lossmon_adapters.tensorboard.framing import (
    HEADER_BYTES,
    OVERHEAD_BYTES,
    Framer,
    Frames,
    HeaderSearch,
    find_large_record,
    find_records_in_windows,
    is_intact,
    joined,
    payload_length,
)
from lossmon_adapters.tensorboard.media import MIN_MEDIA_BYTES, PrefixClass, classify_prefix, has_no_scalars
from lossmon_adapters.tensorboard.record_reader import RecordReader
from lossmon_adapters.tensorboard.templates import Layouts
from lossmon_adapters.tensorboard.trainer_arguments import TrainerArguments

_MAX_HELD_BYTES = 1 << 26
"""Largest incomplete record that is held until it is complete."""
_MAX_BATCH_BYTES = 1 << 22
"""Bytes that are decoded at once, which bounds the memory of the arrays."""
_JOIN_BYTES = 1 << 16
"""Bytes of new data that are joined with held bytes; usually enough to complete a record without copying the rest."""
_MAX_FUTILE_BYTES, _FUTILE_SHARE = 1 << 26, 4
"""Bytes whose checksum may be computed in vain: so many, and so many times the bytes read. In a damaged file each byte
is checked about once; a file that was made so that every byte begins a large record is not read further."""
_COMPRESSED_STARTS = (b"\x1f\x8b", b"x\x01", b"x\x9c", b"x\xda")
"""First bytes of gzip and zlib."""
_REST_OF_FILE = 1 << 62
"""More bytes than any file has."""


class TensorBoardDecoder:
    """Decodes one event file.

    A record with a damaged payload is left out. After a damaged header decoding continues at the next valid header.
    Zeros at the end of the data are bytes that are not written yet. *layouts* may be shared by many files: it makes
    reading faster and does not change the points.
    """

    def __init__(self, layouts: Layouts | None = None) -> None:
        self._held: list[bytes] = []
        """Bytes that were fed and are not decoded: the last record, incomplete."""
        self._held_bytes = 0
        self._needed_bytes = HEADER_BYTES
        """Decoding continues when this many bytes are held."""
        self._skip = 0
        self._position = 0
        """Offset in the file of the first byte that is not decoded."""
        self._framer = Framer()
        self._reader = RecordReader(layouts)
        self._damage = Damage()
        self._arguments = TrainerArguments()
        self._futile_bytes = 0
        """Bytes of records that turned out to be none."""
        self._is_searching = False
        """True after a damaged header, until the next valid header."""
        self._is_last_damaged = False
        """True if the last record is complete but its CRC is wrong so far."""
        self._messages: list[str] = []

    @property
    def skip(self) -> int:
        """How many of the next bytes are not needed."""
        return self._skip

    @property
    def warnings(self) -> Sequence[str]:
        """What was wrong with the bytes so far."""
        damaged = self._reader.damaged + self._is_last_damaged
        warnings = list(self._messages)
        if damaged:
            warnings.append(f"{_format_records(damaged)} left out: the checksum is wrong")
        if self._reader.malformed:
            warnings.append(f"{_format_records(self._reader.malformed)} left out: not an event")
        if self._reader.has_too_many_tags:
            warnings.append(TOO_MANY_TAGS_WARNING)
        return warnings + self._damage.warnings

    @property
    def planned_end(self) -> Mapping[Axis, float]:
        """The step or epoch at which the training ends, if its arguments are at the start of the file."""
        return self._arguments.planned_end

    def skipped(self, count: int) -> None:
        """Register that the caller left out the next *count* bytes, at most ``skip``."""
        self._skip -= count
        self._position += count

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Take the next bytes of the file and return the points they complete."""
        data = bytes(data)
        self._arguments.search(data)
        scalars: list[Scalars] = []
        offset = self._skip_bytes(data, 0)
        is_large = len(data) - offset > _JOIN_BYTES
        if self._held and is_large and self._held_bytes + len(data) - offset >= self._needed_bytes:
            offset = self._join_start(data, offset, scalars)
        if self._held_bytes + len(data) - offset < self._needed_bytes:
            self._hold(data[offset:])
        elif self._held:
            self._decode(self._release() + data[offset:], 0, scalars)
        else:
            self._decode(data, offset, scalars)
        return scalars

    def _skip_bytes(self, data: bytes, offset: int) -> int:
        """Return the offset behind the bytes of ``data[offset:]`` that are not needed."""
        count = min(self._skip, len(data) - offset)
        self.skipped(count)
        return offset + count

    def _join_start(self, data: bytes, offset: int, scalars: list[Scalars]) -> int:
        """Decode the held bytes joined with the start of ``data[offset:]``. Return where to continue in *data*.

        This avoids copying all of *data*.
        """
        self._decode(self._release() + data[offset : offset + _JOIN_BYTES], 0, scalars)
        offset += _JOIN_BYTES
        if self._held_bytes <= _JOIN_BYTES:
            # All held bytes are from *data*: continue at their start instead.
            offset -= len(self._release())
        return self._skip_bytes(data, offset)

    def _hold(self, data: bytes) -> None:
        if data:
            self._held.append(data)
            self._held_bytes += len(data)

    def _release(self) -> bytes:
        held = b"".join(self._held)
        self._held, self._held_bytes = [], 0
        return held

    def _decode(self, data: bytes, offset: int, scalars: list[Scalars]) -> None:
        """Append the points in ``data[offset:]`` to *scalars*, and hold the incomplete record at the end."""
        data_position = self._position - offset
        end = self._decode_records(data, offset, data_position, scalars)
        self._position = data_position + min(end, len(data))
        self._skip += max(0, end - len(data))
        self._hold(data[end:])

    def _decode_records(self, data: bytes, offset: int, data_position: int, scalars: list[Scalars]) -> int:
        """Append the points to *scalars*. Return the offset of the first byte that is still needed.

        It may be beyond the end of *data*. *data_position* is where in the file *data* begins.
        """
        self._needed_bytes = HEADER_BYTES
        self._is_last_damaged = False
        search, found = HeaderSearch(data), _FoundRecords(offset)
        while True:
            if self._is_searching:
                offset = self._search_header(search, data, offset)
            frames = self._find_settled_records(data, offset)
            offset = frames.end
            found.add(frames)
            is_end = not frames.broken and not len(frames.offsets)
            if is_end or offset - found.begin > _MAX_BATCH_BYTES:
                scalars += self._reader.read(data, found.take(offset))
            if is_end:
                return self._needed_from(data, offset, data_position)
            if frames.broken and not self._start_damage(data, offset, data_position + offset):
                scalars += self._reader.read(data, found.take(offset))
                return _REST_OF_FILE
            offset += frames.broken

    def _start_damage(self, data: bytes, offset: int, position: int) -> bool:
        """Search for the next header from now on; return False if the file cannot be read."""
        if position == 0 and data[:2] in _COMPRESSED_STARTS:
            self._messages.append("compressed event file: not supported, unpack it")
            return False
        if self._futile_bytes > _MAX_FUTILE_BYTES + _FUTILE_SHARE * position:
            self._messages.append(f"not read from byte {position:,} on: too much is damaged")
            return False
        self._is_searching = True
        self._damage.start(position)
        self._damage.add(data[offset : offset + 1])
        return True

    def _find_settled_records(self, data: bytes, offset: int) -> Frames:
        """Return the next records, without a damaged one at the end.

        If a record has a wrong CRC and no valid header follows, bytes are missing or added. Then the next record may
        begin within its supposed payload, so the search must start directly behind its header. Images are not checked,
        because their bytes are skipped if possible.
        """
        frames = self._framer.find_records(data, offset, min(len(data), offset + _MAX_BATCH_BYTES))
        if not len(frames.offsets) and not frames.broken:
            frames = find_large_record(data, offset)
        has_next_header = frames.end + HEADER_BYTES <= len(data)
        if not len(frames.offsets) or (has_next_header and payload_length(data, frames.end) is not None):
            return frames
        last, length = int(frames.offsets[-1]), int(frames.lengths[-1])
        begin = last + HEADER_BYTES
        is_settled = length >= MIN_MEDIA_BYTES and has_no_scalars(data, begin, begin + length)
        if is_settled or is_intact(data, last, length):
            return frames
        self._futile_bytes += length
        return Frames(frames.offsets[:-1], frames.lengths[:-1], last, has_next_header)

    def _search_header(self, search: HeaderSearch, data: bytes, offset: int) -> int:
        """Return the offset of the next valid header, or of the bytes at the end that may be part of one."""
        if offset + HEADER_BYTES > len(data):
            return offset
        found = search.next_header(offset, len(data))
        next_offset = len(data) - HEADER_BYTES + 1 if found is None else found
        self._damage.add(data[offset:next_offset])
        if found is not None:
            self._is_searching = False
            self._damage.finish()
        return next_offset

    def _needed_from(self, data: bytes, offset: int, data_position: int) -> int:
        """Wait for the rest of the record at *offset*, or skip it. Return the offset of the first byte still needed."""
        available = len(data) - offset
        length = payload_length(data, offset) if available >= HEADER_BYTES else None
        if length is None:
            return offset
        record_bytes = length + OVERHEAD_BYTES
        if available >= record_bytes:
            # Complete with a wrong CRC: the next header will show whether its length is right.
            self._needed_bytes = record_bytes + HEADER_BYTES
            self._is_last_damaged = not may_be_unwritten(data)
            return offset
        prefix_class = PrefixClass.MAY_HOLD_SCALARS
        if length >= MIN_MEDIA_BYTES:
            prefix_class = classify_prefix(data[offset + HEADER_BYTES :], length)
        if prefix_class is PrefixClass.NO_SCALARS:
            return offset + record_bytes
        is_decided = prefix_class is PrefixClass.MAY_HOLD_SCALARS
        if length > _MAX_HELD_BYTES and (is_decided or available > _MAX_HELD_BYTES):
            position = data_position + offset
            self._messages.append(f"a record of {length:,} bytes at byte {position:,} left out: too large")
            return offset + record_bytes
        self._needed_bytes = record_bytes if is_decided else min(record_bytes, max(2 * available, MIN_MEDIA_BYTES))
        return offset


class _FoundRecords:
    """The records that were found in some data and are not read yet."""

    def __init__(self, begin: int) -> None:
        self.begin = begin
        """Where the first of them may be."""
        self._parts: list[Frames] = []

    def add(self, frames: Frames) -> None:
        if len(frames.offsets):
            self._parts.append(frames)

    def take(self, end: int) -> Frames:
        """Return and forget them; the next ones are behind *end*."""
        parts, self._parts, self.begin = self._parts, [], end
        return joined(parts) if parts else Frames([], [], end, False)


def decode_windows(windows: Sequence[bytes], layouts: Layouts | None = None) -> list[Scalars]:
    """Return the points of the complete records in *windows*, pieces of one file in order.

    Each window is read from its first valid header up to the first damage or incomplete record. Records with a wrong
    CRC are left out.
    """
    data, frames = find_records_in_windows(windows)
    return RecordReader(layouts).read(data, frames)


def _format_records(count: int) -> str:
    return "1 record" if count == 1 else f"{count:,} records"
