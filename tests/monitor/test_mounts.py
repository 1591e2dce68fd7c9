"""A file system that is mounted over a run, taken away, or copies a log when it is first written to."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.support.command_line import run_python

_IN_NAMESPACE = ["unshare", "--map-root-user", "--mount"]
"""Runs a command that may mount what it likes, which nobody else sees."""
_PRELUDE = """
import json, subprocess, sys
from pathlib import Path
from tests.support.watched_monitor import WatchedMonitor

root = Path(sys.argv[1])
seen = []

def row(epoch, loss):
    return f"{epoch},{loss},{loss}\\n"

def write(path, *losses):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("epoch,loss,val_loss\\n" + "".join(row(epoch, loss) for epoch, loss in enumerate(losses)))

def look(watched):
    (run,) = watched.look(20.0).runs
    seen.append(["gone" if run.status.value == "gone" else "there", *run.val.value.tolist()])

def call(*command):
    subprocess.run(command, check=True)
"""
_MOUNTED_OVER = """
write(root / "run" / "training.log", 0.5, 0.4, 0.3)
watched = WatchedMonitor(root)
look(watched)
call("mount", "-t", "tmpfs", "none", root / "run")
look(watched)
write(root / "run" / "training.log", 0.9, 0.8)
look(watched)
call("umount", "-l", root / "run")
look(watched)
print(json.dumps(seen))
"""
_OVERLAY = """
call("mount", "-t", "tmpfs", "none", root)
for name in ("lower", "upper", "work", "merged"):
    (root / name).mkdir()
write(root / "lower" / "run" / "training.log", 0.5, 0.4)
layers = f"lowerdir={root}/lower,upperdir={root}/upper,workdir={root}/work"
call("mount", "-t", "overlay", "overlay", "-o", layers, root / "merged")
watched = WatchedMonitor(root / "merged")
look(watched)
for epoch, loss in ((2, 0.3), (3, 0.2)):
    with (root / "merged" / "run" / "training.log").open("a") as log:
        log.write(row(epoch, loss))
    look(watched)
print(json.dumps(seen))
"""


def can_mount() -> bool:
    """Return whether this user may mount in a namespace of its own."""
    command = [*_IN_NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"]
    return bool(shutil.which("unshare")) and subprocess.run(command, check=False, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not can_mount(), reason="needs user namespaces in which one may mount")


def seen(code: str, root: Path) -> list[list[object]]:
    """Return what a monitor shows of the only run at each look of the program *code*."""
    result = run_python(_PRELUDE + code, str(root), inside=_IN_NAMESPACE)
    assert result.stderr == ""
    looks: list[list[object]] = json.loads(result.stdout)
    return looks


def test_a_file_system_that_is_mounted_over_a_run_and_taken_away(tmp_path: Path) -> None:
    first = [0.5, 0.4, 0.3]
    assert seen(_MOUNTED_OVER, tmp_path) == [
        ["there", *first],
        ["gone", *first],
        ["there", 0.9, 0.8],
        ["there", *first],
    ]


def test_a_log_that_an_overlay_copies_when_it_is_written_to_goes_on(tmp_path: Path) -> None:
    assert seen(_OVERLAY, tmp_path) == [
        ["there", 0.5, 0.4],
        ["there", 0.5, 0.4, 0.3],
        ["there", 0.5, 0.4, 0.3, 0.2],
    ]
