"""Read the members of a zip archive from its bytes, in the order of the file, without its directory at the end."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

_LOCAL_HEADER = Struct("<4sHHHHHIIIHH")
LOCAL_SIGNATURE = b"PK\x03\x04"
"""Begins each member of an archive."""
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZE_AFTERWARDS = 1, 8
"""Bits of the flags of a member."""
_ZIP64 = 0xFFFFFFFF
"""Size in a header of a member of 4 GiB or more."""
_PIECE_BYTES = 1 << 20
"""Bytes that are unpacked at once."""
_RETRIED_BYTES, _RETRIED_SHARE = 4096, 64
"""Packed bytes that are tried at once to find where an archive is damaged, and by how much they become fewer."""


class UnreadableZipError(Exception):
    """The archive cannot be read further; the message says why, in words for the user."""


class Member(NamedTuple):
    """The header of a member."""

    name: bytes
    flags: int
    method: int
    size: int
    """Bytes in the archive."""
    header_bytes: int


def read_member(data: bytes, at: int = 0) -> Member | None:
    """Return the member whose header begins at ``data[at]``; None if there is none, or not all of it."""
    if at + _LOCAL_HEADER.size > len(data) or not data.startswith(LOCAL_SIGNATURE, at):
        return None
    _, _, flags, method, _, _, _, size, _, name_bytes, extra_bytes = _LOCAL_HEADER.unpack_from(data, at)
    header_bytes = _LOCAL_HEADER.size + name_bytes + extra_bytes
    start = at + _LOCAL_HEADER.size
    return Member(data[start : start + name_bytes], flags, method, size, header_bytes)


class ZipMemberReader:
    """Returns the unpacked bytes of one member of an archive, whose bytes come in pieces of any size.

    ``skip`` is how many of the next bytes of the archive are not needed. Nothing behind the member is read.
    """

    def __init__(self, name: bytes) -> None:
        self.skip = 0
        self.done = False
        """Whether the member was read to its end."""
        self._name = name
        self._held = b""
        self._left = 0
        """Bytes in the archive of the member that are still to come."""
        self._inflate: zlib._Decompress | None = None

    def feed(self, data: bytes | memoryview) -> Iterator[bytes]:
        """Take the next bytes and yield what they unpack to, in pieces of limited size; raises UnreadableZipError."""
        data = self._held + bytes(data)
        self._held = b""
        while data and not self.done:
            ignored = min(self.skip, len(data))
            self.skip -= ignored
            data = data[ignored:]
            if self._left:
                packed, data = data[: self._left], data[self._left :]
                self._left -= len(packed)
                self.done = not self._left
                yield from self._unpack(packed)
            elif data:
                rest = self._begin_member(data)
                if rest is None:
                    self._held = data
                    return
                data = rest

    def _begin_member(self, data: bytes) -> bytes | None:
        """Return what follows the header in *data*, None if the header is not complete."""
        if not LOCAL_SIGNATURE.startswith(data[: len(LOCAL_SIGNATURE)]) and not data.startswith(LOCAL_SIGNATURE):
            raise UnreadableZipError("the archive has no such log, or is damaged")
        member = read_member(data)
        if member is None or len(data) < member.header_bytes:
            return None
        if member.flags & (_ENCRYPTED | _SIZE_AFTERWARDS) or member.size == _ZIP64:
            raise UnreadableZipError("archives of this kind are not read; unpack it to have it read")
        if member.name == self._name:
            self._start(member)
        else:
            self.skip = member.size
        return data[member.header_bytes :]

    def _start(self, member: Member) -> None:
        if member.method not in (_STORED, _DEFLATED):
            raise UnreadableZipError("compressed in a way that is not read; unpack it to have it read")
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == _DEFLATED else None
        self._left, self.done = member.size, not member.size

    def _unpack(self, packed: bytes) -> Iterator[bytes]:
        if self._inflate is None:
            yield packed
            return
        while packed:
            before = self._inflate.copy()
            try:
                yield self._inflate.decompress(packed, _PIECE_BYTES)
            except zlib.error:
                yield from _unpack_to_damage(before, packed, _RETRIED_BYTES)
                raise UnreadableZipError("the archive is damaged") from None
            packed = self._inflate.unconsumed_tail


def _unpack_to_damage(inflate: zlib._Decompress, packed: bytes, size: int) -> Iterator[bytes]:
    """Yield what *packed* unpacks to before the byte that cannot be unpacked, trying *size* bytes at a time."""
    for at in range(0, len(packed), size):
        before, piece = inflate.copy(), packed[at : at + size]
        try:
            yield inflate.decompress(piece)
        except zlib.error:
            if size > 1:
                yield from _unpack_to_damage(before, piece, size // _RETRIED_SHARE)
            return
