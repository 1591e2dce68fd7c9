"""Records read many at once give the same points as records read one by one."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util
from tests.support.decoding import (
    DATA,
    Point,
    Points,
    decode,
    decode_in_pieces,
    event,
    field,
    float_tensor,
    image,
    metadata,
    point,
    record,
    simple,
    tensor,
    version,
)

from lossmon_adapters.tensorboard import TensorBoard

EVENT_FILES = sorted((DATA / "tensorboard").glob("*.tfevents"))


def as_float32(number: float) -> float:
    """Return *number* rounded to float32."""
    return float(struct.unpack("<f", struct.pack("<f", number))[0])


def double_tensor(tag: bytes, value: float) -> bytes:
    return tensor(tag, field(1, 2) + field(6, struct.pack("<d", value)))


def bfloat_tensor(tag: bytes, value: float) -> bytes:
    return tensor(tag, field(1, 14) + field(4, struct.pack("<f", value)[2:]))


def undeclared_simple(tag: bytes, value: float) -> bytes:
    return simple(tag, value) + metadata(b"mine")


def as_bfloat16(number: float) -> float:
    return float(struct.unpack("<f", b"\0\0" + struct.pack("<f", number)[2:])[0])


ENCODINGS: list[tuple[Callable[[bytes, float], bytes], Callable[[float], float]]] = [
    (simple, as_float32),
    (float_tensor, as_float32),
    (double_tensor, float),
    (bfloat_tensor, as_bfloat16),
    (undeclared_simple, as_float32),
]


class Writer:
    """Writes an event file of many similar and different records, and stores the points in it."""

    def __init__(self, seed: int, tags: int, records: int) -> None:
        self.random = random.Random(seed)
        self.points: Points = {}
        self.data = record(version())
        series = [self._series(index) for index in range(tags)]
        step = 0
        for _ in range(records):
            step += self.random.choice([0, 1, 1, 1, 40, 20_000])
            chosen = self.random.choices(series, k=self.random.choice([1, 1, 1, 3]))
            self._add(self.random.choice([step, step, -step, 2**60 + step]), chosen)
            if self.random.random() < 0.05:
                self.data += record(event(1.0, step, image(b"i", self.random.choice([200, 5000]))))

    def _series(self, index: int) -> tuple[bytes, int]:
        name = b"tag/%d" % index + b"x" * self.random.choice([0, 0, 5])
        return name, self.random.randrange(len(ENCODINGS))

    def _add(self, step: int, chosen: list[tuple[bytes, int]]) -> None:
        wall_time = self.random.choice([1.7e9 + self.random.random(), 0.0, float("nan")])
        values = []
        for tag, encoding in chosen:
            number = self.random.choice([self.random.gauss(0, 1), 0.0, float("nan"), float("inf")])
            encode, rounded = ENCODINGS[encoding]
            values.append(encode(tag, number))
            self.points.setdefault(tag, []).append(point(step, wall_time, rounded(number)))
        self.data += record(event(wall_time, step, *values))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.sampled_from([30, 300, 1500]), st.sampled_from([0, 999, 70_001]))
def test_all_points_that_were_written_are_read_in_order(seed: int, tags: int, records: int, piece: int) -> None:
    writer = Writer(seed, tags, records)
    decoder = TensorBoard().decoder()
    assert decode_in_pieces(decoder, writer.data, piece or len(writer.data)) == writer.points
    assert list(decoder.warnings) == []


def test_steps_whose_varints_differ_in_length_keep_their_order() -> None:
    steps = [*range(300), *range(16_380, 16_390), *range(2**28 - 5, 2**28 + 5), 2**63 - 1, *range(5)] * 3
    data = b"".join(record(event(float(step), step, simple(b"t", step % 7))) for step in steps)
    points = decode(TensorBoard().decoder(), data)
    assert points == {b"t": [point(step, step, step % 7) for step in steps]}


def test_thousands_of_tags_of_one_length_are_not_confused() -> None:
    tags = [b"tag/%05d" % number for number in range(6000)]
    data = b"".join(record(event(1.0, step, simple(tag, 1))) for step in range(3) for tag in tags)
    points = decode(TensorBoard().decoder(), data)
    assert len(points) == 6000
    assert all([read.x for read in series] == [0, 1, 2] for series in points.values())


def points_of_tensorboard(path: Path) -> Points:
    """Return the points that TensorBoard itself reads."""
    accumulator = EventAccumulator(str(path), size_guidance={"scalars": 0, "tensors": 0}, purge_orphaned_data=False)
    accumulator.Reload()
    tags = accumulator.Tags()
    points: Points = {}
    for tag in tags["scalars"]:
        points[tag.encode()] = [point(read.step, read.wall_time, read.value) for read in accumulator.Scalars(tag)]
    for tag in tags["tensors"]:
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            points[tag.encode()] = [_point_from_tensor(read) for read in accumulator.Tensors(tag)]
    return points


def _point_from_tensor(event: object) -> Point:
    number = tensor_util.make_ndarray(event.tensor_proto).item()  # type: ignore[attr-defined]
    return point(event.step, event.wall_time, float(number))  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", EVENT_FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("piece", [2**30, 1000])
def test_real_files_give_the_points_that_tensorboard_reads(path: Path, piece: int) -> None:
    decoder = TensorBoard().decoder()
    assert decode_in_pieces(decoder, path.read_bytes(), piece) == points_of_tensorboard(path)
    assert list(decoder.warnings) == []


def test_simple_values_and_tensors_of_one_tag_are_one_curve_where_tensorboard_has_two(tmp_path: Path) -> None:
    encodings = [simple, float_tensor, simple, float_tensor]
    data = b"".join(record(event(1.0, step, encode(b"t", step))) for step, encode in enumerate(encodings))
    (tmp_path / "events.out.tfevents.1").write_bytes(data)
    accumulator = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0, "tensors": 0}).Reload()
    assert [[read.step for read in part] for part in (accumulator.Scalars("t"), accumulator.Tensors("t"))] == [
        [0, 2],
        [1, 3],
    ]
    assert decode(TensorBoard().decoder(), data) == {b"t": [point(step, 1.0, step) for step in range(4)]}


def test_a_single_record_is_read_without_making_a_template() -> None:
    layouts: dict[int, Any] = {}
    decoder = TensorBoard(layouts).decoder()
    decoder.feed(record(version()))
    assert len(decoder.feed(record(event(1.0, 1, simple(b"t", 1))))) == 1
    assert layouts == {}
    decoder.feed(record(event(1.0, 1, simple(b"t", 1))) * 100)
    assert layouts != {}
