"""What it costs to follow one log, and what its x counts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.decoding import event, field, header, record, simple, varint, version
from tests.support.logs import read_log

from lossmon.runs import Log
from lossmon.sources.local_file import ANCHOR
from lossmon_adapters.console import ConsoleOutput
from lossmon_adapters.tensorboard import TensorBoard

SCALARS = b"".join(record(event(1.7e9, step, simple(b"loss", 1.0))) for step in range(1000))
NEXT = record(event(1.8e9, 1000, simple(b"loss", 2.0)))


def image_record_start(size: int) -> bytes:
    """Return a record with *size* bytes of image, up to the first of these bytes."""
    head = b""
    for number, before in ((4, b""), (4, field(1, b"i")), (1, b""), (5, field(1, 1.7e9))):
        head = before + varint(number << 3 | 2) + varint(len(head) + size) + head
    return header(len(head) + size) + head


def log_of(path: Path, size: int) -> Log:
    """Write a log with *size* bytes of image before its scalars, and read it to its end."""
    with path.open("wb") as file:
        file.write(record(version()) + image_record_start(size))
        file.seek(size, os.SEEK_CUR)
        file.write(b"crc." + SCALARS)
    return read_log(path, TensorBoard())


@pytest.mark.parametrize("size", [1 << 12, 500 << 20])
def test_the_bytes_read_for_one_more_record_do_not_depend_on_the_size_of_the_log(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_of(tmp_path / "events.out.tfevents.1", size)
    (series,) = log.runs[0].series.values()
    assert (log.unread, series.logged) == (0, 1000)
    pread, sizes = os.pread, list[int]()

    def counted(descriptor: int, count: int, position: int) -> bytes:
        data = pread(descriptor, count, position)
        sizes.append(len(data))
        return data

    monkeypatch.setattr(os, "pread", counted)
    with Path(log.path).open("ab") as file:
        file.write(NEXT)
    assert log.poll()
    assert sum(sizes) <= 2 * ANCHOR + len(NEXT)
    assert series.logged == 1001


def test_x_counts_what_the_output_counts_later(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("Evaluating, epoch 0/9\nloss: 3\nEpoch: 0, Step: 10, loss: 2\nval loss: 2\nEvaluating\nloss: 2.5\n")
    log = read_log(path, ConsoleOutput())
    assert {series.axis for series in log.runs[0].series.values()} == {"step"}
