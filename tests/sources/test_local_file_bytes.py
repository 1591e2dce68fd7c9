"""Which bytes the tail reads, holds back, leaves out and pays for."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Any

import pytest

from lossmon.sources.files import TIMESTAMP_RESOLUTION
from lossmon.sources.local_file import ANCHOR, MIN_PADDING, REWRITE_GRACE, Chunk, LocalFileReader

MEGABYTE = 1 << 20
LINES = b"".join(b"epoch %03d loss 1.%03d\n" % (n, n) for n in range(40))
OTHER = b"".join(b"epoch %03d loss 2.%03d val 0.5\n" % (n, n) for n in range(60))


class Follower:
    """A tail with a clock that a test turns, and all it said since it began."""

    def __init__(self, path: Path) -> None:
        self.now = 100.0
        self.tail = LocalFileReader(str(path), clock=lambda: self.now)
        self.heard = b""

    def look(self, limit: int = MEGABYTE, after: float = 0.0, restarted: bool = False) -> Chunk:
        self.now += after
        chunk = self.tail.poll(limit)
        assert chunk.restarted == restarted
        self.heard += chunk.data
        return chunk

    def drain(self, limit: int) -> None:
        while self.look(limit).more:
            pass


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_bytes(LINES)
    return path


@pytest.fixture
def follower(path: Path) -> Follower:
    return Follower(path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each read asked for."""
    pread, asked = os.pread, list[int]()

    def spy(descriptor: int, count: int, position: int) -> bytes:
        asked.append(count)
        return pread(descriptor, count, position)

    monkeypatch.setattr(os, "pread", spy)
    return asked


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_at_most_limit_bytes_come_at_a_time(follower: Follower) -> None:
    chunk = follower.look(limit=7)
    assert (chunk.data, chunk.offset, chunk.more) == (LINES[:7], 0, True)
    chunk = follower.look(limit=len(LINES) - 7)
    assert (chunk.data, chunk.offset, chunk.more) == (LINES[7:], 7, False)


def test_the_bytes_read_do_not_grow_with_the_file(path: Path, follower: Follower, asked: list[int]) -> None:
    os.truncate(path, 1 << 40)
    for _ in range(5):
        follower.look(limit=1000)
        assert sum(asked) <= 2 * 1000 + 2 * ANCHOR
        asked.clear()


def test_an_unchanged_file_costs_one_stat(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    follower.look()
    follower.look(after=TIMESTAMP_RESOLUTION)

    def never(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(os, "open", never)
    assert not follower.look().changed


def test_a_file_is_compared_until_its_times_are_older_than_a_tick(
    path: Path, follower: Follower, asked: list[int]
) -> None:
    follower.look()
    for after in (0.0, TIMESTAMP_RESOLUTION / 2, TIMESTAMP_RESOLUTION / 2):
        asked.clear()
        follower.look(after=after)
        assert asked
    asked.clear()
    follower.look()
    assert not asked


def test_on_a_remote_file_system_a_cached_size_is_not_believed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    tail = LocalFileReader(str(path), remote=True, clock=lambda: now)
    tail.poll(MEGABYTE)
    now = TIMESTAMP_RESOLUTION
    tail.poll(MEGABYTE)
    assert not tail.poll(MEGABYTE).changed
    cached = path.stat()
    monkeypatch.setattr(os, "stat", lambda *_: cached)
    append(path, b"more\n")
    assert tail.poll(MEGABYTE).data == b"more\n"


def test_no_descriptor_is_held_between_looks(path: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    followers = [Follower(path) for _ in range(50)]
    for follower in followers:
        follower.look()
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_pages_of_zeros_are_held_back_until_they_are_filled(path: Path, follower: Follower) -> None:
    os.truncate(path, len(LINES) + 4096)
    follower.look()
    chunk = follower.look(after=TIMESTAMP_RESOLUTION)
    assert (follower.heard, chunk.more) == (LINES, False)
    with path.open("r+b") as file:
        file.seek(len(LINES))
        file.write(b"z" * 4096)
    assert follower.look().data == b"z" * 4096


def test_a_few_zeros_at_the_end_are_data(path: Path, follower: Follower) -> None:
    append(path, b"\0" * (MIN_PADDING - 1))
    follower.look()
    assert follower.heard == LINES + b"\0" * (MIN_PADDING - 1)


@pytest.mark.parametrize("limit", [16, 300, 1000, 5100, 6000, MEGABYTE])
def test_zeros_with_something_behind_them_are_data(path: Path, follower: Follower, limit: int) -> None:
    append(path, b"\0" * 5000 + b"end")
    follower.drain(limit)
    assert follower.heard == LINES + b"\0" * 5000 + b"end"


@pytest.mark.parametrize("zeros", [(1 << 16) - 1, 1 << 16, (1 << 16) + 1, 3 << 16, 3 * MEGABYTE + 7])
@pytest.mark.parametrize("start", [b"", b"x"])
def test_a_long_hole_is_data_once_something_is_behind_it(
    path: Path, follower: Follower, zeros: int, start: bytes
) -> None:
    append(path, start + b"\0" * zeros)
    follower.drain(MEGABYTE)
    assert follower.heard == LINES + start
    append(path, b"end")
    follower.drain(MEGABYTE)
    assert follower.heard == LINES + start + b"\0" * zeros + b"end"


def test_zeros_filled_from_behind_are_found(path: Path, follower: Follower) -> None:
    os.truncate(path, len(LINES) + 5000)
    follower.drain(300)
    with path.open("r+b") as file:
        file.seek(-3, os.SEEK_END)
        file.write(b"end")
    follower.drain(300)
    assert follower.heard == LINES + b"\0" * 4997 + b"end"


def test_a_preallocated_file_written_through_a_mapping_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("w+b") as file:
        file.truncate(MEGABYTE)
        with mmap.mmap(file.fileno(), MEGABYTE) as writer:
            follower = Follower(path)
            for start in range(0, len(LINES), 20):
                line = LINES[start : start + 20]
                writer[start : start + len(line)] = line
                writer.flush()
                follower.look(limit=65536, after=TIMESTAMP_RESOLUTION)
                assert follower.heard == LINES[: start + 20]


def test_skipped_bytes_are_not_read_and_the_anchors_hold(path: Path, follower: Follower, asked: list[int]) -> None:
    path.write_bytes(LINES + b"i" * 1_000_000 + OTHER)
    follower.look(limit=len(LINES))
    assert follower.tail.skip(1_000_000) == 1_000_000
    chunk = follower.look(limit=10_000)
    assert (chunk.data, chunk.offset) == (OTHER, len(LINES) + 1_000_000)
    append(path, b"more\n")
    assert follower.look(limit=10_000).data == b"more\n"
    assert sum(asked) < 50_000


def test_no_more_is_skipped_than_the_file_holds(path: Path, follower: Follower) -> None:
    assert follower.tail.skip(10) == 0
    follower.look(limit=100)
    assert follower.tail.skip(-1) == 0
    assert follower.tail.skip(1 << 60) == len(LINES) - 100
    assert follower.tail.skip(1) == 0
    append(path, b"more\n")
    assert follower.look().data == b"more\n"


def test_a_file_replaced_right_after_a_skip_restarts(path: Path, follower: Follower) -> None:
    follower.look(limit=300)
    follower.tail.skip(200)
    path.write_bytes(OTHER)
    assert follower.look(restarted=True).data == OTHER


def test_skipped_bytes_before_the_offset_are_known_from_then_on(path: Path, follower: Follower) -> None:
    follower.look(limit=300)
    follower.tail.skip(300)
    follower.look(limit=10)
    path.write_bytes(LINES[:300] + OTHER)
    follower.look(restarted=True)


def test_a_file_cut_within_the_skipped_part_waits_and_restarts(path: Path, follower: Follower) -> None:
    follower.look(limit=300)
    follower.tail.skip(400)
    os.truncate(path, 350)
    assert follower.look().data == b""
    assert follower.look(after=REWRITE_GRACE, restarted=True).data == LINES[:350]
