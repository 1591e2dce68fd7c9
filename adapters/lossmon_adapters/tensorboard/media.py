"""Whether the rest of a record that is only partly there is worth reading."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from lossmon_adapters.tensorboard import proto as wire
from lossmon_adapters.tensorboard.proto import Form, MalformedError, fields

WORTH_A_LOOK = 1024
"""Bytes of payload from which on it is worth looking whether it holds scalars."""

_LONGEST_SCALAR = 1024
"""Bytes no tensor that holds a single number comes near to."""

# The wall time, and the step unless it is 0.
_START = re.compile(b"%c.{8}(?:%c[\x80-\xff]{0,9}[\0-\x7f])?" % (wire.WALL_TIME, wire.STEP), re.DOTALL)


class Outlook(Enum):
    """What the beginning of a record tells of the rest of it."""

    UNDECIDED = "more of it must be seen"
    NEEDED = "there are scalars in it, or there may be"
    USELESS = "it is an image, a histogram, a graph or the like"


def classify_prefix(data: bytes, length: int) -> Outlook:
    """Look at *data*, the beginning of a payload of *length* bytes.

    It relies on what protobuf writers guarantee, that of fields which exclude each other only one is there: after the
    beginning of an image no number follows in the same value.
    """
    try:
        for key, begin, end in fields(data, 0, length):
            if end <= len(data):
                continue
            if key in wire.OTHER_EVENTS:
                return Outlook.USELESS
            if key == wire.SUMMARY:
                return _summary(data, begin, end) if end == length else Outlook.NEEDED
            break
    except MalformedError:
        pass
    return Outlook.UNDECIDED


def is_opaque(data: bytes, begin: int, end: int) -> bool:
    """Say whether the payload in ``data[begin:end]``, of at least ``WORTH_A_LOOK`` bytes, is a lone image or the like.

    It knows only the order of fields that all writers use, and is many times as fast as ``outlook``, which matters
    where most of a file is histograms.
    """
    start = _START.match(data, begin, end)
    if start is None:
        return False
    at = start.end()
    for key in (wire.SUMMARY, wire.VALUE):
        opening = _opening(key, end - at)
        if not data.startswith(opening, at):
            return False
        at += len(opening)
    kind = at + 2 + data[at + 1]
    return data[at] == wire.TAG and data[at + 1] < 128 and kind < end and data[kind] in wire.OTHER_VALUES


@lru_cache(4096)
def _opening(key: int, size: int) -> bytes:
    """Return how a field begins that takes *size* bytes in all: its key and the varint of what is left for content."""
    width = next(width for width in range(1, 10) if size - 1 - width < 1 << 7 * width)
    content = size - 1 - width
    septets = [content >> 7 * place & 127 for place in range(width)]
    return bytes([key, *(septet | 128 for septet in septets[:-1]), septets[-1]])


def _summary(data: bytes, begin: int, end: int) -> Outlook:
    for key, at, after in fields(data, begin, end):
        if after > len(data):
            return _value(data, at, after) if key == wire.VALUE and after == end else Outlook.NEEDED
        if key == wire.VALUE:
            value = wire.read_value(data, at, after)
            if value.number is not None or value.form is Form.SCALAR:
                return Outlook.NEEDED
    return Outlook.UNDECIDED


def _value(data: bytes, begin: int, end: int) -> Outlook:
    for key, at, after in fields(data, begin, end):
        if after <= len(data):
            if key in (wire.SIMPLE_VALUE, wire.TENSOR):
                return Outlook.NEEDED
        elif key in wire.OTHER_VALUES or (key == wire.TENSOR and after - at > _LONGEST_SCALAR):
            return Outlook.USELESS
        else:
            break
    return Outlook.UNDECIDED
