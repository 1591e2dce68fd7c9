"""Who writes a log, with real processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lossmon.sources.open_files import OpenFiles, Writer

pytestmark = pytest.mark.skipif(not Path("/proc/self/fdinfo").is_dir(), reason="this system has no /proc")


@contextmanager
def process_with(path: Path, mode: str, more: str = "pass") -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds *path* open until its standard input ends."""
    code = f"import os, sys; log = open({str(path)!r}, {mode!r}); {more}; print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def patient(proc: Path = Path("/proc")) -> OpenFiles:
    """Looks through all processes each time, however long that takes."""
    return OpenFiles(proc, look_seconds=60.0, fresh_seconds=0.0)


def writer_of(files: OpenFiles, path: Path, version: int = 0) -> Writer:
    return files.writer(str(path), version)


@pytest.mark.parametrize(("mode", "writer"), [("w", Writer.RUNS), ("a", Writer.RUNS), ("r", Writer.UNKNOWN)])
def test_a_log_that_a_process_holds_open_for_writing_has_a_writer(tmp_path: Path, mode: str, writer: Writer) -> None:
    log = tmp_path / "train.log"
    log.touch()
    with process_with(log, mode):
        assert writer_of(patient(), log) is writer


def test_a_log_is_found_behind_a_link(tmp_path: Path) -> None:
    log, link = tmp_path / "train.log", tmp_path / "latest.log"
    link.symlink_to(log)
    with process_with(log, "w"):
        assert writer_of(patient(), link) is Writer.RUNS


def test_a_writer_that_was_killed_has_ended(tmp_path: Path) -> None:
    log, files = tmp_path / "train.log", patient()
    with process_with(log, "w") as process:
        assert writer_of(files, log) is Writer.RUNS
        process.kill()
        process.wait()
        assert writer_of(files, log) is Writer.ENDED


def test_a_log_that_another_process_goes_on_to_write_has_a_writer(tmp_path: Path) -> None:
    log, files = tmp_path / "train.log", patient()
    with process_with(log, "w") as first:
        assert writer_of(files, log) is Writer.RUNS
        with process_with(log, "a"):
            first.kill()
            first.wait()
            assert writer_of(files, log) is Writer.RUNS


def test_of_a_program_that_closed_its_log_nothing_is_known(tmp_path: Path) -> None:
    log, files = tmp_path / "train.log", patient()
    with process_with(log, "w", "print(flush=True); sys.stdin.readline(); log.close()") as process:
        assert writer_of(files, log) is Writer.RUNS
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        assert writer_of(files, log) is Writer.UNKNOWN


def test_a_process_that_opens_the_log_later_is_found_when_the_log_has_changed(tmp_path: Path) -> None:
    log, files = tmp_path / "train.log", patient()
    log.touch()
    assert writer_of(files, log) is Writer.UNKNOWN
    with process_with(log, "a"):
        assert writer_of(files, log, version=1) is Writer.RUNS


def test_a_system_without_proc_knows_of_no_writer(tmp_path: Path) -> None:
    assert writer_of(patient(tmp_path / "proc"), tmp_path / "train.log") is Writer.UNKNOWN


def test_a_look_that_is_not_over_says_nothing_and_goes_on_later(tmp_path: Path) -> None:
    log, files = tmp_path / "train.log", OpenFiles(look_seconds=-1.0)
    with process_with(log, "w"):
        assert files.writer(str(log)) is Writer.UNKNOWN
