"""What the tail does when files do what files do: one test for each thing that was seen to break others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lossmon.sources.files import TIMESTAMP_RESOLUTION
from lossmon.sources.local_file import ANCHOR, REWRITE_GRACE, Chunk, LocalFileReader

MEGABYTE = 1 << 20
OLD = b"".join(b"epoch %03d loss 1.%03d\n" % (n, n) for n in range(40))
NEW = b"".join(b"epoch %03d loss 2.%03d val 0.5\n" % (n, n) for n in range(60))


class Follower:
    """A tail with a clock that a test turns, and what was heard since the last restart."""

    def __init__(self, path: Path) -> None:
        self.now = 100.0
        self.tail = LocalFileReader(str(path), clock=lambda: self.now)
        self.heard = b""
        self.restarts = 0

    def look(self, limit: int = MEGABYTE, after: float = 0.0) -> Chunk:
        self.now += after
        chunk = self.tail.poll(limit)
        if chunk.restarted:
            self.heard = b""
            self.restarts += 1
        self.heard += chunk.data
        return chunk

    def rest(self) -> Chunk:
        """Look until the file is believed to be at rest."""
        self.look(after=TIMESTAMP_RESOLUTION)
        return self.look(after=TIMESTAMP_RESOLUTION)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_bytes(OLD)
    return path


@pytest.fixture
def follower(path: Path) -> Follower:
    follower = Follower(path)
    assert follower.look().data == OLD
    return follower


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def replace(path: Path, data: bytes) -> None:
    other = path.with_name("other")
    other.write_bytes(data)
    other.replace(path)


def test_the_first_chunk_is_no_restart(path: Path) -> None:
    chunk = LocalFileReader(str(path)).poll(MEGABYTE)
    assert chunk == Chunk(data=OLD, size=len(OLD), modified=path.stat().st_mtime)


def test_a_record_written_byte_by_byte_is_heard_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch()
    follower = Follower(path)
    for byte in OLD:
        append(path, bytes([byte]))
        follower.look()
    assert (follower.heard, follower.restarts) == (OLD, 0)


def test_a_file_that_was_just_written_is_compared_though_its_times_stand_still(path: Path, follower: Follower) -> None:
    before = path.stat()
    path.write_bytes(NEW[: len(OLD)])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert follower.look().restarted


def test_truncation_restarts_at_once_when_other_bytes_come(path: Path, follower: Follower) -> None:
    path.write_bytes(b"")
    append(path, NEW[:50])
    chunk = follower.look()
    assert (chunk.restarted, chunk.data, chunk.offset) == (True, NEW[:50], 0)


def test_truncation_and_growth_beyond_the_old_size_between_two_looks_restarts(path: Path, follower: Follower) -> None:
    path.write_bytes(NEW)
    chunk = follower.look()
    assert (chunk.restarted, chunk.data) == (True, NEW)


def test_a_rewrite_in_place_keeps_the_old_data_until_the_new_begins(path: Path, follower: Follower) -> None:
    inode = path.stat().st_ino
    with path.open("wb", buffering=0) as file:
        chunk = follower.look(after=REWRITE_GRACE / 2)
        assert (chunk.restarted, chunk.data, chunk.size) == (False, b"", 0)
        file.write(NEW[:100])
        chunk = follower.look(after=REWRITE_GRACE / 4)
        assert (chunk.restarted, chunk.data) == (True, NEW[:100])
        file.write(NEW[100:])
    follower.look()
    assert (follower.heard, follower.restarts) == (NEW, 1)
    assert path.stat().st_ino == inode


def test_a_file_that_stays_empty_restarts_within_the_grace(path: Path, follower: Follower) -> None:
    path.write_bytes(b"")
    assert not follower.look().restarted
    chunk = follower.look(after=REWRITE_GRACE)
    assert (chunk.restarted, chunk.data, chunk.changed) == (True, b"", True)
    assert not follower.look(after=REWRITE_GRACE).restarted
    path.write_bytes(NEW)
    assert follower.look().data == NEW
    assert follower.restarts == 1


def test_a_log_written_anew_as_a_whole_each_epoch_only_grows(path: Path, follower: Follower) -> None:
    with path.open("wb", buffering=0) as file:
        follower.look()
        file.write(OLD[:300])
        follower.look(after=REWRITE_GRACE / 2)
        file.write(OLD[300:] + b"one more\n")
    assert follower.look().data == b"one more\n"
    assert follower.restarts == 0


def test_a_log_cut_back_to_its_beginning_restarts_after_the_grace(path: Path, follower: Follower) -> None:
    os.truncate(path, 46)
    assert not follower.look().restarted
    chunk = follower.look(after=REWRITE_GRACE)
    assert (chunk.restarted, chunk.data) == (True, OLD[:46])


def test_a_second_rewrite_has_a_grace_of_its_own(path: Path, follower: Follower) -> None:
    for _ in range(2):
        path.write_bytes(b"")
        assert not follower.look(after=REWRITE_GRACE).restarted
        path.write_bytes(OLD)
        assert not follower.look(after=REWRITE_GRACE / 2).restarted
    assert follower.restarts == 0


def test_rotation_by_rename_continues_with_the_new_file_only(path: Path, follower: Follower) -> None:
    with path.open("ab", buffering=0) as late:
        path.rename(path.with_suffix(".1"))
        assert follower.look().gone
        path.write_bytes(NEW[:40])
        late.write(b"late line in the old file\n")
        chunk = follower.look()
    assert (chunk.restarted, follower.heard) == (True, NEW[:40])


def test_a_copied_and_truncated_log_whose_writer_goes_on_has_a_hole(path: Path, follower: Follower) -> None:
    with path.open("r+b", buffering=0) as writer:
        writer.seek(0, os.SEEK_END)
        os.truncate(path, 0)
        writer.write(b"after the hole\n")
    while follower.look(limit=100).more:
        pass
    assert follower.restarts == 1
    assert follower.heard == b"\0" * len(OLD) + b"after the hole\n"


def test_replacement_by_a_longer_copy_brings_only_what_is_new(path: Path, follower: Follower) -> None:
    replace(path, OLD + b"more\n")
    chunk = follower.look()
    assert (chunk.data, chunk.offset, chunk.restarted) == (b"more\n", len(OLD), False)


def test_replacement_by_other_content_restarts(path: Path, follower: Follower) -> None:
    replace(path, NEW)
    assert follower.look().restarted
    assert follower.heard == NEW


def test_content_that_differs_only_in_its_head_restarts(path: Path, follower: Follower) -> None:
    replace(path, NEW[:20] + OLD[20:] + b"more\n")
    assert follower.look().restarted


def test_content_that_differs_only_before_the_offset_restarts(path: Path, follower: Follower) -> None:
    replace(path, OLD[:-20] + NEW[:20] + b"more\n")
    assert follower.look().restarted


def test_a_deleted_file_is_gone_and_continues_when_it_returns(path: Path, follower: Follower) -> None:
    path.unlink()
    chunk = follower.look()
    assert (chunk.gone, chunk.changed, chunk.error, chunk.size) == (True, True, "", len(OLD))
    assert not follower.look().changed
    path.write_bytes(OLD + b"more\n")
    assert follower.look().data == b"more\n"
    assert follower.restarts == 0


def test_a_file_made_anew_restarts_though_its_inode_is_the_old_one(path: Path, follower: Follower) -> None:
    follower.rest()
    path.unlink()
    path.write_bytes(NEW)
    assert follower.look().restarted
    assert follower.heard == NEW


def test_a_directory_removed_and_made_again_brings_its_log_back(tmp_path: Path) -> None:
    path = tmp_path / "run" / "log.csv"
    path.parent.mkdir()
    path.write_bytes(OLD)
    follower = Follower(path)
    follower.look()
    path.unlink()
    path.parent.rmdir()
    assert follower.look().gone
    path.parent.write_bytes(b"a file where the directory was")
    assert follower.look().gone
    path.parent.unlink()
    path.parent.mkdir()
    path.write_bytes(NEW)
    assert follower.look().restarted


@pytest.mark.parametrize("place", [0, len(OLD) - 5])
def test_a_rewrite_of_the_same_size_restarts(path: Path, follower: Follower, place: int) -> None:
    follower.rest()
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"#####")
    assert follower.look().restarted


def test_a_rewrite_of_the_same_size_far_from_both_anchors_is_not_noticed(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 3 * ANCHOR)
    follower = Follower(path)
    follower.look()
    path.write_bytes(b"x" * ANCHOR + b"y" * ANCHOR + b"x" * ANCHOR)
    assert follower.look().data == b""
    assert follower.restarts == 0


def test_a_link_that_is_turned_to_another_run_restarts(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(OLD)
    (tmp_path / "two").write_bytes(NEW)
    link = tmp_path / "latest"
    link.symlink_to("one")
    follower = Follower(link)
    follower.look()
    follower.rest()
    link.unlink()
    link.symlink_to("two")
    assert follower.look().restarted
    assert follower.heard == NEW
