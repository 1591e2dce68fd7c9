"""How the reader of a local file handles appends, rewrites, rotation, deletion and links."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.follower import MEGABYTE, OLD, Follower, append

from lossmon.sources.byte_reader import Chunk
from lossmon.sources.local_file import ANCHOR, REWRITE_GRACE, LocalFileReader

NEW = b"".join(b"epoch %03d loss 2.%03d val 0.5\n" % (n, n) for n in range(60))


@pytest.fixture
def follower(path: Path) -> Follower:
    follower = Follower(path)
    assert follower.poll().data == OLD
    return follower


def replace(path: Path, data: bytes) -> None:
    other = path.with_name("other")
    other.write_bytes(data)
    other.replace(path)


def test_the_first_chunk_is_not_a_restart(path: Path) -> None:
    chunk = LocalFileReader(str(path)).poll(MEGABYTE)
    assert chunk == Chunk(data=OLD, size=len(OLD), modified=path.stat().st_mtime)


def test_bytes_written_one_by_one_are_received_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch()
    follower = Follower(path)
    for byte in OLD:
        append(path, bytes([byte]))
        follower.poll()
    assert (follower.received, follower.restarts) == (OLD, 0)


def test_a_file_written_just_now_is_compared_although_its_timestamps_stay_the_same(
    path: Path, follower: Follower
) -> None:
    before = path.stat()
    path.write_bytes(NEW[: len(OLD)])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert follower.poll().restarted


def test_truncation_restarts_as_soon_as_different_bytes_follow(path: Path, follower: Follower) -> None:
    path.write_bytes(b"")
    append(path, NEW[:50])
    chunk = follower.poll()
    assert (chunk.restarted, chunk.data, chunk.offset) == (True, NEW[:50], 0)


def test_truncation_and_growth_beyond_the_old_size_between_two_polls_restarts(path: Path, follower: Follower) -> None:
    path.write_bytes(NEW)
    chunk = follower.poll()
    assert (chunk.restarted, chunk.data) == (True, NEW)


def test_a_rewrite_in_place_keeps_the_old_data_until_the_new_begins(path: Path, follower: Follower) -> None:
    inode = path.stat().st_ino
    with path.open("wb", buffering=0) as file:
        chunk = follower.poll(after=REWRITE_GRACE / 2)
        assert (chunk.restarted, chunk.data, chunk.size) == (False, b"", 0)
        file.write(NEW[:100])
        chunk = follower.poll(after=REWRITE_GRACE / 4)
        assert (chunk.restarted, chunk.data) == (True, NEW[:100])
        file.write(NEW[100:])
    follower.poll()
    assert (follower.received, follower.restarts) == (NEW, 1)
    assert path.stat().st_ino == inode


def test_a_file_that_stays_empty_restarts_after_the_grace_period(path: Path, follower: Follower) -> None:
    path.write_bytes(b"")
    assert not follower.poll().restarted
    chunk = follower.poll(after=REWRITE_GRACE)
    assert (chunk.restarted, chunk.data, chunk.changed) == (True, b"", True)
    assert not follower.poll(after=REWRITE_GRACE).restarted
    path.write_bytes(NEW)
    assert follower.poll().data == NEW
    assert follower.restarts == 1


def test_a_log_rewritten_with_one_more_line_each_epoch_is_an_append(path: Path, follower: Follower) -> None:
    with path.open("wb", buffering=0) as file:
        follower.poll()
        file.write(OLD[:300])
        follower.poll(after=REWRITE_GRACE / 2)
        file.write(OLD[300:] + b"one more\n")
    assert follower.poll().data == b"one more\n"
    assert follower.restarts == 0


def test_a_log_cut_to_its_beginning_restarts_after_the_grace_period(path: Path, follower: Follower) -> None:
    os.truncate(path, 46)
    assert not follower.poll().restarted
    chunk = follower.poll(after=REWRITE_GRACE)
    assert (chunk.restarted, chunk.data) == (True, OLD[:46])


def test_each_rewrite_has_its_own_grace_period(path: Path, follower: Follower) -> None:
    for _ in range(2):
        path.write_bytes(b"")
        assert not follower.poll(after=REWRITE_GRACE).restarted
        path.write_bytes(OLD)
        assert not follower.poll(after=REWRITE_GRACE / 2).restarted
    assert follower.restarts == 0


def test_what_is_written_to_a_renamed_log_is_read_before_the_new_one(path: Path, follower: Follower) -> None:
    with path.open("ab", buffering=0) as late:
        path.rename(path.with_suffix(".1"))
        assert follower.poll().gone
        late.write(b"while there is no log\n")
        chunk = follower.poll()
        assert (chunk.gone, chunk.data) == (True, b"while there is no log\n")
        path.write_bytes(NEW[:40])
        late.write(b"late line in the old file\n")
        assert follower.poll().data == b"late line in the old file\n"
        assert follower.restarts == 0
        chunk = follower.poll()
        late.write(b"later than the first line of the new one\n")
        assert not follower.poll().data
    assert (chunk.restarted, follower.received) == (True, NEW[:40])


def test_another_file_with_the_inode_of_a_deleted_log_is_not_read_as_this_log(path: Path, follower: Follower) -> None:
    path.rename(path.with_suffix(".1"))
    path.with_suffix(".1").write_bytes(NEW + b"more\n")
    assert follower.poll().data == b""


def test_a_log_truncated_under_its_writer_is_read_with_the_hole(path: Path, follower: Follower) -> None:
    with path.open("r+b", buffering=0) as writer:
        writer.seek(0, os.SEEK_END)
        os.truncate(path, 0)
        writer.write(b"after the hole\n")
    follower.poll_all(limit=100)
    assert follower.restarts == 1
    assert follower.received == b"\0" * len(OLD) + b"after the hole\n"


def test_after_replacement_by_a_longer_copy_only_new_bytes_are_received(path: Path, follower: Follower) -> None:
    replace(path, OLD + b"more\n")
    chunk = follower.poll()
    assert (chunk.data, chunk.offset, chunk.restarted) == (b"more\n", len(OLD), False)


def test_replacement_by_different_content_restarts(path: Path, follower: Follower) -> None:
    replace(path, NEW)
    assert follower.poll().restarted
    assert follower.received == NEW


def test_content_that_differs_only_in_its_head_restarts(path: Path, follower: Follower) -> None:
    replace(path, NEW[:20] + OLD[20:] + b"more\n")
    assert follower.poll().restarted


def test_content_that_differs_only_before_the_offset_restarts(path: Path, follower: Follower) -> None:
    replace(path, OLD[:-20] + NEW[:20] + b"more\n")
    assert follower.poll().restarted


def test_a_deleted_file_is_gone_and_continues_when_it_returns(path: Path, follower: Follower) -> None:
    path.unlink()
    chunk = follower.poll()
    assert (chunk.gone, chunk.changed, chunk.error, chunk.size) == (True, True, "", len(OLD))
    assert not follower.poll().changed
    path.write_bytes(OLD + b"more\n")
    assert follower.poll().data == b"more\n"
    assert follower.restarts == 0


def test_a_file_made_again_with_the_same_inode_restarts(path: Path, follower: Follower) -> None:
    follower.settle()
    path.unlink()
    path.write_bytes(NEW)
    assert follower.poll().restarted
    assert follower.received == NEW


def test_a_log_in_a_directory_removed_and_made_again_restarts(tmp_path: Path) -> None:
    path = tmp_path / "run" / "log.csv"
    path.parent.mkdir()
    path.write_bytes(OLD)
    follower = Follower(path)
    follower.poll()
    path.unlink()
    path.parent.rmdir()
    assert follower.poll().gone
    path.parent.write_bytes(b"a file where the directory was")
    assert follower.poll().gone
    path.parent.unlink()
    path.parent.mkdir()
    path.write_bytes(NEW)
    assert follower.poll().restarted


@pytest.mark.parametrize("place", [0, len(OLD) - 5])
def test_a_rewrite_of_the_same_size_restarts(path: Path, follower: Follower, place: int) -> None:
    follower.settle()
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"#####")
    assert follower.poll().restarted


def test_a_rewrite_of_the_same_size_far_from_both_anchors_is_not_noticed(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 3 * ANCHOR)
    follower = Follower(path)
    follower.poll()
    path.write_bytes(b"x" * ANCHOR + b"y" * ANCHOR + b"x" * ANCHOR)
    assert follower.poll().data == b""
    assert follower.restarts == 0


def test_a_link_changed_to_another_run_restarts(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(OLD)
    (tmp_path / "two").write_bytes(NEW)
    link = tmp_path / "latest"
    link.symlink_to("one")
    follower = Follower(link)
    follower.poll()
    follower.settle()
    link.unlink()
    link.symlink_to("two")
    assert follower.poll().restarted
    assert follower.received == NEW
