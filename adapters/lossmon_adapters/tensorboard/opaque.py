"""Whether the rest of a record that is only partly there is worth reading."""

from __future__ import annotations

from enum import Enum

from lossmon_adapters.tensorboard import wire
from lossmon_adapters.tensorboard.wire import Form, Malformed, fields

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
    except Malformed:
        pass
    return Outlook.UNDECIDED


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
