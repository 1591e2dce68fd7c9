"""Read the protobuf wire format: the fields of a message, without its description."""

from __future__ import annotations

from collections.abc import Iterator

MAX_FIELDS = 65_536
"""Fields in one message; a message with more counts as malformed, which bounds the time that hostile data takes."""
_MAX_VARINT_BYTES = 10
_LENGTH_DELIMITED = 2
_FIXED_SIZES = {1: 8, 5: 4}
"""Bytes of a field by wire type."""


class MalformedError(Exception):
    """The bytes are no protobuf message, or one that no writer of events makes."""


def read_varint(payload: bytes, offset: int) -> int:
    """Return the unsigned 64-bit number whose varint begins at *offset*; raises ``MalformedError``.

    >>> read_varint(bytes([0xAC, 0x02]), 0)
    300
    """
    number = 0
    for index in range(_MAX_VARINT_BYTES):
        byte = payload[offset + index]
        number |= (byte & 127) << 7 * index
        if byte < 128:
            return number & 0xFFFFFFFFFFFFFFFF
    raise MalformedError


def end_of_varint(payload: bytes, offset: int) -> int:
    """Return the offset behind the varint that begins at *offset*; raises ``MalformedError`` if it is too long."""
    last = offset + _MAX_VARINT_BYTES - 1
    while payload[offset] > 127:
        offset += 1
        if offset > last:
            raise MalformedError
    return offset + 1


def read_fields(payload: bytes, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield key, start and stop of the content of each field of the message in ``payload[begin:end]``.

    Raises ``MalformedError`` if the last field does not stop at *end*, if *payload* is too short, and for groups, which
    no writer of logs uses.
    """
    offset = begin
    try:
        for _ in range(MAX_FIELDS):
            if offset >= end:
                break
            key = payload[offset]
            offset += 1
            if key > 127:
                key, offset = read_varint(payload, offset - 1), end_of_varint(payload, offset - 1)
            wire_type = key & 7
            start = offset
            if wire_type == _LENGTH_DELIMITED:
                size = payload[offset]
                start = offset = offset + 1
                if size > 127:
                    size, start = read_varint(payload, offset - 1), end_of_varint(payload, offset - 1)
                offset = start + size
            else:
                offset = offset + _FIXED_SIZES[wire_type] if wire_type else end_of_varint(payload, offset)
            if offset > end:
                raise MalformedError
            yield key, start, offset
    except (IndexError, KeyError):
        raise MalformedError from None
    if offset != end:
        raise MalformedError


def read_contents(payload: bytes, begin: int, end: int) -> dict[int, bytes]:
    """Return the content of each field of a small message by its key, the last one of several; see ``read_fields``."""
    return {key: payload[start:stop] for key, start, stop in read_fields(payload, begin, end)}
