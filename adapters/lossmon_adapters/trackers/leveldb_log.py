"""Cut a log in the format of LevelDB into its records.

The file is a sequence of blocks of 32 KiB, each a sequence of chunks: checksum, length, kind, content. A record that
does not fit into its block is cut into several chunks. Source: LevelDB's ``log_format.md``, and W&B's ``datastore.py``,
whose checksum is that of zlib.
"""

from __future__ import annotations

import zlib
from struct import Struct

BLOCK_BYTES = 1 << 15
"""Size of a block; the last bytes of a block that cannot hold a header are not used."""
_HEADER = Struct("<IHB")
_UNUSED = (0, 0, 0)
"""Header where the rest of a block is not used."""
_FULL, _FIRST, _LAST = 1, 2, 4
"""Kinds of chunks: a whole record, its beginning, its end; others are from its middle."""
_MAX_RECORD_BYTES = 1 << 24
"""Larger records are left out, which bounds the memory that a log can take."""


class LevelDbLog:
    """Takes the bytes of a log in pieces of any size, and returns its records.

    After a damaged chunk, reading continues with the next block. *header_bytes* is what the file has before its first
    chunk; they are part of the first block.
    """

    def __init__(self, header_bytes: int) -> None:
        self.damaged = 0
        """Places where a chunk has a wrong checksum or length."""
        self.too_large = 0
        """Records that were left out because of their size."""
        self._held = b""
        self._position = 0
        """Offset in the file of the first byte of ``_held``."""
        self._next = header_bytes
        """Offset in the file of the next chunk; it may not have been fed yet."""
        self._parts: list[bytes] = []
        self._size = 0
        """Bytes in ``_parts``, the chunks of a record whose last chunk is still to come."""

    def feed(self, data: bytes | memoryview) -> list[bytes]:
        """Take the next bytes of the file, and return the records that they complete."""
        text = self._held + bytes(data)
        records: list[bytes] = []
        while self._read_chunk(text, self._next - self._position, records):
            pass
        used = min(self._next - self._position, len(text))
        self._held = text[used:]
        self._position += used
        return records

    def _read_chunk(self, text: bytes, at: int, records: list[bytes]) -> bool:
        """Read the chunk at ``text[at]``; return False if it is not complete."""
        start = at + _HEADER.size
        if start > len(text):
            return False
        header = checksum, length, kind = _HEADER.unpack_from(text, at)
        stop = start + length
        rest_of_block = BLOCK_BYTES - self._next % BLOCK_BYTES
        if header == _UNUSED or stop - at > rest_of_block:
            self._leave_block(rest_of_block, damaged=header != _UNUSED)
        elif stop > len(text):
            return False
        elif zlib.crc32(text[start - 1 : stop]) != checksum:  # the byte before the content is the kind
            self._leave_block(rest_of_block, damaged=True)
        else:
            self._next += stop - at
            left = BLOCK_BYTES - self._next % BLOCK_BYTES
            self._next += left if left < _HEADER.size else 0
            self._add(kind, text[start:stop], records)
        return True

    def _leave_block(self, rest_of_block: int, *, damaged: bool) -> None:
        """Continue with the next block; a record that began in this one is lost if it was *damaged*."""
        self._next += rest_of_block
        if damaged:
            self.damaged += 1
            self._parts.clear()

    def _add(self, kind: int, content: bytes, records: list[bytes]) -> None:
        if kind in (_FULL, _FIRST):
            self._parts, self._size = [content], len(content)
        elif self._parts:
            self._parts.append(content)
            self._size += len(content)
        else:
            return  # the beginning of the record was left out
        if self._size > _MAX_RECORD_BYTES:
            self.too_large += 1
            self._parts.clear()
        elif kind in (_FULL, _LAST):
            records.append(b"".join(self._parts))
            self._parts.clear()
