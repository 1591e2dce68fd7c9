"""What every format promises, tried on every real log there is."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.decoding import DATA, SAMPLES, Points, decoded, decoded_in_pieces, taken

from lossmon.sources.protocol import Adapter, find_adapter
from lossmon_adapters import BUILTIN

EXHAUSTIVE = "LOSSMON_EXHAUSTIVE" in os.environ
"""Cut every file up to 64 KB at every byte; takes minutes."""


def adapter_of(path: Path) -> Adapter | None:
    with path.open("rb") as file:
        head = file.read(4096)
    return find_adapter(BUILTIN, path, head)


def logs(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and adapter_of(path):
            yield path


def adapter_for(path: Path) -> Adapter:
    adapter = adapter_of(path)
    assert adapter
    return adapter


BUNDLED = list(logs(DATA))
EVERY = BUNDLED + list(logs(SAMPLES))
every_log = pytest.mark.parametrize("path", EVERY, ids=[f"{path.parent.name}/{path.name}"[-60:] for path in EVERY])
bundled_log = pytest.mark.parametrize("path", BUNDLED, ids=[path.name for path in BUNDLED])


def cuts(size: int, source: random.Random) -> list[int]:
    if size <= 500 or (EXHAUSTIVE and size <= 65536):
        return list(range(1, size))
    return source.sample(range(1, size), 500 if EXHAUSTIVE else 12)


def test_there_is_a_log_of_every_format() -> None:
    assert {adapter.name for adapter in BUILTIN} == {adapter_for(path).name for path in BUNDLED}


def test_every_format_has_a_name_and_decoders_of_its_own() -> None:
    assert len({adapter.name for adapter in BUILTIN}) == len(BUILTIN)
    assert all(adapter.decoder() is not adapter.decoder() for adapter in BUILTIN)


@every_log
def test_the_points_do_not_depend_on_where_a_log_is_cut(path: Path) -> None:
    data = path.read_bytes()
    adapter = adapter_for(path)
    whole = decoded(adapter.decoder(), data)
    source = random.Random(path.name)
    for cut in cuts(len(data), source):
        assert decoded(adapter.decoder(), data, [cut]) == whole
    for many in (2, 20, 200):
        places = sorted(source.sample(range(len(data)), min(many, len(data))))
        assert decoded(adapter.decoder(), data, places) == whole


@bundled_log
def test_a_log_may_come_byte_by_byte(path: Path) -> None:
    data = path.read_bytes()[:12_000]
    adapter = adapter_for(path)
    assert decoded_in_pieces(adapter.decoder(), data, 1) == decoded(adapter.decoder(), data)


@bundled_log
def test_each_bundled_log_has_points_and_no_notices(path: Path) -> None:
    decoder = adapter_for(path).decoder()
    assert decoded(decoder, path.read_bytes())
    assert list(decoder.notices) == []


def decoded_with_skips(adapter: Adapter, data: bytes, source: random.Random) -> Points:
    decoder = adapter.decoder()
    columns = []
    at = 0
    while at < len(data):
        if decoder.skip and source.random() < 0.8:
            left_out = source.randint(1, min(decoder.skip, len(data) - at))
            decoder.skipped(left_out)
            at += left_out
        size = source.choice([1, 100, 1000, 5000])
        columns += decoder.feed(data[at : at + size])
        at += size
    return taken(columns)


@every_log
def test_bytes_that_a_decoder_skips_change_no_point(path: Path) -> None:
    data = path.read_bytes()
    adapter = adapter_for(path)
    assert decoded_with_skips(adapter, data, random.Random(path.name)) == decoded(adapter.decoder(), data)


def corrupted(data: bytes, source: random.Random) -> bytes:
    """Return *data* with a few bytes flipped, lost, doubled or made up."""
    copy = bytearray(data)
    for _ in range(source.randrange(1, 20)):
        begin = source.randrange(len(copy) + 1)
        size = source.choice([1, 3, 60])
        match source.randrange(5):
            case 0:
                copy[begin : begin + size] = source.randbytes(size)
            case 1:
                del copy[begin : begin + size]
            case 2:
                copy[begin:begin] = copy[begin : begin + size]
            case 3:
                copy[begin:begin] = source.choice([b"\n", b'"', b"{", b"[", b",", b"\0", b"\r", b"\x1b[0m", b"9" * 50])
            case _:
                copy[begin:begin] = bytes(size)
    return bytes(copy)


@bundled_log
def test_no_damage_makes_a_decoder_raise(path: Path) -> None:
    source = random.Random(path.name)
    data = path.read_bytes()[:20_000]
    adapter = adapter_for(path)
    for _ in range(30):
        damaged = corrupted(data, source)
        decoder = adapter.decoder()
        for column in decoder.feed(damaged):
            assert len(column.x) == len(column.wall) == len(column.value)
        assert all(isinstance(notice, str) for notice in decoder.notices)


@pytest.mark.parametrize("adapter", BUILTIN, ids=lambda adapter: adapter.name)
@bundled_log
def test_a_decoder_of_another_format_does_not_raise(path: Path, adapter: Adapter) -> None:
    decoded_in_pieces(adapter.decoder(), path.read_bytes()[:20_000], 777)


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = "import sys, lossmon_adapters; print({'numpy', 'google_crc32c', 'lossmon.core.points'} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    shown = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout == "set()\n"
