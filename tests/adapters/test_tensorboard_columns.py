"""Many records at once give the points that one record at a time gives."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util
from tests.support.decoding import (
    DATA,
    Point,
    Points,
    decoded,
    decoded_in_pieces,
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

from lossmon_adapters.tensorboard.decoder import TensorBoardDecoder

EVENT_FILES = sorted((DATA / "tensorboard").glob("*.tfevents"))


def single(number: float) -> float:
    """Return *number* as a float32 holds it."""
    return float(struct.unpack("<f", struct.pack("<f", number))[0])


def double_tensor(tag: bytes, value: float) -> bytes:
    return tensor(tag, field(1, 2) + field(6, struct.pack("<d", value)))


def bfloat_tensor(tag: bytes, value: float) -> bytes:
    return tensor(tag, field(1, 14) + field(4, struct.pack("<f", value)[2:]))


def undeclared_simple(tag: bytes, value: float) -> bytes:
    return simple(tag, value) + metadata(b"mine")


def bfloat(number: float) -> float:
    return float(struct.unpack("<f", b"\0\0" + struct.pack("<f", number)[2:])[0])


FORMS: list[tuple[Callable[[bytes, float], bytes], Callable[[float], float]]] = [
    (simple, single),
    (float_tensor, single),
    (double_tensor, float),
    (bfloat_tensor, bfloat),
    (undeclared_simple, single),
]


class Writer:
    """Writes a file of many alike and unlike records, and keeps the points it holds."""

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
        return name, self.random.randrange(len(FORMS))

    def _add(self, step: int, chosen: list[tuple[bytes, int]]) -> None:
        wall = self.random.choice([1.7e9 + self.random.random(), 0.0, float("nan")])
        values = []
        for tag, form in chosen:
            number = self.random.choice([self.random.gauss(0, 1), 0.0, float("nan"), float("inf")])
            write, stored = FORMS[form]
            values.append(write(tag, number))
            self.points.setdefault(tag, []).append(point(step, wall, stored(number)))
        self.data += record(event(wall, step, *values))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.sampled_from([30, 300, 1500]), st.sampled_from([0, 999, 70_001]))
def test_columns_are_what_was_written(seed: int, tags: int, records: int, piece: int) -> None:
    writer = Writer(seed, tags, records)
    decoder = TensorBoardDecoder()
    assert decoded_in_pieces(decoder, writer.data, piece or len(writer.data)) == writer.points
    assert list(decoder.notices) == []


def test_steps_of_growing_length_keep_their_order() -> None:
    steps = [*range(300), *range(16_380, 16_390), *range(2**28 - 5, 2**28 + 5), 2**63 - 1, *range(5)] * 3
    data = b"".join(record(event(float(step), step, simple(b"t", step % 7))) for step in steps)
    points = decoded(TensorBoardDecoder(), data)
    assert points == {b"t": [point(step, step, step % 7) for step in steps]}


def test_thousands_of_tags_of_one_length_stay_apart() -> None:
    tags = [b"tag/%05d" % number for number in range(6000)]
    data = b"".join(record(event(1.0, step, simple(tag, 1))) for step in range(3) for tag in tags)
    points = decoded(TensorBoardDecoder(), data)
    assert len(points) == 6000
    assert all([one.x for one in column] == [0, 1, 2] for column in points.values())


def expected(path: Path) -> Points:
    """Return what TensorBoard itself reads."""
    accumulator = EventAccumulator(str(path), size_guidance={"scalars": 0, "tensors": 0}, purge_orphaned_data=False)
    accumulator.Reload()
    tags = accumulator.Tags()
    points: Points = {}
    for tag in tags["scalars"]:
        points[tag.encode()] = [point(one.step, one.wall_time, one.value) for one in accumulator.Scalars(tag)]
    for tag in tags["tensors"]:
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            points[tag.encode()] = [_from_tensor(one) for one in accumulator.Tensors(tag)]
    return points


def _from_tensor(one: object) -> Point:
    number = tensor_util.make_ndarray(one.tensor_proto).item()  # type: ignore[attr-defined]
    return point(one.step, one.wall_time, float(number))  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", EVENT_FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("piece", [2**30, 1000])
def test_real_files_read_as_tensorboard_reads_them(path: Path, piece: int) -> None:
    decoder = TensorBoardDecoder()
    assert decoded_in_pieces(decoder, path.read_bytes(), piece) == expected(path)
    assert list(decoder.notices) == []


def test_a_tag_of_simple_values_and_tensors_is_one_curve_and_two_to_tensorboard(tmp_path: Path) -> None:
    forms = [simple, float_tensor, simple, float_tensor]
    data = b"".join(record(event(1.0, step, form(b"t", step))) for step, form in enumerate(forms))
    (tmp_path / "events.out.tfevents.1").write_bytes(data)
    accumulator = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0, "tensors": 0}).Reload()
    assert [[one.step for one in part] for part in (accumulator.Scalars("t"), accumulator.Tensors("t"))] == [
        [0, 2],
        [1, 3],
    ]
    assert decoded(TensorBoardDecoder(), data) == {b"t": [point(step, 1.0, step) for step in range(4)]}


def test_a_poll_of_one_record_needs_no_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = TensorBoardDecoder()
    decoder.feed(record(version()))
    monkeypatch.setattr("lossmon_adapters.tensorboard.record_reader.gather", None)
    assert len(decoder.feed(record(event(1.0, 1, simple(b"t", 1))))) == 1
