"""Files of lossmon itself are read only if they are what lossmon wrote, and nobody else can read what it writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lossmon.core.atomic_write import replace_file, write_new
from lossmon.core.own_files import UnusableFileError, read_own_file


@pytest.fixture(params=[0, 0o777], ids=["umask 0", "umask 777"])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_a_file_of_the_user_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    assert read_own_file(tmp_path / "file", 4) == b"text"


@pytest.mark.parametrize("kind", ["fifo", "device", "directory", "large", "writable by all"])
def test_what_may_not_be_read_is_named_and_never_waited_for(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    reason = "it is not a regular file"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "directory":
        path.mkdir()
    else:
        path.write_bytes(b"x" * 5000)
        path.chmod(0o666 if kind != "large" else 0o600)
        reason = "everybody can write to it" if kind != "large" else "it is larger than 4 KiB"
    with pytest.raises(UnusableFileError, match=reason):
        read_own_file(path, 4096)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"text")
    os.chown(path, 12345, -1)
    with pytest.raises(UnusableFileError, match="it belongs to another user"):
        read_own_file(path, 4096)


@pytest.mark.usefixtures("_umask")
def test_new_files_and_directories_are_private_whatever_the_umask_is(tmp_path: Path) -> None:
    directory = tmp_path / "state" / "lossmon"
    replace_file(directory / "view.json", "{}")
    write_new(directory / "new", ("text",))
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (directory, directory.parent)} == {0o700}


def test_directories_that_exist_keep_their_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    replace_file(tmp_path / "view.json", "{}")
    assert tmp_path.stat().st_mode & 0o777 == 0o755
