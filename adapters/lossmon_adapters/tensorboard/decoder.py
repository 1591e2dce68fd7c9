"""Event files, in whatever pieces their bytes come."""

from __future__ import annotations

from collections.abc import Sequence

from lossmon.core.points import Scalars
from lossmon_adapters.shared.columns import TOO_MANY_TAGS
from lossmon_adapters.tensorboard.framing import HEADER, OVERHEAD, Framer, Frames, next_header, payload_length
from lossmon_adapters.tensorboard.media import WORTH_A_LOOK, Outlook, classify_prefix
from lossmon_adapters.tensorboard.record_reader import RecordReader, is_intact
from lossmon_adapters.tensorboard.templates import Layout

_WINDOW = 1 << 22
_LARGEST_HELD = 1 << 26
_EVERYTHING = 1 << 62
_SEAM = 1 << 16
_ZEROS = 8
_COMPRESSED = (b"\x1f\x8b", b"x\x01", b"x\x9c", b"x\xda")


class TensorBoardDecoder:
    """Decodes one event file.

    Damage costs only the records it hit: a wrong payload is left out, and after a wrong header the next right one is
    looked for. Zeros at the end are bytes that were not written yet, so they are no damage. *layouts*, what records
    look like, may be shared by many files: they change how fast a file is read, not what is found in it.
    """

    def __init__(self, layouts: dict[int, list[Layout]] | None = None) -> None:
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._wanted = HEADER
        self._unwanted = 0
        self._position = 0
        self._origin = 0
        self._framer = Framer()
        self._records = RecordReader(layouts)
        self._damage = _Damage()
        self._searching = False
        self._last_is_damaged = False
        self._told: list[str] = []

    @property
    def skip(self) -> int:
        """How many of the bytes that come next are of no use."""
        return self._unwanted

    @property
    def notices(self) -> Sequence[str]:
        """What was wrong with the bytes so far."""
        reader = self._records
        told = list(self._told)
        if reader.damaged + self._last_is_damaged:
            told.append(f"{_records(reader.damaged + self._last_is_damaged)} left out: the checksum is wrong")
        if reader.malformed:
            told.append(f"{_records(reader.malformed)} left out: not an event")
        if reader.too_many_tags:
            told.append(TOO_MANY_TAGS)
        return told + self._damage.notices

    def skipped(self, count: int) -> None:
        """Take note that the caller left out the next *count* bytes."""
        self._unwanted -= count
        self._position += count

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Take the next bytes and return the points they complete."""
        data = bytes(data)
        columns: list[Scalars] = []
        begin = self._leave_out(data, 0)
        if self._held and self._held_bytes + len(data) - begin >= self._wanted and len(data) - begin > _SEAM:
            begin = self._cross_seam(data, begin, columns)
        if self._held_bytes + len(data) - begin < self._wanted:
            self._hold(data[begin:])
        elif self._held:
            self._take(self._release() + data[begin:], 0, columns)
        else:
            self._take(data, begin, columns)
        return columns

    def _leave_out(self, data: bytes, begin: int) -> int:
        unwanted = min(self._unwanted, len(data) - begin)
        self.skipped(unwanted)
        return begin + unwanted

    def _cross_seam(self, data: bytes, begin: int, columns: list[Scalars]) -> int:
        """Decode what is held with only the beginning of *data*, to spare copying the rest, and return where it is."""
        self._take(self._release() + data[begin : begin + _SEAM], 0, columns)
        begin += _SEAM
        if self._held_bytes <= _SEAM:
            begin -= len(self._release())
        return self._leave_out(data, begin)

    def _hold(self, data: bytes) -> None:
        if data:
            self._held.append(data)
            self._held_bytes += len(data)

    def _release(self) -> bytes:
        held = b"".join(self._held)
        self._held, self._held_bytes = [], 0
        return held

    def _take(self, buffer: bytes, begin: int, columns: list[Scalars]) -> None:
        """Add the points in *buffer* from *begin* on to *columns* and hold what is not done with."""
        self._origin = self._position - begin
        used = self._decode(buffer, begin, columns)
        self._position = self._origin + min(used, len(buffer))
        self._unwanted += max(0, used - len(buffer))
        self._hold(buffer[used:])

    def _decode(self, buffer: bytes, at: int, columns: list[Scalars]) -> int:
        """Do so and return how many bytes of *buffer* are done with, perhaps more than it has."""
        self._wanted = HEADER
        self._last_is_damaged = False
        while True:
            if self._searching:
                at = self._search(buffer, at)
            frames = self._settled(buffer, at)
            at = frames.end
            columns += self._records.read(buffer, frames)
            if frames.broken and self._origin + at == 0 and buffer[:2] in _COMPRESSED:
                self._told.append("compressed event file: not supported, unpack it")
                return _EVERYTHING
            if frames.broken:
                self._searching = True
                self._damage.begin(self._origin + at)
                self._damage.add(buffer[at : at + 1])
                at += 1
            elif not len(frames.offsets):
                return self._incomplete(buffer, at)

    def _settled(self, buffer: bytes, at: int) -> Frames:
        """Return the next records, the last of which is intact or followed by another.

        Where a wrong payload is followed by no header, bytes are missing or too many: what its length claims may hold
        the beginning of the next record, so the search must begin right behind its own header.
        """
        frames = self._framer.frames(buffer, at, min(len(buffer), at + _WINDOW))
        if not len(frames.offsets) and not frames.broken:
            frames = self._framer.large(buffer, at)
        header_there = frames.end + HEADER <= len(buffer)
        if not len(frames.offsets) or (header_there and payload_length(buffer, frames.end) is not None):
            return frames
        last = int(frames.offsets[-1])
        if is_intact(buffer, last, int(frames.lengths[-1])):
            return frames
        return Frames(frames.offsets[:-1], frames.lengths[:-1], last, header_there)

    def _search(self, buffer: bytes, at: int) -> int:
        """Return where the next header lies, or what must be kept to find it once more bytes come."""
        while at + HEADER <= len(buffer):
            end = min(len(buffer), at + _WINDOW)
            found = next_header(buffer, at, end)
            after = end - HEADER + 1 if found is None else found
            self._damage.add(buffer[at:after])
            at = after
            if found is not None:
                self._searching = False
                self._damage.finish()
                break
        return at

    def _incomplete(self, buffer: bytes, at: int) -> int:
        """Decide about the record at *at*, which is not complete: wait for it, or do without the rest."""
        there = len(buffer) - at
        length = payload_length(buffer, at) if there >= HEADER else None
        if length is None:
            return at
        whole = length + OVERHEAD
        if there >= whole:
            self._wanted = whole + HEADER
            self._last_is_damaged = not buffer.endswith(bytes(_ZEROS))
            return at
        prospect = classify_prefix(buffer[at + HEADER :], length) if length >= WORTH_A_LOOK else Outlook.NEEDED
        if prospect is Outlook.USELESS:
            return at + whole
        if length > _LARGEST_HELD and (prospect is Outlook.NEEDED or there > _LARGEST_HELD):
            self._told.append(f"a record of {length:,} bytes at byte {self._origin + at:,} left out: too large")
            return at + whole
        self._wanted = whole if prospect is Outlook.NEEDED else min(whole, max(2 * there, WORTH_A_LOOK))
        return at


class _Damage:
    """Bytes that belong to no record."""

    def __init__(self) -> None:
        self._bytes = self._places = self._current = 0
        self._first = -1
        self._began = 0
        self._end = b""

    def begin(self, position: int) -> None:
        """Begin a place with the byte at *position*."""
        self._current, self._began, self._end = 0, position, b""

    def add(self, data: bytes) -> None:
        """Count *data*, which follows, as lost."""
        self._current += len(data)
        self._end = (self._end + data[-_ZEROS:])[-_ZEROS:]

    def finish(self) -> None:
        """Take note that a record follows."""
        self._bytes, self._places, self._first = self._with_current()
        self._current = 0

    def _with_current(self) -> tuple[int, int, int]:
        first = self._began if self._first < 0 else self._first
        return self._bytes + self._current, self._places + 1, first

    @property
    def notices(self) -> list[str]:
        """Say what was lost; zeros that may yet be written over are not."""
        counted = self._bytes, self._places, self._first
        if self._current and self._end.strip(b"\0"):
            counted = self._with_current()
        lost, places, first = counted
        if not places:
            return []
        where = f"at byte {first:,}" if places == 1 else f"in {places:,} places, the first at byte {first:,}"
        return [f"{lost:,} damaged bytes left out {where}"]


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count:,} records"
