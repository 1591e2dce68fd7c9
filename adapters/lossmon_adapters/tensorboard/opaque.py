"""Whether the rest of a record that is only partly there is worth reading."""

from __future__ import annotations

from enum import Enum

from lossmon_adapters.tensorboard import wire
from lossmon_adapters.tensorboard.wire import Form, MalformedError, fields

WORTH_A_LOOK = 1024
"""Bytes of payload from which on it is worth looking whether it holds scalars."""

_LONGEST_SCALAR = 1024
"""Bytes no tensor that holds a single number comes near to."""


class Outlook(Enum):
    """What the beginning of a record tells of the rest of it."""

    UNDECIDED = "more of it must be seen"
    NEEDED = "there are scalars in it, or there may be"
    USELESS = "it is an image, a histogram, a graph or the like"


def outlook(data: bytes, length: int) -> Outlook:
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


def is_opaque(data: bytes) -> bool:
    """Say whether a payload is a lone image, histogram or the like, with its fields in the order all writers use.

    It is several times as fast as ``outlook``, which matters where most of a file is histograms.
    """
    try:
        at = 9 if data[0] == wire.WALL_TIME else len(data)
        if data[at] == wire.STEP:
            at = _sized(data, at + 1)[1]
        for key in (wire.SUMMARY, wire.VALUE):
            size, begin = _sized(data, at + 1)
            if data[at] != key or begin + size != len(data):
                return False
            at = begin
        size, begin = _sized(data, at + 1)
        return data[at] == wire.TAG and data[begin + size] in wire.OTHER_VALUES
    except IndexError:
        return False


def _sized(data: bytes, at: int) -> tuple[int, int]:
    """Return the varint at *at* and where it ends."""
    size = data[at]
    at += 1
    if size > 127:
        size &= 127
        shift = 7
        while data[at] > 127:
            size |= (data[at] & 127) << shift
            shift += 7
            at += 1
        size |= data[at] << shift
        at += 1
    return size, at


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
