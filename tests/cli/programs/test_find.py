"""Trainings that were started are found again by where they were started, or by the file with their output."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lossmon.cli.programs.find import find_below, find_by_log
from lossmon.cli.programs.pty_keeper import STATE_BYTES
from lossmon.cli.programs.record import Program, Record, create, records, short_name

Start = Callable[..., Record]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Return a function that makes the record of a training in the directory ``work``, or another one."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    kept: list[int] = []

    def make(name: str, started: float, ended: float | None = None, directory: str = "work", status: int = 0) -> Record:
        place = tmp_path / directory
        place.mkdir(parents=True, exist_ok=True)
        program = Program(("python", "train.py"), str(place), "", 0, (), time.time() + started, os.uname().nodename)
        record, descriptor = create(name, program)
        Path(record.program.log).touch()
        if ended is None:
            kept.append(descriptor)
            return record
        line = f'{{"pid": 1, "ended": {time.time() + ended}, "status": {status}, "problem": ""}}'
        os.pwrite(descriptor, line.ljust(STATE_BYTES).encode(), os.fstat(descriptor).st_size - STATE_BYTES)
        os.close(descriptor)
        return record

    yield make
    for descriptor in kept:
        os.close(descriptor)


def test_all_that_run_are_found_the_newest_first(start: Start, tmp_path: Path) -> None:
    first, second = start("first", -20), start("second", -10, directory="work/deep")
    start("ended", -5, -1)
    start("elsewhere", -1, directory="other")
    found = find_below([str(tmp_path / "work")])
    assert found is not None
    assert (found.record.path, found.others) == (second.path, (first.program.log,))


def test_output_of_others_below_the_paths_is_not_listed_again(start: Start, tmp_path: Path) -> None:
    start("first", -20)
    start("second", -10)
    found = find_below([str(tmp_path)])
    assert found is not None
    assert found.others == ()


def test_if_none_runs_the_one_that_was_started_last_is_found_for_some_days(start: Start, tmp_path: Path) -> None:
    start("first", -3600, -600, status=1)
    last = start("last", -1800, -900, status=-9)
    found = find_below([str(tmp_path / "work")])
    assert found is not None
    assert found.record.path == last.path
    assert found.record.state().failure == "ended by SIGKILL"
    assert find_below([str(tmp_path / "nowhere")]) is None


def test_one_that_ended_long_ago_is_found_only_by_its_output(start: Start, tmp_path: Path) -> None:
    old = start("old", -9e6, -8e6)
    assert find_below([str(tmp_path / "work")]) is None
    found = find_by_log(old.program.log)
    assert found is not None
    assert found.path == old.path


def test_a_record_without_a_keeper_is_of_a_training_of_which_nobody_knows_the_end(start: Start) -> None:
    record = start("lost", -10, -1)
    text = record.path.read_bytes()
    record.path.write_bytes(text[:-STATE_BYTES] + b"?" * STATE_BYTES)
    state = record.state()
    assert (state.has_ended, state.ended, state.failure) == (True, None, None)


@pytest.mark.parametrize(
    "text", ["", "\n", "[]", '{"command": 1}', "{" * 100_000, "\xff", '{"command": ["a"], "started": "then"}']
)
def test_damaged_records_are_left_out(text: str, start: Start) -> None:
    good = start("good", -10, -1)
    good.path.with_name("damaged.json").write_text(text)
    assert [record.path for record in records()] == [good.path]


def test_records_of_the_same_second_have_different_names(start: Start) -> None:
    assert {start("same", -1, 0).path.name for _ in range(3)} == {"same.json", "same-2.json", "same-3.json"}


@pytest.mark.parametrize("command", [["/"], [""], [".."], ["\x1b]0;x\x07"], ["-m"], ["a/\n"], ["x" * 300]])
def test_any_command_gives_a_name_for_a_file(command: list[str]) -> None:
    name = short_name(command)
    assert 0 < len(name) <= 40
    assert name.isprintable()
    assert "/" not in name
    assert not name.startswith(".")
