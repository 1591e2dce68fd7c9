"""All records of an event file are found, whatever their number, size and order."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.decoding import Points, decode_in_pieces, event, field, image, record, simple, xs

from lossmon_adapters.tensorboard import TensorBoard


def small(step: int) -> bytes:
    return record(event(1.0, step, simple(b"loss", 1)))


def large(step: int) -> bytes:
    return record(event(1.0, step, simple(b"loss", 1), image(b"i", 3000)))


def lone_image(step: int) -> bytes:
    return record(event(1.0, step, image(b"i", 3000)))


def largest_small(step: int) -> bytes:
    return with_payload_bytes(255, step)


def smallest_large(step: int) -> bytes:
    return with_payload_bytes(256, step)


def with_payload_bytes(size: int, step: int) -> bytes:
    """Return a record with a scalar, filled up with an unknown field."""
    payload = event(1.0, step, simple(b"loss", 1))
    payload += field(99, bytes(size - len(payload) - 4))
    assert len(payload) == size
    return record(payload)


def records_in_runs(seed: int) -> tuple[bytes, list[float]]:
    """Return an event file of small records in a row with others between, and the steps of its scalars."""
    randomness = random.Random(seed)
    records: list[bytes] = []
    steps: list[float] = []

    def write(make_record: Callable[[int], bytes], count: int) -> None:
        for step in range(len(records), len(records) + count):
            records.append(make_record(step))
            steps.extend([] if make_record is lone_image else [step])

    for _ in range(randomness.randrange(1, 12)):
        write(small, randomness.choice([0, 3, 63, 64, 65, 150, 700, 3000]))
        write(randomness.choice([large, lone_image, largest_small, smallest_large]), randomness.choice([1, 1, 40]))
    return b"".join(records), steps


def read(data: bytes, piece: int = 0) -> tuple[Points, list[str]]:
    """Return points and warnings of *data*, fed in pieces of *piece* bytes."""
    decoder = TensorBoard().decoder()
    points = decode_in_pieces(decoder, data, piece or len(data))
    return points, list(decoder.warnings)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([2**30, 300_000, 70_000, 5000]))
def test_small_and_large_records_are_found_one_after_the_other(seed: int, piece: int) -> None:
    data, steps = records_in_runs(seed)
    points, warnings = read(data, piece)
    assert xs(points, b"loss") == steps
    assert warnings == []


@pytest.mark.parametrize("before", [1, 64, 500, 5000])
def test_records_before_a_damaged_header_are_found(before: int) -> None:
    data = b"".join(map(small, range(before)))
    points, warnings = read(data + b"\1" * 9000)
    assert xs(points, b"loss") == list(range(before))
    # The last 11 bytes may be the start of a header.
    assert warnings == [f"{9000 - 11:,} damaged bytes left out at byte {len(data):,}"]


@pytest.mark.parametrize("before", [1, 64, 500, 5000])
def test_records_within_the_payload_of_another_are_not_found(before: int) -> None:
    inner = b"".join(map(small, range(1_000_000, 1_000_100)))
    outer = record(event(1.0, before, simple(b"loss", 1)) + field(99, inner))
    points, warnings = read(
        b"".join(map(small, range(before))) + outer + b"".join(small(before + 1 + at) for at in range(5))
    )
    assert xs(points, b"loss") == list(range(before + 6))
    assert warnings == []


def warnings_about_damage(payload: bytes) -> list[str]:
    """Return the warnings about a record with *payload* and a wrong CRC, between intact records."""
    broken = record(payload)[:-1] + bytes([record(payload)[-1] ^ 1])
    points, warnings = read(small(0) + broken + small(1))
    assert xs(points, b"loss") == [0, 1]
    return warnings


@pytest.mark.parametrize("size", [1024, 16_300, 16_384, 16_600, 300_000, 2_097_152])
@pytest.mark.parametrize("step", [0, 5, 300, 2**40, -1])
def test_the_checksum_of_a_lone_image_is_not_read(size: int, step: int) -> None:
    assert warnings_about_damage(event(1.0, step, image(b"i", size))) == []


@pytest.mark.parametrize(
    "payload",
    [
        event(1.0, 1, simple(b"t", 1), image(b"i", 3000)),
        event(1.0, 1, image(b"i", 3000), simple(b"t", 1)),
        event(1.0, 1, simple(b"t" * 3000, 1)),
        field(1, 1.0) + b"\x10" + b"\xff" * 3000,
        b"\xff" * 3000,
        bytes(3000),
    ],
    ids=["scalar before", "scalar behind", "long tag", "endless step", "ones", "zeros"],
)
def test_the_checksum_is_read_of_records_that_may_hold_a_scalar(payload: bytes) -> None:
    assert warnings_about_damage(payload) == ["1 record left out: the checksum is wrong"]
