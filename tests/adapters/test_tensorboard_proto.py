"""Scalars are read in every encoding that writers of event files use."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable

import numpy as np
import pytest
from tests.support.decoding import (
    decode,
    event,
    field,
    float_field,
    float_tensor,
    image,
    metadata,
    record,
    simple,
    tensor,
    values,
    version,
    xs,
)

from lossmon_adapters.tensorboard import TensorBoard


def read_value(value: bytes, tag: bytes = b"t") -> list[float]:
    return values(decode(TensorBoard().decoder(), record(event(1.7e9, 3, value))), tag)


def content(dtype: int, data: bytes) -> bytes:
    return field(1, dtype) + field(2, b"") + field(4, data)


@pytest.mark.parametrize("number", [0.5, 0.0, -0.0, math.inf, -math.inf, math.nan, 1e-45])
def test_a_simple_value_keeps_every_float(number: float) -> None:
    (read,) = read_value(simple(b"t", number))
    assert struct.pack("<f", read) == struct.pack("<f", number)


@pytest.mark.parametrize(
    ("dtype", "data", "number"),
    [
        (1, struct.pack("<f", 0.25), 0.25),
        (2, struct.pack("<d", 0.1), 0.1),
        (3, struct.pack("<i", -7), -7.0),
        (4, b"\xff", 255.0),
        (5, struct.pack("<h", -9), -9.0),
        (6, b"\xff", -1.0),
        (9, struct.pack("<q", -(2**40)), -(2.0**40)),
        (10, b"\x01", 1.0),
        (14, b"\xc0\x3f", 1.5),
        (17, b"\xff\xff", 65535.0),
        (19, np.float16(0.1).tobytes(), float(np.float16(0.1))),
        (22, b"\xff\xff\xff\xff", 4294967295.0),
        (23, b"\xff\xff\xff\xff\xff\xff\xff\xff", 2.0**64),
    ],
)
def test_tensor_content_of_every_type_is_read(dtype: int, data: bytes, number: float) -> None:
    assert read_value(tensor(b"t", content(dtype, data))) == [number]


@pytest.mark.parametrize(
    ("dtype", "element", "number"),
    [
        (1, field(5, struct.pack("<f", 0.25)), 0.25),
        (1, float_field(5, 0.25), 0.25),
        (2, field(6, struct.pack("<d", 0.1)), 0.1),
        (2, field(6, 0.1), 0.1),
        (3, field(7, -5), -5.0),
        (3, field(7, b"\x05"), 5.0),
        (9, field(10, 2**40), 2.0**40),
        (10, field(11, 1), 1.0),
        (19, field(13, int(np.float16(0.1).view(np.uint16))), float(np.float16(0.1))),
        (14, field(13, 0x3FC0), 1.5),
        (22, field(16, 2**32 - 1), 4294967295.0),
        (23, field(17, 2**64 - 1), 2.0**64),
    ],
)
def test_elements_in_the_field_of_their_type_are_read_packed_or_not(dtype: int, element: bytes, number: float) -> None:
    assert read_value(tensor(b"t", field(1, dtype) + element)) == [number]


@pytest.mark.parametrize(
    "body",
    [
        field(1, 1) + field(2, field(2, field(1, 1))) + field(4, bytes(4)),
        field(1, 1) + field(2, field(2, field(1, 2**40))),
        field(1, 1) + field(2, field(2, field(1, -1))) + field(5, bytes(4)),
        field(1, 1) + field(2, field(3, 1)) + field(4, bytes(4)),
        field(1, 1) + field(5, bytes(8)),
        field(1, 1) + field(5, bytes(4)) + field(5, bytes(4)),
        field(1, 7) + field(8, b"text"),
        field(1, 99) + field(4, bytes(4)),
        field(1, 1),
        b"",
    ],
    ids=["vector", "huge", "negative", "no rank", "two", "two fields", "string", "unknown type", "empty", "nothing"],
)
def test_a_tensor_that_does_not_hold_a_single_number_is_left_out(body: bytes) -> None:
    assert read_value(tensor(b"t", body)) == []


def test_the_data_class_takes_precedence_over_the_plugin() -> None:
    body = content(1, struct.pack("<f", 2.0))
    assert read_value(tensor(b"t", body, metadata(b"mine", 1))) == [2.0]
    assert read_value(tensor(b"t", body, metadata(b"scalars", 2))) == []
    assert read_value(tensor(b"t", body, metadata(b"mine"))) == []


def test_the_first_declaration_of_a_tag_counts_for_all_later_values() -> None:
    body = content(1, struct.pack("<f", 2.0))
    events = [tensor(b"a", body), tensor(b"a", body, b""), tensor(b"a", body, metadata(b"mine"))]
    events += [tensor(b"b", body, b""), tensor(b"b", body, metadata(b"mine")), tensor(b"b", body)]
    points = decode(
        TensorBoard().decoder(), b"".join(record(event(1.0, step, value)) for step, value in enumerate(events))
    )
    assert xs(points, b"a") == [0, 1, 2]
    assert b"b" not in points


def test_a_declaration_counts_from_its_own_record_on_however_the_data_is_cut() -> None:
    body = content(1, struct.pack("<f", 2.0))
    early = record(event(1.0, 1, tensor(b"a", body, b"")))
    data = early + record(event(1.0, 2, tensor(b"a", body)))
    assert xs(decode(TensorBoard().decoder(), data), b"a") == [2]
    assert xs(decode(TensorBoard().decoder(), data, [len(early)]), b"a") == [2]


def session_starts(step: int) -> bytes:
    return record(field(1, 1.0) + field(2, step) + field(7, field(1, 1)))


@pytest.mark.parametrize("piece", [1, 40, 10_000])
@pytest.mark.parametrize("count", [3, 100])
def test_the_step_at_which_a_session_starts_comes_with_the_next_points_of_each_tag(count: int, piece: int) -> None:
    def logged(tag: bytes, steps: Iterable[int]) -> bytes:
        return b"".join(record(event(1.0, step, simple(tag, step))) for step in steps)

    data = logged(b"a", range(count)) + session_starts(7) + session_starts(2)
    data += logged(b"a", range(10, 10 + count)) + session_starts(12) + logged(b"b", [13]) + logged(b"a", [14])
    decoder = TensorBoard().decoder()
    columns = [one for at in range(0, len(data), piece) for one in decoder.feed(data[at : at + piece])]
    resumed = [(one.tag.raw, int(one.x[0]), one.resumed_at) for one in columns if one.resumed_at < math.inf]
    assert sorted(resumed) == [(b"a", 10, 2), (b"a", 14, 12), (b"b", 13, 2)]


def test_the_end_of_a_session_makes_nothing_void() -> None:
    (column,) = (
        TensorBoard()
        .decoder()
        .feed(record(field(1, 1.0) + field(2, 5) + field(7, field(1, 2))) + record(event(1.0, 1, simple(b"a", 1))))
    )
    assert column.resumed_at == math.inf


def test_a_tensor_that_nothing_declares_is_returned_as_not_declared() -> None:
    data = record(event(1.0, 3, tensor(b"a", content(1, struct.pack("<f", 2.0)), b"")))
    (column,) = TensorBoard().decoder().feed(data)
    assert (column.x.tolist(), column.value.tolist(), column.is_declared) == ([3], [2.0], False)


def test_a_value_without_a_number_gives_no_point_but_its_declaration_counts() -> None:
    session = field(1, b"_hparams_/session_start_info") + metadata(b"hparams")
    body = content(1, struct.pack("<f", 2.0))
    declared = field(1, b"a") + metadata(b"mine")
    data = b"".join(
        record(event(1.0, step, value)) for step, value in enumerate([session, declared, tensor(b"a", body)])
    )
    assert decode(TensorBoard().decoder(), data) == {}


def test_all_values_of_an_event_are_read_even_two_of_one_tag() -> None:
    data = record(event(2.0, 5, simple(b"a", 1), image(b"i", 300), float_tensor(b"b", 2), simple(b"a", 3)))
    points = decode(TensorBoard().decoder(), data)
    assert values(points, b"a") == [1, 3]
    assert values(points, b"b") == [2]


def test_the_order_of_fields_and_unknown_fields_make_no_difference() -> None:
    unknown = field(99, b"x") + field(98, 7) + field(97, 1.5) + float_field(96, 1.0)
    value = float_field(2, 0.5) + unknown + field(1, b"t")
    shuffled = field(5, unknown + field(1, value)) + unknown + field(2, 4) + field(1, 9.0)
    points = decode(TensorBoard().decoder(), record(shuffled))
    assert (xs(points, b"t"), values(points, b"t")) == ([4], [0.5])


def test_the_last_of_repeated_fields_counts() -> None:
    value = field(1, b"no") + float_field(2, 1) + field(1, b"t") + float_field(2, 2)
    data = record(field(1, 1.0) + field(1, 5.0) + field(2, 1) + field(2, 7) + field(5, field(1, value)))
    ((x, wall, _),) = decode(TensorBoard().decoder(), data)[b"t"]
    assert (x, wall) == (7, struct.pack("<d", 5.0))


def test_the_last_of_fields_that_exclude_each_other_counts() -> None:
    histogram = field(5, field(1, 1.0))
    assert read_value(simple(b"t", 1) + histogram) == []
    assert read_value(field(1, b"t") + histogram + float_field(2, 1)) == [1]
    assert decode(TensorBoard().decoder(), record(event(1.0, 1, simple(b"t", 1)) + field(4, b"graph"))) == {}


@pytest.mark.parametrize("step", [0, 1, 127, 128, 2**31, 2**56, 2**63 - 1, -1, -(2**63)])
def test_steps_of_every_size_are_read(step: int) -> None:
    data = record(event(1.0, step, simple(b"t", 1)))
    assert xs(decode(TensorBoard().decoder(), data), b"t") == [float(step)]


def test_a_tensor_without_tag_is_named_after_its_node() -> None:
    value = field(7, b"node") + field(8, content(1, struct.pack("<f", 2.0))) + metadata()
    assert read_value(value, b"node") == [2.0]


def test_the_axis_of_epoch_tags_is_the_epoch() -> None:
    data = record(event(1.0, 1, float_tensor(b"epoch_loss", 1), float_tensor(b"batch_loss", 1)))
    axes = {scalars.tag.text: scalars.axis for scalars in TensorBoard().decoder().feed(data)}
    assert axes == {"epoch_loss": "epoch", "batch_loss": "step"}


@pytest.mark.parametrize("payload", [b"", version(), event(1.0, 1), field(7, field(1, 1)), field(4, b"graph")])
def test_events_without_scalars_give_no_point_and_no_notice(payload: bytes) -> None:
    decoder = TensorBoard().decoder()
    assert decode(decoder, record(payload)) == {}
    assert list(decoder.warnings) == []


@pytest.mark.parametrize(
    "payload",
    [
        field(1, 1.0)[:-1],
        b"\x80" * 20,
        b"\xff" * (1 << 22),
        b"\x0b" * 5000,
        b"\x2a\xff\xff\xff\xff\x0f",
        field(5, field(1, field(1, b"t"))[:-1]),
        field(5, b"\x0a\x00" * 200_000),
    ],
    ids=["cut", "endless varint", "megabytes of varint", "groups", "length beyond", "inner cut", "too many values"],
)
def test_a_record_that_is_not_an_event_is_left_out_with_a_notice(payload: bytes) -> None:
    decoder = TensorBoard().decoder()
    good = record(event(1.0, 1, simple(b"t", 1)))
    assert values(decode(decoder, good + record(payload) + good), b"t") == [1, 1]
    assert list(decoder.warnings) == ["1 record left out: not an event"]
