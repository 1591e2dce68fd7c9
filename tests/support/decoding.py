"""Write the bytes of event files, and read the points of a log with a decoder."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

import google_crc32c
import numpy as np

from lossmon.core.points import Axis, Scalars
from lossmon.sources.abilities import SupportsPlannedEnd
from lossmon.sources.protocol import Adapter, Decoder, by_priority
from lossmon_adapters import BUILTIN

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
DATA = Path(__file__).parents[1] / "data"


def find_adapter(path: PurePath, head: bytes) -> Adapter | None:
    """Return the built-in adapter of the highest priority that claims a file that begins with *head*."""
    return next((adapter for adapter in by_priority(BUILTIN) if adapter.claims(path, head)), None)


def claiming_format(name: str, head: bytes) -> str | None:
    """Return the name of the format that reads a file called *name* that begins with *head*."""
    adapter = find_adapter(PurePath(name), head)
    return adapter.name if adapter else None


def new_decoder(format_name: str) -> Decoder:
    """Return a new decoder of a built-in format."""
    return next(adapter for adapter in BUILTIN if adapter.name == format_name).decoder()


def planned_end(decoder: Decoder) -> dict[Axis, float]:
    """Return the planned end, as epoch and step, that *decoder* has read so far."""
    assert isinstance(decoder, SupportsPlannedEnd)
    return dict(decoder.planned_end)


class Point(NamedTuple):
    """One point. Floats are stored as bytes, so that NaN equals NaN and 0.0 does not equal -0.0."""

    x: float
    wall_time: bytes
    value: bytes


Points = dict[bytes, list[Point]]


def bits(number: float) -> bytes:
    """Return the bytes of a double; the same for every NaN, because conversions may change the payload of a NaN."""
    return struct.pack("<d", float("nan") if number != number else number)


def point(x: float, wall_time: float, value: float) -> Point:
    return Point(float(x), bits(wall_time), bits(value))


def points_by_run(scalars: Sequence[Scalars]) -> dict[str, Points]:
    """Return the points by tag of each run."""
    return {run: points_by_tag(one for one in scalars if one.run == run) for run in {one.run for one in scalars}}


def losses(points: Points) -> tuple[list[float], list[float]]:
    """Return the values of the first train loss and of the first validation loss."""
    train = next(tag for tag in points if b"loss" in tag and b"val" not in tag)
    val = next(tag for tag in points if b"loss" in tag and b"val" in tag)
    return values(points, train), values(points, val)


def points_by_tag(batches: Iterable[Scalars]) -> Points:
    """Return the points by the bytes of their tag, but for those that only another log could declare to be scalars."""
    points: Points = {}
    for scalars in batches:
        assert len(scalars.x) == len(scalars.wall_time) == len(scalars.value) > 0
        assert not np.isnan(scalars.x).any()
        if not scalars.is_declared:
            continue
        rows = zip(scalars.x.tolist(), scalars.wall_time.tolist(), scalars.value.tolist(), strict=True)
        points.setdefault(scalars.tag.raw, []).extend(point(*row) for row in rows)
    return points


def decode(decoder: Decoder, data: bytes, cuts: Sequence[int] = ()) -> Points:
    """Feed *data* to *decoder*, cut at the offsets *cuts*, and return all points."""
    batches = []
    for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        batches += decoder.feed(data[begin:end])
    return points_by_tag(batches)


def decoded_by(format_name: str, text: str | bytes) -> Points:
    """Return all points of *text* as a new decoder of a built-in format reads it."""
    return decode(new_decoder(format_name), text if isinstance(text, bytes) else text.encode())


def decoded_output(text: str | bytes) -> Points:
    """Return all points of captured output."""
    return decoded_by("text", text)


def decode_in_pieces(decoder: Decoder, data: bytes, size: int) -> Points:
    """Feed *data* to *decoder*, *size* bytes at a time, and return all points."""
    return decode(decoder, data, range(size, len(data), size))


def values(points: Points, tag: bytes) -> list[float]:
    """Return the values of one tag."""
    return [struct.unpack("<d", point.value)[0] for point in points.get(tag, [])]


def xs(points: Points, tag: bytes) -> list[float]:
    """Return the x of one tag."""
    return [point.x for point in points.get(tag, [])]


def masked_crc(data: bytes) -> int:
    """Return the masked CRC-32C of *data*."""
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def header(length: int) -> bytes:
    """Return the header of a record with a payload of *length* bytes, with the right checksum."""
    length_bytes = struct.pack("<Q", length)
    return length_bytes + struct.pack("<I", masked_crc(length_bytes))


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
    """Return one protobuf field: bytes after their length, an int as a varint, a float as a double."""
    if isinstance(content, bytes):
        return varint(number << 3 | 2) + varint(len(content)) + content
    if isinstance(content, float):
        return varint(number << 3 | 1) + struct.pack("<d", content)
    return varint(number << 3) + varint(content)


def float_field(number: int, content: float) -> bytes:
    return varint(number << 3 | 5) + struct.pack("<f", content)


def event(wall_time: float, step: int, *values: bytes) -> bytes:
    """Return an event with a summary, the fields in the order of all usual writers."""
    head = field(1, wall_time) + (field(2, step) if step else b"")
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
    """Return the first event of every file."""
    return field(1, 1.7e9) + field(3, b"brain.Event:2")
