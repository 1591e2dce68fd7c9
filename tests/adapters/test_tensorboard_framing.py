"""Records are found where their lengths say they are, however many there are of which size."""

from __future__ import annotations

import random
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.decoding import event, field, image, record, simple

from lossmon_adapters.tensorboard.framing import HEADER, Framer
from lossmon_adapters.tensorboard.media import WORTH_A_LOOK, is_opaque

SMALL = record(event(1.0, 300, simple(b"loss", 1)))
LARGE = record(event(1.0, 300, image(b"i", 3000)))


def runs(seed: int) -> list[bytes]:
    """Return records, in runs of small ones with others between."""
    source = random.Random(seed)
    records: list[bytes] = []
    for _ in range(source.randrange(1, 12)):
        records += [SMALL] * source.choice([0, 3, 63, 64, 65, 150, 700, 3000])
        records += [source.choice([LARGE, record(b"x" * 255), record(b"x" * 256)])] * source.choice([1, 1, 40])
    return records


def found(framer: Framer, data: bytes, piece: int) -> list[tuple[int, int]]:
    """Return offset and length of all records, looked for in pieces that grow by *piece* bytes."""
    at, places = 0, []
    for end in (*range(piece, len(data), piece), len(data)):
        frames = framer.frames(data, at, end)
        assert not frames.broken
        places += [(int(offset), int(length)) for offset, length in zip(frames.offsets, frames.lengths, strict=True)]
        at = frames.end
    return places


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([2**30, 300_000, 70_000, 5000]))
def test_runs_of_small_records_and_large_ones_are_found_one_after_the_other(seed: int, piece: int) -> None:
    records = runs(seed)
    ends = accumulate(map(len, records))
    expected = [(end - len(one), len(one) - 16) for end, one in zip(ends, records, strict=True)]
    assert found(Framer(), b"".join(records), piece) == expected


@pytest.mark.parametrize("before", [1, 64, 500, 5000])
def test_a_wrong_header_ends_what_is_found(before: int) -> None:
    frames = Framer().frames(SMALL * before + b"\1" * 9000, 0, len(SMALL) * before + 9000)
    assert (len(frames.offsets), frames.end, frames.broken) == (before, before * len(SMALL), True)


@pytest.mark.parametrize("before", [1, 64, 500, 5000])
def test_a_record_inside_another_is_none(before: int) -> None:
    data = SMALL * before + record(SMALL * 100) + SMALL * 5
    assert len(Framer().frames(data, 0, len(data)).offsets) == before + 6


@pytest.mark.parametrize("size", [1024, 16_300, 16_384, 16_600, 300_000, 2_097_152])
@pytest.mark.parametrize("step", [0, 5, 300, 2**40, -1])
def test_a_lone_image_is_told_by_its_beginning(size: int, step: int) -> None:
    data = b"before" + event(1.0, step, image(b"i", size)) + b"after"
    assert is_opaque(data, 6, len(data) - 5)


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
def test_what_may_hold_a_scalar_is_not_taken_for_an_image(payload: bytes) -> None:
    assert len(payload) >= WORTH_A_LOOK
    framed = record(payload)
    assert not is_opaque(framed, HEADER, HEADER + len(payload))
