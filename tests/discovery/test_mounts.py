"""Which file systems are taken to announce changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossmon.discovery import FileSystems
from lossmon.discovery.mounts import holder

MOUNTS = [
    "/dev/vda / ext4 rw,relatime 0 0",
    "server:/home /home nfs4 rw,vers=4.2 0 0",
    "tmpfs /home/me/fast tmpfs rw 0 0",
    r"//nas/a\040b /mnt/a\040b cifs rw 0 0",
    "lustre@tcp:/scratch /scratch lustre rw 0 0",
    "/dev/vdb /scratch ext4 rw 0 0",
]


@pytest.mark.parametrize(
    ("path", "kind"),
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
def test_the_longest_and_latest_mount_point_holds_a_path(path: str, kind: str) -> None:
    assert holder(path, MOUNTS) == kind


@pytest.mark.parametrize(
    ("kind", "remote"),
    [("ext4", False), ("overlay", False), ("nfs4", True), ("fuse.sshfs", True), ("lustre", True), ("neverheard", True)],
)
def test_what_is_not_known_to_be_local_is_remote(tmp_path: Path, kind: str, remote: bool) -> None:
    table = tmp_path / "mounts"
    table.write_text(f"source / {kind} rw 0 0\n")
    assert FileSystems(str(table)).remote(str(tmp_path)) is remote


def test_a_device_is_looked_up_once(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text("source / ext4 rw 0 0\n")
    systems = FileSystems(str(table))
    systems.kind(str(tmp_path))
    table.unlink()
    assert systems.kind(str(tmp_path)) == "ext4"


def test_where_the_system_does_not_tell_the_kind_is_unknown(tmp_path: Path) -> None:
    systems = FileSystems(str(tmp_path / "missing"))
    assert systems.kind(str(tmp_path)) == ""
    assert systems.kind(str(tmp_path / "missing")) == ""
    assert systems.remote(str(tmp_path))


def test_a_table_that_makes_no_sense_tells_nothing(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_bytes(b"\xff\n\nhalf line\n")
    assert FileSystems(str(table)).kind(str(tmp_path)) == ""
