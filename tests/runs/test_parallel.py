from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.runs.test_run import ROWS, run_of

from lossmon.core.snapshot import RunSnapshot
from lossmon.report.json_report import dumps, run_report
from lossmon.runs import Run
from lossmon.runs.parallel import update_all


def stale_runs(directory: Path, count: int = 40) -> list[Run]:
    """Return runs of logs to which rows were added since they were evaluated."""
    runs = []
    for number in range(count):
        path = directory / f"{number}.csv"
        path.write_text(ROWS)
        run = run_of(path)
        path.write_text(ROWS + "".join(f"{epoch},0.01,{0.3 + number * epoch / 1e4}\n" for epoch in range(20, 60)))
        run.logs[0].log.poll()
        runs.append(run)
    return runs


def reports(runs: list[Run]) -> list[str]:
    snapshots = [snapshot for run in runs if (snapshot := run.snapshot(0.0))]
    return [dumps(run_report(snapshot)) for snapshot in snapshots]


def test_several_processes_find_what_one_finds(tmp_path: Path) -> None:
    runs = stale_runs(tmp_path)
    update_all(runs, processes=2)
    in_processes = reports(runs)
    assert not any(run.is_stale for run in runs)
    for run in runs:
        run.update()
    assert in_processes == reports(runs)


def test_files_with_hyperparameters_are_known_here_if_other_processes_evaluate(tmp_path: Path) -> None:
    runs, settings = stale_runs(tmp_path), tmp_path / "config.yaml"
    for run in runs:
        run.set_settings_directories([str(tmp_path)])
    settings.write_text("lr: 0.1\n")
    update_all(runs, processes=2)
    assert {tuple(run.settings_paths) for run in runs} == {(str(settings),)}
    snapshots = [run.snapshot(0.0) for run in runs]
    assert {snapshot and snapshot.hyperparameters for snapshot in snapshots} == {(("lr", "0.1"),)}


def test_the_runs_of_a_process_that_is_killed_are_evaluated_nevertheless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, parent, make = stale_runs(tmp_path), os.getpid(), Run.fresh_snapshot

    def killed_in_child(run: Run) -> RunSnapshot:
        if os.getpid() != parent and run is runs[20]:
            os._exit(1)
        return make(run)

    with monkeypatch.context() as patched:
        fresh_snapshot: Callable[[Run], RunSnapshot] = killed_in_child
        patched.setattr(Run, "fresh_snapshot", fresh_snapshot)
        update_all(runs, processes=2)
    assert not any(run.is_stale for run in runs)
