"""What the tail says when the file system does not answer, or something else stands where a file was."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lossmon.sources.files import NotRegularError, describe_os_error, read_head
from lossmon.sources.local_file import REWRITE_GRACE, Chunk, LocalFileReader

OLD = b"".join(b"epoch %03d loss 1.%03d\n" % (n, n) for n in range(40))
LIMIT = 1 << 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_bytes(OLD)
    return path


@pytest.fixture
def clock() -> list[float]:
    return [100.0]


@pytest.fixture
def tail(path: Path, clock: list[float]) -> LocalFileReader:
    tail = LocalFileReader(str(path), clock=lambda: clock[0])
    assert tail.poll(LIMIT).data == OLD
    return tail


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as server:
        yield server


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


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
def test_what_is_no_file_is_told_and_never_waited_for(
    path: Path, tail: LocalFileReader, listener: socket.socket, kind: str
) -> None:
    path.unlink()
    place(kind, path, listener)
    chunk = tail.poll(LIMIT)
    assert (chunk.error, chunk.changed, chunk.data) == ("not a regular file", True, b"")
    assert not tail.poll(LIMIT).changed
    with pytest.raises(NotRegularError):
        read_head(str(path))


def test_a_fifo_that_takes_the_place_between_stat_and_open_is_no_file(
    path: Path, tail: LocalFileReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(path, b"more\n")
    before = path.stat()
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(os, "stat", lambda *_: before)
    assert tail.poll(LIMIT).error == "not a regular file"


@pytest.mark.parametrize("code", [errno.ESTALE, errno.EIO, errno.EACCES, errno.ENOTCONN, errno.EAGAIN, errno.EMFILE])
@pytest.mark.parametrize("call", ["stat", "open", "fstat", "pread"])
def test_an_error_is_told_in_words_and_the_file_recovers(
    path: Path, tail: LocalFileReader, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    append(path, b"more\n")
    descriptors = len(list(Path("/dev/fd").iterdir()))
    with monkeypatch.context() as broken:
        failing(broken, call, code)
        chunk = tail.poll(LIMIT)
        assert os.strerror(code) in chunk.error
        assert errno.errorcode[code] in chunk.error
        assert (chunk.changed, chunk.data, chunk.gone) == (True, b"", False)
        assert not tail.poll(LIMIT).changed
    assert len(list(Path("/dev/fd").iterdir())) == descriptors
    chunk = tail.poll(LIMIT)
    assert (chunk.data, chunk.error, chunk.restarted) == (b"more\n", "", False)


def test_a_file_taken_away_and_given_back_by_its_permissions_recovers(
    path: Path, tail: LocalFileReader, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock[0] += 10
    tail.poll(LIMIT)
    path.chmod(0)
    with monkeypatch.context() as denied:
        failing(denied, "open", errno.EACCES)
        assert tail.poll(LIMIT).error == "cannot be read: Permission denied (EACCES)"
    path.chmod(0o644)
    assert tail.poll(LIMIT) == Chunk(offset=len(OLD), size=len(OLD), modified=path.stat().st_mtime)


def test_a_restart_is_told_even_if_the_first_read_after_it_fails(
    path: Path, tail: LocalFileReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"#" * 500)
    calls = iter([True, True, False])

    def fail_after_the_comparison(real: Callable[..., bytes], *args: int) -> bytes:
        if next(calls):
            return real(*args)
        raise OSError(errno.EIO, "")

    with monkeypatch.context() as broken:
        scripted(broken, "pread", fail_after_the_comparison)
        chunk = tail.poll(LIMIT)
        assert chunk.error
        assert not chunk.restarted
    chunk = tail.poll(LIMIT)
    assert (chunk.restarted, chunk.data) == (True, b"#" * 500)


def test_a_file_system_that_gives_one_byte_at_a_time_is_read_right(
    path: Path, tail: LocalFileReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, "pread", lambda real, fd, count, position: real(fd, min(count, 1), position))
    append(path, b"more\n")
    chunk = tail.poll(LIMIT)
    assert (chunk.data, chunk.restarted) == (b"more\n", False)


def test_a_size_that_lags_behind_the_content_is_no_truncation(
    path: Path, tail: LocalFileReader, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def behind(real: Callable[[int], os.stat_result], descriptor: int) -> os.stat_result:
        status = real(descriptor)
        return os.stat_result((*status[:6], max(0, status.st_size - 500), *status[7:10]))

    scripted(monkeypatch, "fstat", behind)
    append(path, b"more\n")
    chunk = tail.poll(LIMIT)
    assert (chunk.data, chunk.more) == (b"more\n", False)
    clock[0] += REWRITE_GRACE
    assert not tail.poll(LIMIT).restarted


@pytest.mark.parametrize("name", [b"new\nline", b"\x1b]0;title\x07", b"[red]", b"\xff\xfe", b"n" * 255])
def test_a_name_that_is_hard_to_write_is_followed(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(OLD)
    assert LocalFileReader(str(path)).poll(LIMIT).data == OLD


def test_the_head_of_a_short_file_is_all_of_it(path: Path) -> None:
    assert read_head(str(path)) == OLD
    assert read_head(str(path), 5) == OLD[:5]
    with pytest.raises(FileNotFoundError):
        read_head(str(path.with_name("missing")))


def test_every_error_has_words() -> None:
    assert describe_os_error(OSError(errno.ESTALE, "")) == "cannot be read: Stale file handle (ESTALE)"
    assert describe_os_error(OSError(99999, "")).startswith("cannot be read: Unknown error")
    assert describe_os_error(NotRegularError()) == "not a regular file"
