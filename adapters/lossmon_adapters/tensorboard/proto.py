"""Read the scalars of one event from the protobuf wire format of its payload.

Only ``Event{1 wall_time, 2 step, 5 summary{1 value}}`` and of a value ``{1 tag, 2 simple_value, 7 node_name, 8 tensor,
9 metadata}`` are read. Source: TensorFlow's ``event.proto``, ``summary.proto``, ``tensor.proto`` and ``types.proto``.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import NamedTuple

import numpy as np

from lossmon_adapters.shared.protobuf import end_of_varint, read_fields, read_varint

_MAX_ELEMENT_FIELDS = 16
"""Fields with elements of one tensor that are looked at; a tensor with more holds several numbers."""

# Keys of fields: field number << 3 | wire type. First those of Event, then those of Summary.Value.
WALL_TIME, STEP, SUMMARY = 9, 16, 42
OTHER_EVENTS = frozenset({26, 34, 50, 58, 66, 74})
"""Fields that exclude a summary: version, graph, log message, session log, run metadata, meta graph."""
VALUE = 10
TAG, SIMPLE_VALUE, _NODE_NAME, TENSOR, METADATA = 10, 21, 58, 66, 74
OTHER_VALUES = frozenset({26, 34, 42, 50})
"""Fields that exclude a number: old-style histogram, image, histogram, audio."""

SESSION = 58
"""The log of a session, among the fields that exclude a summary."""
_SESSION_STATUS, _SESSION_STARTS = 8, 1

# Keys of fields of TensorProto, TensorShapeProto and SummaryMetadata.
_DATA_TYPE, _SHAPE, _CONTENT = 8, 18, 34
_SHAPE_DIMENSION, _SHAPE_UNKNOWN = 18, 24
PLUGIN_DATA, _PLUGIN_NAME, _DATA_CLASS = 10, 10, 32
_CLASS_UNKNOWN, _CLASS_SCALAR = 0, 1

# DataType of a tensor.
_FLOAT, _DOUBLE, _INT32, _UINT8, _INT16, _INT8, _INT64, _BOOL = 1, 2, 3, 4, 5, 6, 9, 10
_BFLOAT16, _UINT16, _HALF, _UINT32, _UINT64 = 14, 17, 19, 22, 23
BFLOAT16 = "bfloat16"
"""Format of the upper half of a float32, for which numpy has no name."""
_FORMATS = {
    _FLOAT: "<f4", _DOUBLE: "<f8", _INT32: "<i4", _UINT8: "u1", _INT16: "<i2", _INT8: "i1", _INT64: "<i8", _BOOL: "?",
    _BFLOAT16: BFLOAT16, _UINT16: "<u2", _HALF: "<f2", _UINT32: "<u4", _UINT64: "<u8",
}  # fmt: skip
"""numpy format of an element in ``tensor_content``, by DataType."""
_SMALL_INTS = {_INT32, _UINT8, _INT16, _INT8, _UINT16}
_ELEMENT_FIELDS = {
    45: {_FLOAT}, 42: {_FLOAT}, 49: {_DOUBLE}, 50: {_DOUBLE},
    56: _SMALL_INTS, 58: _SMALL_INTS, 80: {_INT64}, 82: {_INT64},
    88: {_BOOL}, 90: {_BOOL}, 104: {_BFLOAT16, _HALF}, 106: {_BFLOAT16, _HALF},
    128: {_UINT32}, 130: {_UINT32}, 136: {_UINT64}, 138: {_UINT64},
}  # fmt: skip
"""DataTypes whose elements are stored in a field of a tensor, by key: first one element, then a packed list."""

_unpack_double, _unpack_float = Struct("<d").unpack_from, Struct("<f").unpack_from


class ValueKind(IntEnum):
    """What a value of a summary is, by its own declaration."""

    SIMPLE = 0
    """A ``simple_value``, which is a scalar whatever the metadata declares."""
    SCALAR = 1
    """A tensor that is declared to be a scalar."""
    OTHER = 2
    """A tensor, or a value without number, that is declared to be something else."""
    UNDECLARED = 3
    """A tensor without declaration."""


class Number(NamedTuple):
    """The single number in a value."""

    value: float
    offset: int = -1
    """Where in the payload its bytes are; -1 for a varint, which has no fixed size."""
    format: str = ""
    """numpy's name of its format, or ``BFLOAT16``."""


class Value(NamedTuple):
    """One value of a summary."""

    tag: bytes
    kind: ValueKind
    number: Number | None
    """None if the value does not hold a single number."""


class Event(NamedTuple):
    """One event; offsets are bytes from the start of the payload."""

    wall_time: float
    """Seconds since 1970."""
    wall_time_offset: int
    """-1 if the field is missing."""
    step: int
    step_offset: int
    step_size: int
    """Bytes of the step; 0 if the field is missing, which means step 0."""
    values: list[Value]
    is_session_start: bool = False
    """Whether the training went on at ``step``: what was logged at or beyond it is void."""


def format_size(number_format: str) -> int:
    """Return the bytes of one number.

    >>> format_size("<f4")
    4
    """
    return 2 if number_format == BFLOAT16 else np.dtype(number_format).itemsize


def read_event(payload: bytes) -> Event:
    """Read the payload of one record; raises ``MalformedError``."""
    wall_time, wall_time_offset, step, step_offset, step_size = 0.0, -1, 0, 0, 0
    values: list[Value] = []
    is_session_start = False
    for key, start, stop in read_fields(payload, 0, len(payload)):
        if key == WALL_TIME:
            wall_time, wall_time_offset = _unpack_double(payload, start)[0], start
        elif key == STEP:
            step, step_offset, step_size = _as_signed(read_varint(payload, start)), start, stop - start
        elif key == SUMMARY:
            values += _read_values(payload, start, stop)
        elif key in OTHER_EVENTS:
            # These and the summary exclude each other: the last one counts.
            values.clear()
            is_session_start = key == SESSION and _is_session_start(payload, start, stop)
    return Event(wall_time, wall_time_offset, step, step_offset, step_size, values, is_session_start)


def _is_session_start(payload: bytes, begin: int, end: int) -> bool:
    fields = read_fields(payload, begin, end)
    return any(key == _SESSION_STATUS and read_varint(payload, start) == _SESSION_STARTS for key, start, _ in fields)


def _as_signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


def _read_values(payload: bytes, begin: int, end: int) -> list[Value]:
    return [read_value(payload, start, stop) for key, start, stop in read_fields(payload, begin, end) if key == VALUE]


def read_value(payload: bytes, begin: int, end: int) -> Value:
    """Read one value of a summary; raises ``MalformedError``."""
    tag = node_name = b""
    kind = ValueKind.UNDECLARED
    number = None
    is_simple = False
    for key, start, stop in read_fields(payload, begin, end):
        if key == TAG:
            tag = payload[start:stop]
        elif key == SIMPLE_VALUE:
            number, is_simple = Number(_unpack_float(payload, start)[0], start, "<f4"), True
        elif key == TENSOR:
            number, is_simple = _read_tensor(payload, start, stop), False
        elif key == METADATA:
            kind = _read_declared_kind(payload, start, stop)
        elif key == _NODE_NAME:
            node_name = payload[start:stop]
        elif key in OTHER_VALUES:
            number, is_simple = None, False
    kind = ValueKind.SIMPLE if is_simple else kind
    return Value(tag if tag or is_simple else node_name, kind, number)


def _read_declared_kind(payload: bytes, begin: int, end: int) -> ValueKind:
    """Return what a SummaryMetadata declares; its data class takes precedence over the name of its plugin."""
    plugin, data_class = b"", _CLASS_UNKNOWN
    for key, start, stop in read_fields(payload, begin, end):
        if key == PLUGIN_DATA:
            for inner_key, name_start, name_stop in read_fields(payload, start, stop):
                if inner_key == _PLUGIN_NAME:
                    plugin = payload[name_start:name_stop]
        elif key == _DATA_CLASS:
            data_class = read_varint(payload, start)
    is_scalar = plugin == b"scalars" if data_class == _CLASS_UNKNOWN else data_class == _CLASS_SCALAR
    return ValueKind.SCALAR if is_scalar else ValueKind.OTHER


def _read_tensor(payload: bytes, begin: int, end: int) -> Number | None:
    """Return the only element of a tensor without dimensions; None for all other tensors."""
    data_type = 0
    content = None
    elements: list[tuple[int, int, int]] = []
    for key, start, stop in read_fields(payload, begin, end):
        if key == _DATA_TYPE:
            data_type = read_varint(payload, start)
        elif key == _SHAPE:
            if any(key in (_SHAPE_DIMENSION, _SHAPE_UNKNOWN) for key, _, _ in read_fields(payload, start, stop)):
                return None
        elif key == _CONTENT:
            content = (start, stop) if stop > start else None
        else:
            elements.append((key, start, stop))
            if len(elements) > _MAX_ELEMENT_FIELDS:
                return None
    if data_type not in _FORMATS:
        return None
    if content:
        return _read_fixed_size(payload, *content, _FORMATS[data_type])
    return _read_only_element(payload, data_type, elements)


def _read_only_element(payload: bytes, data_type: int, elements: list[tuple[int, int, int]]) -> Number | None:
    """Return the number in the only one of *elements* that belongs to *data_type*, else None."""
    ranges = [
        (start, stop) for key, start, stop in elements if data_type in _ELEMENT_FIELDS.get(key, ()) and start < stop
    ]
    if len(ranges) != 1:
        return None
    start, stop = ranges[0]
    if data_type in (_FLOAT, _DOUBLE):
        return _read_fixed_size(payload, start, stop, _FORMATS[data_type])
    if end_of_varint(payload, start) != stop:
        return None
    return Number(_number_from_varint(read_varint(payload, start), data_type))


def _read_fixed_size(payload: bytes, start: int, stop: int, number_format: str) -> Number | None:
    if stop - start != format_size(number_format):
        return None
    if number_format == BFLOAT16:
        return Number(_number_from_bfloat16(int.from_bytes(payload[start:stop], "little")), start, number_format)
    return Number(float(np.frombuffer(payload, number_format, 1, start)[0]), start, number_format)


def _number_from_varint(number: int, data_type: int) -> float:
    if data_type == _BFLOAT16:
        return _number_from_bfloat16(number)
    if data_type == _HALF:
        return float(np.array(number & 0xFFFF, np.uint16).view(np.float16))
    if data_type == _BOOL:
        return float(number != 0)
    return float(number if data_type in (_UINT32, _UINT64) else _as_signed(number))


def _number_from_bfloat16(bits: int) -> float:
    return float(_unpack_float((bits << 16 & 0xFFFFFFFF).to_bytes(4, "little"))[0])
