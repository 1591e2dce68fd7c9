"""Damage affects only the damaged records, and a warning reports it."""

from __future__ import annotations

import gzip
import random
import struct
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.decoding import (
    decode,
    decode_in_pieces,
    event,
    field,
    float_tensor,
    header,
    image,
    metadata,
    points_by_tag,
    record,
    simple,
    tensor,
    values,
    xs,
)

from lossmon_adapters.tensorboard import TensorBoard

COUNT = 400
RECORDS = [record(event(1.7e9 + step, step, simple(b"loss/train", 1 / (step + 1)))) for step in range(COUNT)]
WHOLE_FILE = b"".join(RECORDS)
OFFSET_200 = sum(map(len, RECORDS[:200]))
RECORD_BYTES = len(RECORDS[200])


def read(data: bytes, piece: int = 0) -> tuple[list[float], list[str]]:
    decoder = TensorBoard().decoder()
    points = decode_in_pieces(decoder, data, piece or len(data))
    return xs(points, b"loss/train"), list(decoder.warnings)


def all_steps_except(*steps: int) -> list[float]:
    return [float(step) for step in range(COUNT) if step not in steps]


@pytest.mark.parametrize(("piece", "stride"), [(0, 1), (61, 13), (4096, 7)])
def test_a_flipped_bit_costs_only_its_record(piece: int, stride: int) -> None:
    for bit in range(0, 8 * RECORD_BYTES, stride):
        data = bytearray(WHOLE_FILE)
        data[OFFSET_200 + bit // 8] ^= 1 << bit % 8
        steps, warnings = read(bytes(data), piece)
        assert (bit, steps) == (bit, all_steps_except(200))
        assert len(warnings) == 1


@pytest.mark.parametrize("piece", [0, 61])
@pytest.mark.parametrize("filler", [b"\0", b"\xa7"])
@pytest.mark.parametrize("records", [1, 5, 150])
def test_overwritten_bytes_cost_only_the_records_they_were_in(records: int, filler: bytes, piece: int) -> None:
    size = sum(map(len, RECORDS[200 : 200 + records])) - 20
    data = WHOLE_FILE[: OFFSET_200 + 10] + filler * size + WHOLE_FILE[OFFSET_200 + 10 + size :]
    steps, warnings = read(data, piece)
    assert steps == all_steps_except(*range(200, 200 + records))
    assert warnings


@pytest.mark.parametrize("piece", [0, 61])
def test_five_kilobytes_of_noise_are_skipped(piece: int) -> None:
    noise = random.Random(3).randbytes(5000)
    steps, warnings = read(WHOLE_FILE[:OFFSET_200] + noise + WHOLE_FILE[OFFSET_200:], piece)
    assert steps == all_steps_except()
    assert warnings == [f"5,000 damaged bytes left out at byte {OFFSET_200:,}"]


@pytest.mark.parametrize("piece", [0, 61, 7])
@pytest.mark.parametrize("missing", [1, 11, 20])
def test_missing_bytes_cost_only_the_record_they_are_missing_from(missing: int, piece: int) -> None:
    steps, warnings = read(WHOLE_FILE[: OFFSET_200 + 13] + WHOLE_FILE[OFFSET_200 + 13 + missing :], piece)
    assert steps == all_steps_except(200)
    assert warnings


def test_damaged_places_are_counted() -> None:
    data = bytearray(WHOLE_FILE)
    data[OFFSET_200] ^= 1
    data[OFFSET_200 + 3 * RECORD_BYTES] ^= 1
    _, warnings = read(bytes(data))
    assert warnings == [f"{2 * RECORD_BYTES} damaged bytes left out in 2 places, the first at byte {OFFSET_200:,}"]


def test_records_with_a_wrong_checksum_are_counted() -> None:
    data = bytearray(WHOLE_FILE)
    for record_number in (200, 300, 399):
        data[sum(map(len, RECORDS[:record_number])) + 20] ^= 1
    steps, warnings = read(bytes(data))
    assert steps == all_steps_except(200, 300, 399)
    assert warnings == ["3 records left out: the checksum is wrong"]


def test_zeros_at_the_end_give_no_notice_until_more_is_written() -> None:
    decoder = TensorBoard().decoder()
    half = len(RECORDS[0]) // 2
    assert decoder.feed(WHOLE_FILE[: OFFSET_200 + half] + bytes(4096 - half)) != []
    assert list(decoder.warnings) == []
    assert decoder.feed(bytes(4096)) == []
    assert list(decoder.warnings) == []
    points = decode(decoder, WHOLE_FILE[OFFSET_200 + RECORD_BYTES :])
    assert xs(points, b"loss/train") == [float(step) for step in range(201, COUNT)]
    assert list(decoder.warnings) == [f"8,192 damaged bytes left out at byte {OFFSET_200:,}"]


@pytest.mark.parametrize("packed", [gzip.compress(WHOLE_FILE), zlib.compress(WHOLE_FILE)], ids=["gzip", "zlib"])
@pytest.mark.parametrize("piece", [0, 1])
def test_a_compressed_file_is_reported_and_not_read(packed: bytes, piece: int) -> None:
    decoder = TensorBoard().decoder()
    assert decode_in_pieces(decoder, packed[:3000], piece or 3000) == {}
    assert list(decoder.warnings) == ["compressed event file: not supported, unpack it"]
    assert decoder.skip > 2**60


@pytest.mark.parametrize("length", [2**31, 2**33, 2**40, 2**60, 2**63 - 1, 2**64 - 4, 2**64 - 1])
@pytest.mark.parametrize("piece", [0, 100])
def test_an_impossible_length_is_damage(length: int, piece: int) -> None:
    steps, warnings = read(WHOLE_FILE[:OFFSET_200] + header(length) + WHOLE_FILE[OFFSET_200:], piece)
    assert steps == all_steps_except()
    assert warnings == [f"12 damaged bytes left out at byte {OFFSET_200:,}"]


def test_a_record_of_a_gigabyte_is_not_kept_in_memory() -> None:
    decoder = TensorBoard().decoder()
    decoder.feed(header(2**30) + field(1, 1.0) + field(5, field(1, simple(b"t", 1)) + b"\0" * 500)[:60])
    tracemalloc.start()
    for _ in range(70):
        decoder.feed(bytes(1 << 20))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 2**26 + 2**22
    assert decoder.skip or list(decoder.warnings)


def test_the_name_of_a_tag_of_a_megabyte_is_short() -> None:
    data = b"".join(record(event(1.0, step, simple(b"n" * 1_000_000, step))) for step in range(3))
    (scalars,) = TensorBoard().decoder().feed(data)
    assert len(scalars) == 3
    assert len(scalars.tag.raw) < 5000


def test_more_than_10000_tags_are_left_out_with_a_notice() -> None:
    decoder = TensorBoard().decoder()
    tags = 0
    for first in range(0, 12_000, 3000):
        names = [b"tag%06d" % number for number in range(first, first + 3000)]
        tags += len(decoder.feed(b"".join(record(event(1.0, 0, simple(name, 1))) for name in names)))
    assert tags == 10_000
    assert list(decoder.warnings) == ["more than 10,000 tags: the points of the others are left out"]


def test_a_loss_is_kept_after_any_number_of_other_tags() -> None:
    decoder = TensorBoard().decoder()
    for first in range(0, 12_000, 3000):
        names = [b"tag%06d" % number for number in range(first, first + 3000)]
        decoder.feed(b"".join(record(event(1.0, 0, simple(name, 1))) for name in names))
    assert values(points_by_tag(decoder.feed(record(event(1.0, 0, simple(b"Val/Loss", 0.5))))), b"Val/Loss") == [0.5]
    losses = [b"loss%06d" % number for number in range(12_000)]
    kept = decoder.feed(b"".join(record(event(1.0, 0, simple(name, 1))) for name in losses))
    assert len(kept) < 10_000


def test_an_image_is_skipped_after_its_first_bytes() -> None:
    decoder = TensorBoard().decoder()
    big = record(event(1.0, 1, image(b"i", 1_000_000)))
    assert decoder.feed(WHOLE_FILE + big[:600]) != []
    assert decoder.skip == len(big) - 600
    decoder.skipped(decoder.skip - 10)
    assert decoder.skip == 10
    assert values(decode(decoder, big[-10:] + RECORDS[0]), b"loss/train") == [1.0]
    assert list(decoder.warnings) == []


def test_bytes_that_could_be_skipped_may_be_fed() -> None:
    big = record(event(1.0, 1, image(b"i", 100_000)))
    steps, warnings = read(WHOLE_FILE + big + WHOLE_FILE, 700)
    assert steps == all_steps_except() * 2
    assert warnings == []


def test_damage_within_an_image_gives_no_notice() -> None:
    big = bytearray(record(event(1.0, 1, image(b"i", 5000))))
    big[3000] ^= 1
    assert read(WHOLE_FILE[:OFFSET_200] + bytes(big) + WHOLE_FILE[OFFSET_200:]) == (all_steps_except(), [])


def test_a_tensor_image_is_skipped_although_its_metadata_follows() -> None:
    pixels = tensor(b"i", field(1, 7) + field(2, field(2, field(1, 3))) + field(8, b"P" * 90_000), metadata(b"images"))
    decoder = TensorBoard().decoder()
    decoder.feed(record(event(1.0, 1, pixels))[:700])
    assert decoder.skip > 80_000


@pytest.mark.parametrize("piece", [600, 5000])
def test_a_record_that_mixes_images_and_scalars_is_read_whole(piece: int) -> None:
    mixed = event(1.0, 7, image(b"i", 20_000), simple(b"a", 1), image(b"j", 20_000), float_tensor(b"b", 2))
    points = decode_in_pieces(TensorBoard().decoder(), record(mixed), piece)
    assert (values(points, b"a"), values(points, b"b")) == ([1], [2])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0, 1, 13, 1000]))
def test_no_damage_raises_an_error_or_adds_points(seed: int, piece: int) -> None:
    randomness = random.Random(seed)
    data = bytearray(WHOLE_FILE[: randomness.randrange(4000, 9000)])
    for _ in range(randomness.randrange(1, 30)):
        begin = randomness.randrange(len(data))
        match randomness.randrange(4):
            case 0:
                data[begin] ^= 1 << randomness.randrange(8)
            case 1:
                del data[begin : begin + randomness.randrange(100)]
            case 2:
                data[begin:begin] = randomness.randbytes(randomness.randrange(100))
            case _:
                data[begin:begin] = header(randomness.choice([0, 5, 255, 70_000, 2**31 - 1, 2**62]))
    decoder = TensorBoard().decoder()
    points = decode_in_pieces(decoder, bytes(data), piece or len(data))
    assert set(points) <= {b"loss/train"}
    written = {float(step): struct.unpack("<f", struct.pack("<f", 1 / (step + 1)))[0] for step in range(COUNT)}
    for x, value in zip(xs(points, b"loss/train"), values(points, b"loss/train"), strict=True):
        assert written[x] == value


TEXT_MODE = b"".join(record(event(1.0, step, simple(b"loss", 1))) for step in range(40_000)).replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    "data",
    [TEXT_MODE, (record(b"") + header(1 << 21)) * 100_000, header(1 << 20) * 300_000],
    ids=["copied in text mode", "headers of large records", "nothing but headers"],
)
def test_the_time_is_bounded_however_much_is_damaged(data: bytes) -> None:
    started = time.process_time()
    _, warnings = read(data, 1 << 22)
    assert time.process_time() - started < 5  # a fraction of a second, unless it grows with the square of the size
    assert warnings


def test_a_file_of_headers_of_records_that_are_none_is_given_up() -> None:
    _, warnings = read(header(1 << 20) * 300_000)
    assert any("too much is damaged" in warning for warning in warnings)


@pytest.mark.parametrize("piece", [700, 5000])
def test_an_image_with_missing_bytes_costs_the_same_records_however_the_file_is_cut(piece: int) -> None:
    big = record(event(1.0, 1, image(b"i", 5000)))
    data = WHOLE_FILE[:OFFSET_200] + big[:3000] + big[3007:] + WHOLE_FILE[OFFSET_200:]
    steps, warnings = read(data)
    assert steps == all_steps_except(200) == read(data, piece)[0]
    assert warnings
