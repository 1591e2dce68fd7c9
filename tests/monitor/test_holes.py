"""Logs with holes: a program that writes on at its old offset after its log was emptied leaves one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.training_logs import keras_output

from lossmon.core.snapshot import Snapshot
from lossmon.monitor import Monitor, MonitorSettings
from lossmon_adapters import BUILTIN

TEXT = keras_output(20)


def checked(root: Path) -> Snapshot:
    """Return what ``check`` sees."""
    monitor = Monitor([str(root)], BUILTIN, MonitorSettings(once=True))
    snapshot = monitor.read_all()
    monitor.close()
    return snapshot


@pytest.mark.parametrize("hole", [100, 3000, 5000, 100_000, 3 << 30])
def test_a_log_that_begins_with_a_hole_is_read(tmp_path: Path, hole: int) -> None:
    with (tmp_path / "train.log").open("wb") as log:
        log.seek(hole)
        log.write(TEXT.encode())
    (run,) = checked(tmp_path).runs
    assert run.val is not None
    assert len(run.val.x) == 20


@pytest.mark.parametrize("hole", [3000, 100_000, 3 << 30])
def test_a_log_with_a_hole_in_its_middle_is_read_on_both_sides(tmp_path: Path, hole: int) -> None:
    lines = TEXT.splitlines(keepends=True)
    with (tmp_path / "train.log").open("wb") as log:
        log.write("".join(lines[:12]).encode())
        log.seek(hole, os.SEEK_CUR)
        log.write("".join(lines[12:]).encode())
    (run,) = checked(tmp_path).runs
    assert run.val is not None
    assert len(run.val.x) == 20


def test_a_file_of_which_nothing_was_written_yet_is_said_to_begin_with_zero_bytes(tmp_path: Path) -> None:
    (tmp_path / "train.log").touch()
    os.truncate(tmp_path / "train.log", 1 << 30)
    (skipped,) = checked(tmp_path).skipped
    assert skipped.reason.startswith("begins with zero bytes")
