"""Event files to measure readers by, written as the usual writers write them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import google_crc32c
import numpy as np

_TAGS = [f"{part}/{metric}".encode() for part in ("train", "val") for metric in ("loss", "acc", "lr", "norm", "ppl")]
_START = 1.7e9
_MASK = 0xFFFFFFFF
_HISTOGRAM = 26_000
_IMAGE = 250_000
_BETWEEN = 700


class Logs(NamedTuple):
    """A directory of event files, and what a reader must find in it."""

    path: Path
    points: int
    """Scalars in all files together."""
    bytes: int


def _masked_crc(data: bytes) -> int:
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & _MASK


def _record(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    return b"%b%b%b%b" % (
        length,
        struct.pack("<I", _masked_crc(length)),
        payload,
        struct.pack("<I", _masked_crc(payload)),
    )


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _simple(tag: bytes, value: bytes) -> bytes:
    """Return a value as PyTorch and tensorboardX write it."""
    return _field(1, tag) + b"\x15" + value


def _tensor(tag: bytes, value: bytes) -> bytes:
    """Return a value as TensorFlow 2 and Keras write it."""
    metadata = _field(9, _field(1, _field(1, b"scalars")))
    return _field(1, tag) + _field(8, b"\x08\x01" + _field(2, b"") + _field(4, value)) + metadata


def _event(step: int, value: bytes) -> bytes:
    wall = struct.pack("<d", _START + step * 0.25)
    counted = b"\x10" + _varint(step) if step else b""
    return b"\x09" + wall + counted + _field(5, _field(1, value))


def _scalars(count: int, form: Callable[[bytes, bytes], bytes], seed: int) -> Iterator[bytes]:
    """Yield *count* records: at each step one of every tag."""
    values = np.random.default_rng(seed).standard_normal(count).astype("<f4").tobytes()
    for index in range(count):
        step, tag = divmod(index, len(_TAGS))
        yield _record(_event(step, form(_TAGS[tag], values[4 * index : 4 * index + 4])))


def _file(directory: Path) -> BinaryIO:
    directory.mkdir(parents=True)
    file = (directory / "events.out.tfevents.1700000000.host.1.0").open("wb", buffering=1 << 20)
    file.write(_record(b"\x09" + struct.pack("<d", _START) + _field(3, b"brain.Event:2")))
    return file


def one_run(path: Path, count: int, *, tensors: bool = False) -> int:
    """Write one file with *count* scalars of ten tags below *path*, and return how many scalars there are."""
    with _file(path / "run") as file:
        file.writelines(_scalars(count, _tensor if tensors else _simple, 0))
    return count


def many_runs(path: Path, runs: int, count: int) -> int:
    """Write *runs* runs of *count* scalars each below *path*."""
    for run in range(runs):
        with _file(path / f"run{run:03}") as file:
            file.writelines(_scalars(count, _simple, run))
    return runs * count


def mixed(path: Path, size: int) -> int:
    """Write one file of about *size* bytes, most of them histograms and images, below *path*."""
    histogram, image = (bytes(range(1, 251)) * (length // 250) for length in (_HISTOGRAM, _IMAGE))
    turns = size // 10**6
    scalars = _scalars(turns * _BETWEEN, _simple, 0)
    with _file(path / "run") as file:
        for turn in range(turns):
            file.write(_record(_event(turn, _field(1, b"sample") + _field(4, _field(4, image)))))
            for layer in range(27):
                file.write(_record(_event(turn, _field(1, b"weights/%d" % layer) + _field(5, _field(6, histogram)))))
            file.writelines(islice(scalars, _BETWEEN))
    return turns * _BETWEEN


KINDS: dict[str, Callable[[Path], int]] = {
    "1 M scalars": lambda path: one_run(path, 10**6),
    "1 M tensors": lambda path: one_run(path, 10**6, tensors=True),
    "1 GB with images and histograms": lambda path: mixed(path, 10**9),
    "100 runs of 20,000": lambda path: many_runs(path, 100, 20_000),
    "10 M scalars": lambda path: one_run(path, 10**7),
}
"""What each kind of logs is called, and what writes it below a directory."""


def logs(kind: str, below: Path) -> Logs:
    """Return logs of *kind*, written below *below* unless they are there already."""
    path = below / kind.replace(" ", "-").replace(",", "")
    count = path / "points"
    if not count.exists():
        written = KINDS[kind](path)
        count.write_text(str(written))
    size = sum(file.stat().st_size for file in path.rglob("*tfevents*"))
    return Logs(path, int(count.read_text()), size)
