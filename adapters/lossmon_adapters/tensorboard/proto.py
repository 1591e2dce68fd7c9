"""The scalars in one event, read straight from the protobuf wire format.

Only ``Event{1 wall_time, 2 step, 5 summary{1 value}}`` and, of a value, ``{1 tag, 2 simple_value, 7 node_name,
8 tensor, 9 metadata}`` matter; all else is stepped over. See TensorBoard's ``event.proto``, ``summary.proto`` and
``tensor.proto``.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct
from typing import NamedTuple

import numpy as np

MOST_FIELDS = 65_536
"""Fields one message may have; a message with more is malformed, so that a hostile one costs no more than its share."""

_LONGEST_VARINT = 10

# Keys of fields: number << 3 | wire type.
WALL_TIME, STEP, SUMMARY = 9, 16, 42
OTHER_EVENTS = frozenset({26, 34, 50, 58, 66, 74})
VALUE = 10
TAG, SIMPLE_VALUE, _NODE_NAME, TENSOR, _METADATA = 10, 21, 58, 66, 74
OTHER_VALUES = frozenset({26, 34, 42, 50})
_DTYPE, _SHAPE, _CONTENT = 8, 18, 34
_SHAPE_DIMENSION, _SHAPE_UNKNOWN = 18, 24
_PLUGIN_DATA, _PLUGIN_NAME, _DATA_CLASS = 10, 10, 32
_CLASS_UNKNOWN, _CLASS_SCALAR = 0, 1
_FIXED_SIZES = {1: 8, 5: 4}
_DT_FLOAT, _DT_DOUBLE, _DT_BOOL, _DT_BFLOAT16, _DT_HALF, _DT_UINT32, _DT_UINT64 = 1, 2, 10, 14, 19, 22, 23

BFLOAT16 = "bfloat16"
"""Stands for the format numpy has no name for: the upper half of a float32."""

# DataType of a tensor -> numpy format of an element in tensor_content.
_FORMATS = {
    _DT_FLOAT: "<f4", _DT_DOUBLE: "<f8", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 9: "<i8", _DT_BOOL: "?",
    _DT_BFLOAT16: BFLOAT16, 17: "<u2", _DT_HALF: "<f2", _DT_UINT32: "<u4", _DT_UINT64: "<u8",
}  # fmt: skip

# Key of a field of a tensor, one element or a packed list -> the DataTypes whose elements are kept there.
_ELEMENT_FIELDS = {
    45: {_DT_FLOAT}, 42: {_DT_FLOAT},
    49: {_DT_DOUBLE}, 50: {_DT_DOUBLE},
    56: {3, 4, 5, 6, 17}, 58: {3, 4, 5, 6, 17},
    80: {9}, 82: {9},
    88: {_DT_BOOL}, 90: {_DT_BOOL},
    104: {_DT_BFLOAT16, _DT_HALF}, 106: {_DT_BFLOAT16, _DT_HALF},
    128: {_DT_UINT32}, 130: {_DT_UINT32},
    136: {_DT_UINT64}, 138: {_DT_UINT64},
}  # fmt: skip

_double = Struct("<d").unpack_from
_float = Struct("<f").unpack_from


class MalformedError(Exception):
    """The bytes are no protobuf message, or one that no writer makes."""


class Form(IntEnum):
    """What a value says of itself."""

    SIMPLE = 0
    """A ``simple_value``, which is a scalar whatever else it says."""
    SCALAR = 1
    """A tensor that is declared to be a scalar."""
    OTHER = 2
    """A tensor, or no number at all, that is declared to be something else."""
    UNDECLARED = 3
    """A tensor that says nothing."""


class Number(NamedTuple):
    """The single number a value holds."""

    value: float
    at: int = -1
    """Where its bytes are, or -1 where they have no fixed size."""
    format: str = ""
    """numpy's name of its format, or ``BFLOAT16``."""


class Value(NamedTuple):
    """One value of a summary."""

    tag: bytes
    form: Form
    number: Number | None
    """None where it holds no single number."""


class Event(NamedTuple):
    """One event; times in seconds since 1970, places in bytes from the start of the payload."""

    wall: float
    wall_at: int
    step: int
    step_at: int
    step_size: int
    """0 where the step is left out because it is 0."""
    values: list[Value]


def varint(data: bytes, at: int) -> int:
    """Return the unsigned 64-bit number whose varint begins at *at*; raises ``MalformedError``."""
    number = 0
    for place in range(_LONGEST_VARINT):
        byte = data[at + place]
        number |= (byte & 127) << 7 * place
        if byte < 128:
            return number & 0xFFFFFFFFFFFFFFFF
    raise MalformedError


def _after_varint(data: bytes, at: int) -> int:
    last = at + _LONGEST_VARINT - 1
    while data[at] > 127:
        at += 1
        if at > last:
            raise MalformedError
    return at + 1


def fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield key, begin and end of the content of each field.

    Raises ``MalformedError`` where the fields do not end exactly at *end*, or run out of *data*, and at groups, which
    no writer of events uses.
    """
    try:
        for _ in range(MOST_FIELDS):
            if at >= end:
                break
            key = data[at]
            at += 1
            if key > 127:
                key, at = varint(data, at - 1), _after_varint(data, at - 1)
            kind = key & 7
            begin = at
            if kind == 2:
                size = data[at]
                begin = at = at + 1
                if size > 127:
                    size, begin = varint(data, at - 1), _after_varint(data, at - 1)
                at = begin + size
            else:
                at = at + _FIXED_SIZES[kind] if kind else _after_varint(data, at)
            if at > end:
                raise MalformedError
            yield key, begin, at
    except (IndexError, KeyError):
        raise MalformedError from None
    if at != end:
        raise MalformedError


def read_event(data: bytes) -> Event:
    """Read the payload of one record; raises ``MalformedError``."""
    wall, wall_at, step, step_at, step_size = 0.0, -1, 0, 0, 0
    values: list[Value] = []
    for key, begin, end in fields(data, 0, len(data)):
        if key == WALL_TIME:
            wall, wall_at = _double(data, begin)[0], begin
        elif key == STEP:
            step, step_at, step_size = _signed(varint(data, begin)), begin, end - begin
        elif key == SUMMARY:
            _add_values(values, data, begin, end)
        elif key in OTHER_EVENTS:
            # These and the summary exclude each other: the last one counts.
            values.clear()
    return Event(wall, wall_at, step, step_at, step_size, values)


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


def _add_values(values: list[Value], data: bytes, begin: int, end: int) -> None:
    for key, at, after in fields(data, begin, end):
        if key == VALUE:
            values.append(read_value(data, at, after))


def read_value(data: bytes, begin: int, end: int) -> Value:
    """Read one value of a summary; raises ``MalformedError``."""
    tag = node_name = b""
    form = Form.UNDECLARED
    number = None
    simple = False
    for key, at, after in fields(data, begin, end):
        if key == TAG:
            tag = data[at:after]
        elif key == SIMPLE_VALUE:
            number, simple = Number(_float(data, at)[0], at, "<f4"), True
        elif key == TENSOR:
            number, simple = _read_tensor(data, at, after), False
        elif key == _METADATA:
            form = _declared(data, at, after)
        elif key == _NODE_NAME:
            node_name = data[at:after]
        elif key in OTHER_VALUES:
            number, simple = None, False
    form = Form.SIMPLE if simple else form
    return Value(tag if tag or simple else node_name, form, number)


def _declared(data: bytes, begin: int, end: int) -> Form:
    plugin, data_class = b"", _CLASS_UNKNOWN
    for key, at, after in fields(data, begin, end):
        if key == _PLUGIN_DATA:
            for inner, name, name_end in fields(data, at, after):
                if inner == _PLUGIN_NAME:
                    plugin = data[name:name_end]
        elif key == _DATA_CLASS:
            data_class = varint(data, at)
    scalar = plugin == b"scalars" if data_class == _CLASS_UNKNOWN else data_class == _CLASS_SCALAR
    return Form.SCALAR if scalar else Form.OTHER


def _read_tensor(data: bytes, begin: int, end: int) -> Number | None:
    """Return the only element of a tensor without dimensions; None of any other tensor."""
    dtype = 0
    content = None
    elements: list[tuple[int, int, int]] = []
    for key, at, after in fields(data, begin, end):
        if key == _DTYPE:
            dtype = varint(data, at)
        elif key == _SHAPE:
            if any(inner in (_SHAPE_DIMENSION, _SHAPE_UNKNOWN) for inner, _, _ in fields(data, at, after)):
                return None
        elif key == _CONTENT:
            content = (at, after) if after > at else None
        else:
            elements.append((key, at, after))
            if len(elements) > 16:
                return None
    if dtype not in _FORMATS:
        return None
    if content:
        return _fixed(data, *content, _FORMATS[dtype])
    return _only_element(data, dtype, elements)


def _fixed(data: bytes, at: int, after: int, form: str) -> Number | None:
    size = 2 if form == BFLOAT16 else np.dtype(form).itemsize
    if after - at != size:
        return None
    if form == BFLOAT16:
        return Number(_from_bfloat16(int.from_bytes(data[at:after], "little")), at, form)
    return Number(float(np.frombuffer(data, form, 1, at)[0]), at, form)


def _from_bfloat16(bits: int) -> float:
    return float(_float((bits << 16 & 0xFFFFFFFF).to_bytes(4, "little"))[0])


def _only_element(data: bytes, dtype: int, elements: list[tuple[int, int, int]]) -> Number | None:
    own = [(at, after) for key, at, after in elements if dtype in _ELEMENT_FIELDS.get(key, ()) and at < after]
    if len(own) != 1:
        return None
    at, after = own[0]
    if dtype in (_DT_FLOAT, _DT_DOUBLE):
        return _fixed(data, at, after, _FORMATS[dtype])
    if _after_varint(data, at) != after:
        return None
    return Number(_from_varint(varint(data, at), dtype))


def _from_varint(number: int, dtype: int) -> float:
    if dtype == _DT_BFLOAT16:
        return _from_bfloat16(number)
    if dtype == _DT_HALF:
        return float(np.array(number & 0xFFFF, np.uint16).view(np.float16))
    if dtype == _DT_BOOL:
        return float(number != 0)
    return float(number if dtype in (_DT_UINT32, _DT_UINT64) else _signed(number))
