"""Write event files for measuring readers, as the usual writers write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from tests.support.decoding import event, field, float_tensor, record, simple, version

_TAGS = [f"{part}/{metric}".encode() for part in ("train", "val") for metric in ("loss", "acc", "lr", "norm", "ppl")]
_START = 1.7e9
"""Wall time of the first event, seconds since 1970."""
_SECONDS_PER_STEP = 0.25
_HISTOGRAM_BYTES = 26_000
_IMAGE_BYTES = 250_000
_HISTOGRAMS = 27
"""Histograms after each image; about 1 MB together with it."""
_SCALARS_BETWEEN = 700
"""Scalars after each group of images and histograms."""


class Logs(NamedTuple):
    """A directory of event files, and what a reader must find in it."""

    path: Path
    points: int
    """Scalars in all files together."""
    bytes: int


def _record(step: int, value: bytes) -> bytes:
    return record(event(_START + step * _SECONDS_PER_STEP, step, value))


def _scalars(count: int, encode: Callable[[bytes, float], bytes], seed: int) -> Iterator[bytes]:
    """Yield *count* records: at each step one of every tag."""
    values = np.random.default_rng(seed).standard_normal(count).astype("<f4").tolist()
    for index, value in enumerate(values):
        step, tag = divmod(index, len(_TAGS))
        yield _record(step, encode(_TAGS[tag], value))


def _open_file(directory: Path) -> BinaryIO:
    """Return a new event file that has its first record."""
    directory.mkdir(parents=True)
    file = (directory / "events.out.tfevents.1700000000.host.1.0").open("wb", buffering=1 << 20)
    file.write(record(version()))
    return file


def one_run(path: Path, count: int, *, tensors: bool = False) -> int:
    """Write one file with *count* scalars of ten tags below *path*, and return how many scalars there are."""
    with _open_file(path / "run") as file:
        file.writelines(_scalars(count, float_tensor if tensors else simple, 0))
    return count


def many_runs(path: Path, runs: int, count: int) -> int:
    """Write *runs* runs of *count* scalars each below *path*."""
    for run in range(runs):
        with _open_file(path / f"run{run:03}") as file:
            file.writelines(_scalars(count, simple, run))
    return runs * count


def mixed(path: Path, size: int) -> int:
    """Write one file of about *size* bytes, most of them histograms and images, below *path*."""
    histogram, image = (bytes(range(1, 251)) * (length // 250) for length in (_HISTOGRAM_BYTES, _IMAGE_BYTES))
    turns = size // 10**6
    scalars = _scalars(turns * _SCALARS_BETWEEN, simple, 0)
    with _open_file(path / "run") as file:
        for turn in range(turns):
            file.write(_record(turn, field(1, b"sample") + field(4, field(4, image))))
            for layer in range(_HISTOGRAMS):
                file.write(_record(turn, field(1, b"weights/%d" % layer) + field(5, field(6, histogram))))
            file.writelines(islice(scalars, _SCALARS_BETWEEN))
    return turns * _SCALARS_BETWEEN


KINDS: dict[str, Callable[[Path], int]] = {
    "1 M scalars": lambda path: one_run(path, 10**6),
    "1 M tensors": lambda path: one_run(path, 10**6, tensors=True),
    "1 GB with images and histograms": lambda path: mixed(path, 10**9),
    "100 runs of 20,000": lambda path: many_runs(path, 100, 20_000),
    "10 M scalars": lambda path: one_run(path, 10**7),
}
"""For each kind of logs, by name, a function that writes them below a directory and returns the number of scalars."""


def prepare_logs(kind: str, root: Path) -> Logs:
    """Return logs of *kind* in the directory *root*; they are written if they do not exist."""
    path = root / kind.replace(" ", "-").replace(",", "")
    points = path / "points"
    if not points.exists():
        points.write_text(str(KINDS[kind](path)))
    size = sum(file.stat().st_size for file in path.rglob("*tfevents*"))
    return Logs(path, int(points.read_text()), size)
