"""Which bytes the reader of a local file reads, holds back and skips, and at what cost."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Any

import pytest
from tests.support.follower import MEGABYTE, OLD, Follower, append

from lossmon.sources.byte_reader import Chunk
from lossmon.sources.files import TIMESTAMP_RESOLUTION
from lossmon.sources.local_file import MIN_PADDING, REWRITE_GRACE, LocalFileReader

OTHER = b"".join(b"epoch %03d loss 2.%03d val 0.5\n" % (n, n) for n in range(60))


class SteadyFollower(Follower):
    """A follower that fails on a restart that the test does not expect."""

    def poll(self, limit: int = MEGABYTE, after: float = 0.0, *, restarted: bool = False) -> Chunk:
        chunk = super().poll(limit, after)
        assert chunk.restarted == restarted
        return chunk


@pytest.fixture
def follower(path: Path) -> SteadyFollower:
    return SteadyFollower(path)


@pytest.fixture
def read_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each read asked for."""
    pread, read_sizes = os.pread, list[int]()

    def spy(descriptor: int, count: int, position: int) -> bytes:
        read_sizes.append(count)
        return pread(descriptor, count, position)

    monkeypatch.setattr(os, "pread", spy)
    return read_sizes


def test_a_poll_returns_at_most_limit_bytes(follower: SteadyFollower) -> None:
    chunk = follower.poll(limit=7)
    assert (chunk.data, chunk.offset, chunk.more) == (OLD[:7], 0, True)
    chunk = follower.poll(limit=len(OLD) - 7)
    assert (chunk.data, chunk.offset, chunk.more) == (OLD[7:], 7, False)


def test_the_bytes_read_do_not_grow_with_the_file(path: Path, follower: SteadyFollower, read_sizes: list[int]) -> None:
    os.truncate(path, 1 << 40)
    for _ in range(5):
        follower.poll(limit=1000)
        assert sum(read_sizes) <= 2 * MEGABYTE
        read_sizes.clear()


def test_an_unchanged_file_costs_one_stat(follower: SteadyFollower, monkeypatch: pytest.MonkeyPatch) -> None:
    follower.poll()
    follower.poll(after=TIMESTAMP_RESOLUTION)

    def never(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(os, "open", never)
    assert not follower.poll().changed


def test_a_file_is_compared_until_its_timestamps_are_old_enough(
    path: Path, follower: SteadyFollower, read_sizes: list[int]
) -> None:
    follower.poll()
    for after in (0.0, TIMESTAMP_RESOLUTION / 2, TIMESTAMP_RESOLUTION / 2):
        read_sizes.clear()
        follower.poll(after=after)
        assert read_sizes
    read_sizes.clear()
    follower.poll()
    assert not read_sizes


def test_on_a_remote_file_system_a_cached_size_is_not_trusted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    reader = LocalFileReader(str(path), remote=True, clock=lambda: now)
    reader.poll(MEGABYTE)
    now = TIMESTAMP_RESOLUTION
    reader.poll(MEGABYTE)
    assert not reader.poll(MEGABYTE).changed
    cached = path.stat()
    monkeypatch.setattr(os, "stat", lambda *_: cached)
    append(path, b"more\n")
    assert reader.poll(MEGABYTE).data == b"more\n"


def test_no_descriptor_stays_open_between_polls(path: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    followers = [SteadyFollower(path) for _ in range(50)]
    for follower in followers:
        follower.poll()
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_zeros_at_the_end_are_held_back_until_they_are_overwritten(path: Path, follower: SteadyFollower) -> None:
    os.truncate(path, len(OLD) + 4096)
    follower.poll()
    chunk = follower.poll(after=TIMESTAMP_RESOLUTION)
    assert (follower.received, chunk.more) == (OLD, False)
    with path.open("r+b") as file:
        file.seek(len(OLD))
        file.write(b"z" * 4096)
    assert follower.poll().data == b"z" * 4096


def test_a_few_zeros_at_the_end_are_data(path: Path, follower: SteadyFollower) -> None:
    append(path, b"\0" * (MIN_PADDING - 1))
    follower.poll()
    assert follower.received == OLD + b"\0" * (MIN_PADDING - 1)


@pytest.mark.parametrize("shown", [1, MIN_PADDING - 1, MIN_PADDING])
def test_zeros_at_the_end_are_held_back_wherever_a_read_ends(path: Path, follower: SteadyFollower, shown: int) -> None:
    append(path, b"\0" * (MIN_PADDING + 4))
    follower.poll_all(len(OLD) + shown)
    assert follower.received == OLD


@pytest.mark.parametrize("limit", [16, 300, 1000, 5100, 6000, MEGABYTE])
def test_zeros_followed_by_other_bytes_are_data(path: Path, follower: SteadyFollower, limit: int) -> None:
    append(path, b"\0" * 5000 + b"end")
    follower.poll_all(limit)
    assert follower.received == OLD + b"\0" * 5000 + b"end"


@pytest.mark.parametrize("zeros", [(1 << 16) - 1, 1 << 16, (1 << 16) + 1, 3 << 16, 3 * MEGABYTE + 7])
@pytest.mark.parametrize("start", [b"", b"x"])
def test_a_long_hole_is_data_after_other_bytes_follow(
    path: Path, follower: SteadyFollower, zeros: int, start: bytes
) -> None:
    append(path, start + b"\0" * zeros)
    follower.poll_all(MEGABYTE)
    assert follower.received == OLD + start
    append(path, b"end")
    follower.poll_all(MEGABYTE)
    assert follower.received == OLD + start + b"\0" * zeros + b"end"


def test_a_hole_of_any_size_at_the_end_is_not_read(path: Path, follower: SteadyFollower, read_sizes: list[int]) -> None:
    os.truncate(path, 100 << 30)
    follower.poll_all(MEGABYTE)
    assert (follower.received, sum(read_sizes) < 8 * MEGABYTE) == (OLD, True)


def test_large_holes_before_data_are_left_out_and_small_ones_are_data(
    path: Path, follower: SteadyFollower, read_sizes: list[int]
) -> None:
    for hole in (5 * MEGABYTE, 3 << 30, 8192):
        os.truncate(path, path.stat().st_size + hole)
        append(path, OTHER)
    follower.poll_all(MEGABYTE)
    text = follower.received.replace(b"\0", b"")
    assert (text, sum(read_sizes) < 16 * MEGABYTE) == (OLD + 3 * OTHER, True)
    append(path, b"end")
    assert follower.poll().data == b"end"


def test_a_hole_at_the_start_of_a_file_is_left_out_and_the_file_is_still_recognised(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch()
    os.truncate(path, 1 << 30)
    append(path, OLD)
    follower = SteadyFollower(path)
    follower.poll_all(MEGABYTE)
    assert follower.received.lstrip(b"\0") == OLD
    append(path, OTHER)
    assert follower.poll().data == OTHER
    path.write_bytes(b"other" * 1000)
    assert follower.poll(restarted=True).data == b"other" * 1000


def test_zeros_overwritten_at_their_end_first_are_data(path: Path, follower: SteadyFollower) -> None:
    os.truncate(path, len(OLD) + 5000)
    follower.poll_all(300)
    with path.open("r+b") as file:
        file.seek(-3, os.SEEK_END)
        file.write(b"end")
    follower.poll_all(300)
    assert follower.received == OLD + b"\0" * 4997 + b"end"


def test_a_preallocated_file_written_through_a_memory_map_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("w+b") as file:
        file.truncate(MEGABYTE)
        with mmap.mmap(file.fileno(), MEGABYTE) as writer:
            follower = SteadyFollower(path)
            for start in range(0, len(OLD), 20):
                line = OLD[start : start + 20]
                writer[start : start + len(line)] = line
                writer.flush()
                follower.poll(limit=65536, after=TIMESTAMP_RESOLUTION)
                assert follower.received == OLD[: start + 20]


def test_skipped_bytes_are_not_read_and_the_file_is_still_recognised(
    path: Path, follower: SteadyFollower, read_sizes: list[int]
) -> None:
    path.write_bytes(OLD + b"i" * 1_000_000 + OTHER)
    follower.poll(limit=len(OLD))
    assert follower.reader.skip(1_000_000) == 1_000_000
    chunk = follower.poll(limit=10_000)
    assert (chunk.data, chunk.offset) == (OTHER, len(OLD) + 1_000_000)
    append(path, b"more\n")
    assert follower.poll(limit=10_000).data == b"more\n"
    assert sum(read_sizes) < 50_000


def test_skipping_ends_at_the_end_of_the_file(path: Path, follower: SteadyFollower) -> None:
    assert follower.reader.skip(10) == 0
    follower.poll(limit=100)
    assert follower.reader.skip(-1) == 0
    assert follower.reader.skip(1 << 60) == len(OLD) - 100
    assert follower.reader.skip(1) == 0
    append(path, b"more\n")
    assert follower.poll().data == b"more\n"


def test_a_file_replaced_right_after_a_skip_restarts(path: Path, follower: SteadyFollower) -> None:
    follower.poll(limit=300)
    follower.reader.skip(200)
    path.write_bytes(OTHER)
    assert follower.poll(restarted=True).data == OTHER


def test_a_rewrite_that_changes_skipped_bytes_before_the_offset_restarts(path: Path, follower: SteadyFollower) -> None:
    follower.poll(limit=300)
    follower.reader.skip(300)
    follower.poll(limit=10)
    path.write_bytes(OLD[:300] + OTHER)
    follower.poll(restarted=True)


def test_a_file_cut_within_the_skipped_part_restarts_after_the_grace_period(
    path: Path, follower: SteadyFollower
) -> None:
    follower.poll(limit=300)
    follower.reader.skip(400)
    os.truncate(path, 350)
    assert follower.poll().data == b""
    assert follower.poll(after=REWRITE_GRACE, restarted=True).data == OLD[:350]
