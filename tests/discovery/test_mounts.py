"""The type of the file system of a path, and which types count as remote."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossmon.discovery import FileSystems, file_system_type

MOUNTS = [
    "/dev/vda / ext4 rw,relatime 0 0",
    "server:/home /home nfs4 rw,vers=4.2 0 0",
    "tmpfs /home/me/fast tmpfs rw 0 0",
    r"//nas/a\040b /mnt/a\040b cifs rw 0 0",
    "lustre@tcp:/scratch /scratch lustre rw 0 0",
    "/dev/vdb /scratch ext4 rw 0 0",
]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "ext4"),
        ("/homework", "ext4"),
        ("/home", "nfs4"),
        ("/home/me/runs", "nfs4"),
        ("/home/me/fast/runs", "tmpfs"),
        ("/mnt/a b/runs", "cifs"),
        ("/scratch/runs", "ext4"),
    ],
)
def test_the_longest_and_latest_mount_point_holds_a_path(path: str, name: str) -> None:
    assert file_system_type(path, MOUNTS) == name


@pytest.mark.parametrize(
    ("name", "remote"),
    [("ext4", False), ("overlay", False), ("nfs4", True), ("fuse.sshfs", True), ("lustre", True), ("neverheard", True)],
)
def test_a_type_that_is_not_known_as_local_is_remote(tmp_path: Path, name: str, remote: bool) -> None:
    table = tmp_path / "mounts"
    table.write_text(f"source / {name} rw 0 0\n")
    assert FileSystems(str(table)).remote(str(tmp_path)) is remote


def test_the_type_of_a_device_is_looked_up_once(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text("source / ext4 rw 0 0\n")
    systems = FileSystems(str(table))
    systems.type_of(str(tmp_path))
    table.unlink()
    assert systems.type_of(str(tmp_path)) == "ext4"


def test_without_a_mount_table_the_type_is_unknown_and_remote(tmp_path: Path) -> None:
    systems = FileSystems(str(tmp_path / "missing"))
    assert systems.type_of(str(tmp_path)) == ""
    assert systems.type_of(str(tmp_path / "missing")) == ""
    assert systems.remote(str(tmp_path))


def test_an_invalid_mount_table_gives_no_type(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_bytes(b"\xff\n\nhalf line\n")
    assert FileSystems(str(table)).type_of(str(tmp_path)) == ""
