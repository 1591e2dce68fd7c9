"""What could not be read for a moment is shown within seconds after the fault, and is no longer said to be unread."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from tests.support.training_logs import IMPROVING, keras_csv
from tests.support.watched_monitor import WatchedMonitor

SECONDS = 5.0
"""Within which everything is shown again."""
HOUR = 3600.0


class Fault:
    """Lets a system call fail for one path while ``is_on``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, call: str, path: Path) -> None:
        self.is_on = True
        real = getattr(os, call)

        def maybe(target: Any, *args: Any, **kwargs: Any) -> Any:
            if self.is_on and str(target) == str(path):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return real(target, *args, **kwargs)

        monkeypatch.setattr(os, call, maybe)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    log = tmp_path / "run" / "training.log"
    log.parent.mkdir()
    log.write_text(keras_csv(IMPROVING))
    return log


@pytest.mark.parametrize("call", ["stat", "scandir"])
@pytest.mark.parametrize("age", [0.0, HOUR])
def test_a_directory_that_could_not_be_read(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch, call: str, age: float
) -> None:
    fault = Fault(monkeypatch, call, log.parent)
    watched = WatchedMonitor(tmp_path)
    watched.look(max(20.0, age))
    watched.look(20.0)
    assert [file.path.text for file in watched.look().skipped] == [str(log.parent)]
    fault.is_on = False
    snapshot = watched.look(SECONDS if not age else 65.0)
    assert [run.name.text for run in snapshot.runs if run.history] == ["run"]
    assert snapshot.skipped == ()


def test_an_empty_directory_that_could_not_be_read_is_no_longer_said_to_be_unread(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    watched = WatchedMonitor(tmp_path)
    assert watched.look().skipped == ()
    fault = Fault(monkeypatch, "scandir", tmp_path / "empty")
    (tmp_path / "empty" / "x").touch()
    (tmp_path / "empty" / "x").unlink()
    assert len(watched.look(60.0).skipped) == 1
    fault.is_on = False
    assert watched.look(SECONDS).skipped == ()


@pytest.mark.parametrize("written", [0.0, HOUR])
def test_a_log_that_could_not_be_opened_however_old_it_is(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch, written: float
) -> None:
    fault = Fault(monkeypatch, "open", log)
    watched = WatchedMonitor(tmp_path)
    os.utime(log, (watched.wall_clock.now - written,) * 2)
    assert len(watched.look().skipped) == 1
    fault.is_on = False
    snapshot = watched.look(SECONDS)
    assert [run.name.text for run in snapshot.runs if run.history] == ["run"]
    assert snapshot.skipped == ()


def test_a_file_that_is_no_log_is_no_longer_said_to_be_unreadable(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.txt").write_text("nothing\n")
    fault = Fault(monkeypatch, "open", tmp_path / "notes.txt")
    watched = WatchedMonitor(tmp_path)
    assert "EIO" in watched.look().skipped[0].reason
    fault.is_on = False
    assert watched.look(SECONDS).skipped[0].reason == "not a training log of a known format"
