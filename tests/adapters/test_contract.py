"""All formats keep the contract of adapters and decoders, shown on all real logs."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from tests.support.decoding import DATA, SAMPLES, Points, decode, decode_in_pieces, find_adapter, points_by_tag

from lossmon.sources.abilities import SupportsFinish
from lossmon.sources.protocol import Adapter, Decoder
from lossmon_adapters import BUILTIN

EXHAUSTIVE = "LOSSMON_EXHAUSTIVE" in os.environ
"""If set, files up to 64 KB are cut at every byte, which takes minutes."""


def claiming_adapter(path: Path) -> Adapter | None:
    with path.open("rb") as file:
        head = file.read(4096)
    return find_adapter(path, head)


def logs(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and claiming_adapter(path):
            yield path


def adapter_for(path: Path) -> Adapter:
    adapter = claiming_adapter(path)
    assert adapter
    return adapter


BUNDLED = list(logs(DATA))
ALL_LOGS = BUNDLED + list(logs(SAMPLES))
every_log = pytest.mark.parametrize(
    "path", ALL_LOGS, ids=[f"{path.parent.name}/{path.name}"[-60:] for path in ALL_LOGS]
)
bundled_log = pytest.mark.parametrize("path", BUNDLED, ids=[f"{path.parent.name}/{path.name}" for path in BUNDLED])


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample logs of real frameworks are not beside the repository")
def test_the_sample_logs_of_real_frameworks_are_covered_too() -> None:
    assert len(ALL_LOGS) > len(BUNDLED)


def cuts(size: int, randomness: random.Random) -> list[int]:
    if size <= 500 or (EXHAUSTIVE and size <= 65536):
        return list(range(1, size))
    return randomness.sample(range(1, size), 500 if EXHAUSTIVE else 12)


def test_the_test_data_has_a_log_of_every_format() -> None:
    assert {adapter.name for adapter in BUILTIN} == {adapter_for(path).name for path in BUNDLED}


def test_every_format_has_a_name_and_decoders_of_its_own() -> None:
    assert len({adapter.name for adapter in BUILTIN}) == len(BUILTIN)
    assert all(adapter.decoder() is not adapter.decoder() for adapter in BUILTIN)


@every_log
def test_the_points_are_the_same_however_a_log_is_cut(path: Path) -> None:
    data = path.read_bytes()
    adapter = adapter_for(path)
    whole = decode(adapter.decoder(), data)
    randomness = random.Random(path.name)
    for cut in cuts(len(data), randomness):
        assert decode(adapter.decoder(), data, [cut]) == whole
    for count in (2, 20, 200):
        many_cuts = sorted(randomness.sample(range(len(data)), min(count, len(data))))
        assert decode(adapter.decoder(), data, many_cuts) == whole


def one_row_without_newline(data: bytes) -> bytes:
    return b"\r\n".join(data.replace(b"\r\n", b"\n").split(b"\n")[:2])


def as_text(data: bytes, encoding: str) -> bytes:
    return data.decode("utf-8", "replace").encode(encoding, "replace")


UNUSUAL_FORMS: dict[str, Callable[[bytes], bytes]] = {
    "followed by a letter": lambda data: data + b"x",
    "followed by a bracket": lambda data: data.rstrip() + b"\n}",
    "followed by junk": lambda data: data + b'\0\xff}]\x1b["\\',
    "twice": lambda data: data + data,
    "without the last newline": lambda data: data.rstrip(),
    "one CRLF row without newline": one_row_without_newline,
    "lines ended by CR LF": lambda data: data.replace(b"\n", b"\r\n"),
    "lines ended by CR": lambda data: data.replace(b"\n", b"\r"),
    "lines ended by LF CR": lambda data: data.replace(b"\n", b"\n\r"),
    "UTF-16": lambda data: as_text(data, "utf-16"),
    "UTF-32": lambda data: as_text(data, "utf-32"),
    "UTF-32, big endian": lambda data: b"\0\0\xfe\xff" + as_text(data, "utf-32-be"),
}


@pytest.mark.parametrize("form", UNUSUAL_FORMS)
@bundled_log
def test_the_points_of_a_log_in_an_unusual_form_are_the_same_however_it_is_cut(path: Path, form: str) -> None:
    data, adapter = UNUSUAL_FORMS[form](path.read_bytes()[:12_000]), adapter_for(path)
    randomness = random.Random(path.name)
    whole = read_to_end(adapter.decoder(), data, [])
    for count in (1, 1, 3, 40):
        assert read_to_end(adapter.decoder(), data, sorted(randomness.choices(range(len(data)), k=count))) == whole
    start = data[:400]
    assert read_to_end(adapter.decoder(), start, range(1, 400)) == read_to_end(adapter.decoder(), start, [])


def read_to_end(decoder: Decoder, data: bytes, cuts: Sequence[int]) -> dict[str, Points]:
    """Return all points of *data*, cut at *cuts*, with those of a last line without newline; by run."""
    batches = [one for begin, end in pairwise([0, *cuts, len(data)]) for one in decoder.feed(data[begin:end])]
    batches += decoder.finish() if isinstance(decoder, SupportsFinish) else []
    runs = dict.fromkeys(one.run for one in batches)
    return {run: points_by_tag(one for one in batches if one.run == run) for run in runs}


def points_of_runs(decoder: Decoder, pieces: Iterable[bytes]) -> Counter[tuple[str, bytes]]:
    """Return how many points each tag of each run has."""
    return sum(
        (Counter({(one.run, one.tag.raw): len(one)}) for data in pieces for one in decoder.feed(data)), Counter()
    )


@every_log
def test_the_points_belong_to_the_same_runs_however_a_log_is_cut(path: Path) -> None:
    data, adapter = path.read_bytes(), adapter_for(path)
    middle = random.Random(path.name).randrange(len(data) + 1)
    whole, cut = (points_of_runs(adapter.decoder(), pieces) for pieces in ([data], [data[:middle], data[middle:]]))
    assert cut == whole


@bundled_log
def test_the_points_are_the_same_when_a_log_is_fed_byte_by_byte(path: Path) -> None:
    data = path.read_bytes()[:12_000]
    adapter = adapter_for(path)
    assert decode_in_pieces(adapter.decoder(), data, 1) == decode(adapter.decoder(), data)


@bundled_log
def test_a_bundled_log_has_points_and_no_warnings(path: Path) -> None:
    decoder = adapter_for(path).decoder()
    assert decode(decoder, path.read_bytes())
    assert list(decoder.warnings) == []


def decoded_with_skips(adapter: Adapter, data: bytes, randomness: random.Random) -> Points:
    decoder = adapter.decoder()
    scalars = []
    at = 0
    while at < len(data):
        if decoder.skip and randomness.random() < 0.8:
            count = randomness.randint(1, min(decoder.skip, len(data) - at))
            decoder.skipped(count)
            at += count
        size = randomness.choice([1, 100, 1000, 5000])
        scalars += decoder.feed(data[at : at + size])
        at += size
    return points_by_tag(scalars)


@every_log
def test_skipping_what_a_decoder_does_not_need_changes_no_point(path: Path) -> None:
    data = path.read_bytes()
    adapter = adapter_for(path)
    assert decoded_with_skips(adapter, data, random.Random(path.name)) == decode(adapter.decoder(), data)


def corrupted(data: bytes, randomness: random.Random) -> bytes:
    """Return *data* with some bytes overwritten, removed, repeated or inserted."""
    copy = bytearray(data)
    for _ in range(randomness.randrange(1, 20)):
        begin = randomness.randrange(len(copy) + 1)
        size = randomness.choice([1, 3, 60])
        match randomness.randrange(5):
            case 0:
                copy[begin : begin + size] = randomness.randbytes(size)
            case 1:
                del copy[begin : begin + size]
            case 2:
                copy[begin:begin] = copy[begin : begin + size]
            case 3:
                copy[begin:begin] = randomness.choice(
                    [
                        b"\n",
                        b'"',
                        b"{",
                        b"[",
                        b",",
                        b"\0",
                        b"\r",
                        b"\x1b[0m",
                        b"9" * 50,
                        b".",
                        b"-",
                        b"e",
                        b"nan",
                        b"1e999",
                    ]
                )
            case _:
                copy[begin:begin] = bytes(size)
    return bytes(copy)


@bundled_log
def test_damage_never_raises_an_error(path: Path) -> None:
    randomness = random.Random(path.name)
    data = path.read_bytes()[:20_000]
    adapter = adapter_for(path)
    for _ in range(40):
        damaged = corrupted(data, randomness)
        decoder = adapter.decoder()
        for scalars in decoder.feed(damaged):
            assert len(scalars.x) == len(scalars.wall_time) == len(scalars.value)
        assert all(isinstance(warning, str) for warning in decoder.warnings)


@pytest.mark.parametrize("adapter", BUILTIN, ids=lambda adapter: adapter.name)
@bundled_log
def test_a_log_of_another_format_never_raises_an_error(path: Path, adapter: Adapter) -> None:
    decode_in_pieces(adapter.decoder(), path.read_bytes()[:20_000], 777)


def test_importing_the_adapters_does_not_import_numpy() -> None:
    code = "import sys, lossmon_adapters; print({'numpy', 'google_crc32c', 'lossmon.core.points'} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert process.stdout == "set()\n"
