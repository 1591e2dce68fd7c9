"""Damage costs the records it hit and no others, and is said."""

from __future__ import annotations

import gzip
import random
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.decoding import (
    decoded,
    decoded_in_pieces,
    event,
    field,
    float_tensor,
    header,
    image,
    metadata,
    record,
    simple,
    taken,
    tensor,
    values,
    xs,
)

from lossmon_adapters.tensorboard.decoder import TensorBoardDecoder

COUNT = 400
RECORDS = [record(event(1.7e9 + step, step, simple(b"loss/train", 1 / (step + 1)))) for step in range(COUNT)]
WHOLE = b"".join(RECORDS)
MIDDLE = sum(map(len, RECORDS[:200]))
SIZE = len(RECORDS[200])


def read(data: bytes, piece: int = 0) -> tuple[list[float], list[str]]:
    decoder = TensorBoardDecoder()
    points = decoded_in_pieces(decoder, data, piece or len(data))
    return xs(points, b"loss/train"), list(decoder.notices)


def without(*steps: int) -> list[float]:
    return [float(step) for step in range(COUNT) if step not in steps]


@pytest.mark.parametrize(("piece", "stride"), [(0, 1), (61, 13), (4096, 7)])
def test_a_flipped_bit_costs_its_record_only(piece: int, stride: int) -> None:
    for bit in range(0, 8 * SIZE, stride):
        data = bytearray(WHOLE)
        data[MIDDLE + bit // 8] ^= 1 << bit % 8
        steps, notices = read(bytes(data), piece)
        assert (bit, steps) == (bit, without(200))
        assert len(notices) == 1


@pytest.mark.parametrize("piece", [0, 61])
@pytest.mark.parametrize("hole", [b"\0", b"\xa7"])
@pytest.mark.parametrize("records", [1, 5, 150])
def test_bytes_that_were_overwritten_cost_the_records_they_were_in(records: int, hole: bytes, piece: int) -> None:
    size = sum(map(len, RECORDS[200 : 200 + records])) - 20
    data = WHOLE[: MIDDLE + 10] + hole * size + WHOLE[MIDDLE + 10 + size :]
    steps, notices = read(data, piece)
    assert steps == without(*range(200, 200 + records))
    assert notices


@pytest.mark.parametrize("piece", [0, 61])
def test_five_kilobytes_of_noise_are_stepped_over(piece: int) -> None:
    noise = random.Random(3).randbytes(5000)
    steps, notices = read(WHOLE[:MIDDLE] + noise + WHOLE[MIDDLE:], piece)
    assert steps == without()
    assert notices == [f"5,000 damaged bytes left out at byte {MIDDLE:,}"]


@pytest.mark.parametrize("piece", [0, 61, 7])
@pytest.mark.parametrize("missing", [1, 11, 20])
def test_missing_bytes_cost_the_record_they_are_missing_from(missing: int, piece: int) -> None:
    steps, notices = read(WHOLE[: MIDDLE + 13] + WHOLE[MIDDLE + 13 + missing :], piece)
    assert steps == without(200)
    assert notices


def test_places_are_counted() -> None:
    data = bytearray(WHOLE)
    data[MIDDLE] ^= 1
    data[MIDDLE + 3 * SIZE] ^= 1
    _, notices = read(bytes(data))
    assert notices == [f"{2 * SIZE} damaged bytes left out in 2 places, the first at byte {MIDDLE:,}"]


def test_records_with_a_wrong_checksum_are_counted() -> None:
    data = bytearray(WHOLE)
    for record_number in (200, 300, 399):
        data[sum(map(len, RECORDS[:record_number])) + 20] ^= 1
    steps, notices = read(bytes(data))
    assert steps == without(200, 300, 399)
    assert notices == ["3 records left out: the checksum is wrong"]


def test_zeros_at_the_end_are_waited_for_without_a_word() -> None:
    decoder = TensorBoardDecoder()
    half = len(RECORDS[0]) // 2
    assert decoder.feed(WHOLE[: MIDDLE + half] + bytes(4096 - half)) != []
    assert list(decoder.notices) == []
    assert decoder.feed(bytes(4096)) == []
    assert list(decoder.notices) == []
    points = decoded(decoder, WHOLE[MIDDLE + SIZE :])
    assert xs(points, b"loss/train") == [float(step) for step in range(201, COUNT)]
    assert list(decoder.notices) == [f"8,192 damaged bytes left out at byte {MIDDLE:,}"]


@pytest.mark.parametrize("packed", [gzip.compress(WHOLE), zlib.compress(WHOLE)], ids=["gzip", "zlib"])
@pytest.mark.parametrize("piece", [0, 1])
def test_a_compressed_file_is_named_and_left_alone(packed: bytes, piece: int) -> None:
    decoder = TensorBoardDecoder()
    assert decoded_in_pieces(decoder, packed[:3000], piece or 3000) == {}
    assert list(decoder.notices) == ["compressed event file: not supported, unpack it"]
    assert decoder.skip > 2**60


@pytest.mark.parametrize("claim", [2**31, 2**33, 2**40, 2**60, 2**63 - 1, 2**64 - 4, 2**64 - 1])
@pytest.mark.parametrize("piece", [0, 100])
def test_a_length_no_record_can_have_is_damage(claim: int, piece: int) -> None:
    steps, notices = read(WHOLE[:MIDDLE] + header(claim) + WHOLE[MIDDLE:], piece)
    assert steps == without()
    assert notices == [f"12 damaged bytes left out at byte {MIDDLE:,}"]


def test_a_record_of_a_gigabyte_is_not_held() -> None:
    decoder = TensorBoardDecoder()
    decoder.feed(header(2**30) + field(1, 1.0) + field(5, field(1, simple(b"t", 1)) + b"\0" * 500)[:60])
    for _ in range(70):
        decoder.feed(bytes(1 << 20))
    held = sum(map(len, decoder._held))
    assert held < 2**26 + 2**22
    assert decoder.skip or list(decoder.notices)


def test_a_megabyte_of_tag_is_one_name() -> None:
    data = b"".join(record(event(1.0, step, simple(b"n" * 1_000_000, step))) for step in range(3))
    (column,) = TensorBoardDecoder().feed(data)
    assert len(column) == 3
    assert len(column.tag.raw) < 5000


def test_more_tags_than_a_person_can_mean_are_cut_and_said() -> None:
    decoder = TensorBoardDecoder()
    tags = 0
    for first in range(0, 12_000, 3000):
        names = [b"tag%06d" % number for number in range(first, first + 3000)]
        tags += len(decoder.feed(b"".join(record(event(1.0, 0, simple(name, 1))) for name in names)))
    assert tags == 10_000
    assert list(decoder.notices) == ["more than 10,000 tags: the points of the others are left out"]


def test_a_loss_is_kept_however_many_other_tags_came_before() -> None:
    decoder = TensorBoardDecoder()
    for first in range(0, 12_000, 3000):
        names = [b"tag%06d" % number for number in range(first, first + 3000)]
        decoder.feed(b"".join(record(event(1.0, 0, simple(name, 1))) for name in names))
    assert values(taken(decoder.feed(record(event(1.0, 0, simple(b"Val/Loss", 0.5))))), b"Val/Loss") == [0.5]
    losses = [b"loss%06d" % number for number in range(12_000)]
    kept = decoder.feed(b"".join(record(event(1.0, 0, simple(name, 1))) for name in losses))
    assert len(kept) < 10_000


def test_an_image_is_skipped_once_its_head_was_seen() -> None:
    decoder = TensorBoardDecoder()
    big = record(event(1.0, 1, image(b"i", 1_000_000)))
    assert decoder.feed(WHOLE + big[:600]) != []
    assert decoder.skip == len(big) - 600
    decoder.skipped(decoder.skip - 10)
    assert decoder.skip == 10
    assert values(decoded(decoder, big[-10:] + RECORDS[0]), b"loss/train") == [1.0]
    assert list(decoder.notices) == []


def test_what_was_to_be_skipped_may_come_all_the_same() -> None:
    big = record(event(1.0, 1, image(b"i", 100_000)))
    steps, notices = read(WHOLE + big + WHOLE, 700)
    assert steps == without() * 2
    assert notices == []


def test_damage_within_an_image_matters_to_nobody() -> None:
    big = bytearray(record(event(1.0, 1, image(b"i", 5000))))
    big[3000] ^= 1
    assert read(WHOLE[:MIDDLE] + bytes(big) + WHOLE[MIDDLE:]) == (without(), [])


def test_a_tensor_image_is_skipped_although_its_metadata_follows() -> None:
    pixels = tensor(b"i", field(1, 7) + field(2, field(2, field(1, 3))) + field(8, b"P" * 90_000), metadata(b"images"))
    decoder = TensorBoardDecoder()
    decoder.feed(record(event(1.0, 1, pixels))[:700])
    assert decoder.skip > 80_000


@pytest.mark.parametrize("piece", [600, 5000])
def test_a_record_that_mixes_images_and_scalars_is_read_whole(piece: int) -> None:
    mixed = event(1.0, 7, image(b"i", 20_000), simple(b"a", 1), image(b"j", 20_000), float_tensor(b"b", 2))
    points = decoded_in_pieces(TensorBoardDecoder(), record(mixed), piece)
    assert (values(points, b"a"), values(points, b"b")) == ([1], [2])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0, 1, 13, 1000]))
def test_no_noise_makes_it_raise_or_hold_much(seed: int, piece: int) -> None:
    source = random.Random(seed)
    data = bytearray(WHOLE[: source.randrange(4000, 9000)])
    for _ in range(source.randrange(1, 30)):
        begin = source.randrange(len(data))
        match source.randrange(4):
            case 0:
                data[begin] ^= 1 << source.randrange(8)
            case 1:
                del data[begin : begin + source.randrange(100)]
            case 2:
                data[begin:begin] = source.randbytes(source.randrange(100))
            case _:
                data[begin:begin] = header(source.choice([0, 5, 255, 70_000, 2**31 - 1, 2**62]))
    decoder = TensorBoardDecoder()
    points = decoded_in_pieces(decoder, bytes(data), piece or len(data))
    assert set(points) <= {b"loss/train"}
    true = {float(step): struct.unpack("<f", struct.pack("<f", 1 / (step + 1)))[0] for step in range(COUNT)}
    for x, value in zip(xs(points, b"loss/train"), values(points, b"loss/train"), strict=True):
        assert true[x] == value
