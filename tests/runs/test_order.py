from __future__ import annotations

import os
from pathlib import Path, PurePath

import pytest
from tests.support.decoding import find_adapter
from tests.support.logs import read_log
from tests.support.watched_monitor import Clock

from lossmon.core.text import Name
from lossmon.runs import Run, TagOverride
from lossmon.runs.order import stale_runs, update_stale

ROWS = "epoch,loss,val_loss\n0,0.9,0.9\n"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def read_run(path: Path, clock: Clock, written: float = 0.0) -> Run:
    """Return the run of a new log that was last written at *written*; it is not evaluated."""
    path.write_text(ROWS)
    os.utime(path, (written, written))
    adapter = find_adapter(PurePath(path), path.read_bytes())
    assert adapter
    run = Run(path.stem, str(path), TagOverride(), clock)
    run.set_logs([(read_log(path, adapter).runs[0], "")])
    return run


def grow(run: Run) -> None:
    with Path(run.logs[0].path).open("a") as file:
        file.write("1,0.5,0.5\n")
    run.logs[0].log.poll()


def names(runs: list[Run]) -> list[str]:
    return [run.name.text for run in runs]


def test_of_runs_that_were_never_evaluated_the_newest_comes_first_after_the_preferred(
    tmp_path: Path, clock: Clock
) -> None:
    runs = [read_run(tmp_path / f"{written}.csv", clock, written) for written in (1000, 3000, 2000)]
    assert names(stale_runs(runs, None)) == ["3000", "2000", "1000"]
    assert names(stale_runs(runs, Name.of("1000"))) == ["1000", "3000", "2000"]


def test_runs_that_grow_take_turns_with_new_ones_and_the_longest_waiting_is_first(tmp_path: Path, clock: Clock) -> None:
    early, late = (read_run(tmp_path / f"{name}.csv", clock) for name in ("early", "late"))
    for run in (early, late):
        clock.now += 1
        run.update()
        grow(run)
    new = [read_run(tmp_path / f"{name}.csv", clock, 1000.0) for name in ("a", "b")]
    assert names(stale_runs([late, *new, early], None)) == ["a", "early", "b", "late"]


def test_no_run_starves_when_each_round_has_time_for_only_one(tmp_path: Path, clock: Clock) -> None:
    runs = [read_run(tmp_path / f"{number}.csv", clock) for number in range(4)]
    updated = []
    for _ in range(12):
        clock.now += 1
        rounds = iter((False, True))
        assert update_stale(runs, None, lambda rounds=rounds: next(rounds))  # type: ignore[misc]
        (run,) = [run for run in runs if run.updated_at == clock.now]
        updated.append(run)
        grow(run)
    assert {run.name.text: updated.count(run) for run in runs} == dict.fromkeys("0123", 3)


def test_nothing_is_left_when_there_was_time_for_all(tmp_path: Path, clock: Clock) -> None:
    runs = [read_run(tmp_path / f"{number}.csv", clock) for number in range(3)]
    assert not update_stale(runs, None, lambda: False)
    assert stale_runs(runs, None) == []
