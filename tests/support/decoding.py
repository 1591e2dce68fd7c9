"""A plain writer of event files, and ways to hand a log to a decoder."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

import google_crc32c
import numpy as np

from lossmon.core.points import Axis, Scalars
from lossmon.sources.protocol import Decoder, SupportsPlannedEnd, find_adapter
from lossmon_adapters import BUILTIN

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
DATA = Path(__file__).parents[1] / "data"


def claimed(name: str, head: bytes) -> str | None:
    """Return the name of the format that claims a file."""
    adapter = find_adapter(BUILTIN, PurePath(name), head)
    return adapter.name if adapter else None


def new_decoder(format_name: str) -> Decoder:
    """Return a new decoder of a built-in format."""
    return next(adapter for adapter in BUILTIN if adapter.name == format_name).decoder()


def planned_end(decoder: Decoder) -> dict[Axis, float]:
    """Return up to which epoch and step the training goes, by what *decoder* has read."""
    assert isinstance(decoder, SupportsPlannedEnd)
    return dict(decoder.planned)


class Point(NamedTuple):
    """One point, floats by their bits so that NaN equals NaN and 0.0 does not equal -0.0."""

    x: float
    wall: bytes
    value: bytes


Points = dict[bytes, list[Point]]


def bits(number: float) -> bytes:
    """Return the bytes of a double; all NaNs are one, since conversions may change their payload."""
    return struct.pack("<d", float("nan") if number != number else number)


def point(x: float, wall: float, value: float) -> Point:
    return Point(float(x), bits(wall), bits(value))


def taken(columns: Iterable[Scalars]) -> Points:
    """Return the points of *columns* by tag."""
    points: Points = {}
    for column in columns:
        assert len(column.x) == len(column.wall) == len(column.value) > 0
        assert not np.isnan(column.x).any()
        rows = zip(column.x.tolist(), column.wall.tolist(), column.value.tolist(), strict=True)
        points.setdefault(column.tag.raw, []).extend(point(*row) for row in rows)
    return points


def decoded(decoder: Decoder, data: bytes, cuts: Sequence[int] = ()) -> Points:
    """Hand *data* to *decoder*, cut at *cuts*, and return all points."""
    columns = []
    for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        columns += decoder.feed(data[begin:end])
    return taken(columns)


def decoded_by(format_name: str, text: str | bytes) -> Points:
    """Return all points of *text* as a new decoder of a built-in format reads it."""
    return decoded(new_decoder(format_name), text if isinstance(text, bytes) else text.encode())


def decoded_output(text: str | bytes) -> Points:
    """Return all points of captured output."""
    return decoded_by("text", text)


def decoded_in_pieces(decoder: Decoder, data: bytes, size: int) -> Points:
    """Hand *data* to *decoder*, *size* bytes a time."""
    return decoded(decoder, data, range(size, len(data), size))


def values(points: Points, tag: bytes) -> list[float]:
    """Return the values of one tag."""
    return [struct.unpack("<d", one.value)[0] for one in points.get(tag, [])]


def xs(points: Points, tag: bytes) -> list[float]:
    """Return the x of one tag."""
    return [one.x for one in points.get(tag, [])]


def masked_crc(data: bytes) -> int:
    """Return the masked CRC-32C of *data*."""
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def header(length: int) -> bytes:
    """Return the header of a record, its checksum right whatever the length claims."""
    claim = struct.pack("<Q", length)
    return claim + struct.pack("<I", masked_crc(claim))


def record(payload: bytes) -> bytes:
    return header(len(payload)) + payload + struct.pack("<I", masked_crc(payload))


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def field(number: int, content: bytes | int | float) -> bytes:
    """Return one protobuf field: bytes with their length, an int as a varint, a float as a double."""
    if isinstance(content, bytes):
        return varint(number << 3 | 2) + varint(len(content)) + content
    if isinstance(content, float):
        return varint(number << 3 | 1) + struct.pack("<d", content)
    return varint(number << 3) + varint(content)


def float_field(number: int, content: float) -> bytes:
    return varint(number << 3 | 5) + struct.pack("<f", content)


def event(wall: float, step: int, *values: bytes) -> bytes:
    """Return an event with a summary, as all writers order it."""
    head = field(1, wall) + (field(2, step) if step else b"")
    return head + field(5, b"".join(field(1, value) for value in values))


def simple(tag: bytes, value: float) -> bytes:
    """Return a value as PyTorch and tensorboardX write it."""
    return field(1, tag) + float_field(2, value)


def metadata(plugin: bytes = b"scalars", data_class: int = 0) -> bytes:
    return field(9, field(1, field(1, plugin)) + (field(4, data_class) if data_class else b""))


def tensor(tag: bytes, content: bytes, meta: bytes | None = None) -> bytes:
    """Return a value whose TensorProto is *content*."""
    return field(1, tag) + field(8, content) + (metadata() if meta is None else meta)


def float_tensor(tag: bytes, value: float) -> bytes:
    """Return a value as TensorFlow and Keras write it."""
    return tensor(tag, field(1, 1) + field(2, b"") + field(4, struct.pack("<f", value)))


def image(tag: bytes, size: int) -> bytes:
    return field(1, tag) + field(4, field(4, bytes(range(256)) * (size // 256 + 1)))


def version() -> bytes:
    """Return the event every file begins with."""
    return field(1, 1.7e9) + field(3, b"brain.Event:2")
