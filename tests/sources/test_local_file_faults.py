"""What the reader of a local file reports when the file system fails, or the path is no longer a file."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.follower import OLD, append

from lossmon.sources.byte_reader import Chunk
from lossmon.sources.files import NotRegularError, describe_os_error, read_head
from lossmon.sources.local_file import REWRITE_GRACE, LocalFileReader

LIMIT = 1 << 20


@pytest.fixture
def clock() -> list[float]:
    return [100.0]


@pytest.fixture
def reader(path: Path, clock: list[float]) -> LocalFileReader:
    reader = LocalFileReader(str(path), clock=lambda: clock[0])
    assert reader.poll(LIMIT).data == OLD
    return reader


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as server:
        yield server


def failing(monkeypatch: pytest.MonkeyPatch, call: str, code: int) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fail)


def scripted(monkeypatch: pytest.MonkeyPatch, call: str, answer: Callable[..., Any]) -> None:
    real = getattr(os, call)
    monkeypatch.setattr(os, call, lambda *args: answer(real, *args))


def place(kind: str, path: Path, listener: socket.socket) -> None:
    if kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        listener.bind(str(path))
    else:
        path.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", ["directory", "fifo", "socket", "device"])
def test_a_path_that_is_not_a_regular_file_is_reported_without_blocking(
    path: Path, reader: LocalFileReader, listener: socket.socket, kind: str
) -> None:
    path.unlink()
    place(kind, path, listener)
    chunk = reader.poll(LIMIT)
    assert (chunk.error, chunk.changed, chunk.data) == ("not a regular file", True, b"")
    assert not reader.poll(LIMIT).changed
    with pytest.raises(NotRegularError):
        read_head(str(path), 4096)


def test_a_fifo_put_in_place_between_stat_and_open_is_reported(
    path: Path, reader: LocalFileReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(path, b"more\n")
    before = path.stat()
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(os, "stat", lambda *_: before)
    assert reader.poll(LIMIT).error == "not a regular file"


@pytest.mark.parametrize("code", [errno.ESTALE, errno.EIO, errno.EACCES, errno.ENOTCONN, errno.EAGAIN, errno.EMFILE])
@pytest.mark.parametrize("call", ["stat", "open", "fstat", "pread"])
def test_an_error_is_reported_in_words_and_the_next_poll_recovers(
    path: Path, reader: LocalFileReader, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    append(path, b"more\n")
    descriptors = len(list(Path("/dev/fd").iterdir()))
    with monkeypatch.context() as broken:
        failing(broken, call, code)
        chunk = reader.poll(LIMIT)
        assert os.strerror(code) in chunk.error
        assert errno.errorcode[code] in chunk.error
        assert (chunk.changed, chunk.data, chunk.gone) == (True, b"", False)
        assert not reader.poll(LIMIT).changed
    assert len(list(Path("/dev/fd").iterdir())) == descriptors
    chunk = reader.poll(LIMIT)
    assert (chunk.data, chunk.error, chunk.restarted) == (b"more\n", "", False)


def test_a_file_recovers_when_its_permissions_return(
    path: Path, reader: LocalFileReader, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock[0] += 10
    reader.poll(LIMIT)
    path.chmod(0)
    with monkeypatch.context() as denied:
        failing(denied, "open", errno.EACCES)
        assert reader.poll(LIMIT).error == "cannot be read: Permission denied (EACCES)"
    path.chmod(0o644)
    assert reader.poll(LIMIT) == Chunk(offset=len(OLD), size=len(OLD), modified=path.stat().st_mtime)


def test_a_restart_is_reported_even_if_the_first_read_after_it_fails(
    path: Path, reader: LocalFileReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"#" * 500)
    calls = iter([True, True, False])

    def fail_after_the_comparison(real: Callable[..., bytes], *args: int) -> bytes:
        if next(calls):
            return real(*args)
        raise OSError(errno.EIO, "")

    with monkeypatch.context() as broken:
        scripted(broken, "pread", fail_after_the_comparison)
        chunk = reader.poll(LIMIT)
        assert chunk.error
        assert not chunk.restarted
    chunk = reader.poll(LIMIT)
    assert (chunk.restarted, chunk.data) == (True, b"#" * 500)


def test_reads_that_return_one_byte_each_are_repeated(
    path: Path, reader: LocalFileReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, "pread", lambda real, fd, count, position: real(fd, min(count, 1), position))
    append(path, b"more\n")
    chunk = reader.poll(LIMIT)
    assert (chunk.data, chunk.restarted) == (b"more\n", False)


def test_a_reported_size_smaller_than_the_content_is_not_a_truncation(
    path: Path, reader: LocalFileReader, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def behind(real: Callable[[int], os.stat_result], descriptor: int) -> os.stat_result:
        status = real(descriptor)
        return os.stat_result((*status[:6], max(0, status.st_size - 500), *status[7:10]))

    scripted(monkeypatch, "fstat", behind)
    append(path, b"more\n")
    chunk = reader.poll(LIMIT)
    assert (chunk.data, chunk.more) == (b"more\n", False)
    clock[0] += REWRITE_GRACE
    assert not reader.poll(LIMIT).restarted


@pytest.mark.parametrize("name", [b"new\nline", b"\x1b]0;title\x07", b"[red]", b"\xff\xfe", b"n" * 255])
def test_a_file_with_unusual_bytes_in_its_name_is_followed(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(OLD)
    assert LocalFileReader(str(path)).poll(LIMIT).data == OLD


def test_the_head_of_a_short_file_is_all_of_it(path: Path) -> None:
    assert read_head(str(path), 4096) == OLD
    assert read_head(str(path), 5) == OLD[:5]
    with pytest.raises(FileNotFoundError):
        read_head(str(path.with_name("missing")), 4096)


def test_every_error_is_described_in_words() -> None:
    assert describe_os_error(OSError(errno.ESTALE, "")) == "cannot be read: Stale file handle (ESTALE)"
    assert describe_os_error(OSError(99999, "")).startswith("cannot be read: Unknown error")
    assert describe_os_error(NotRegularError()) == "not a regular file"
