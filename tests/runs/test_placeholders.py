"""Points that no evaluation gave: NaN for "not evaluated", and steps that were done again after a resume."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from tests.support.decoding import event, record, simple, version

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.verdict import Verdict
from lossmon.monitor import Monitor, MonitorSettings
from lossmon_adapters import BUILTIN


def read(root: Path) -> list[RunSnapshot]:
    return list(Monitor([str(root)], BUILTIN, MonitorSettings(once=True)).read_all().runs)


def validated(root: Path, vals: list[float]) -> RunSnapshot:
    """Return the run of a table whose train loss falls, with these validation losses."""
    rows = "".join(f"{epoch},{2 * 0.95**epoch},{val}\n" for epoch, val in enumerate(vals))
    (root / "log.csv").write_text(f"epoch,train_loss,val_loss\n{rows}")
    (run,) = read(root)
    return run


def test_nan_in_epochs_without_evaluation_is_no_divergence(tmp_path: Path) -> None:
    run = validated(tmp_path, [2 * 0.95**epoch if epoch % 5 == 4 else math.nan for epoch in range(40)])
    assert run.val
    assert run.val.x.tolist() == [4, 9, 14, 19, 24, 29, 34, 39]
    assert run.val.logged_points == 8
    assert run.assessment.verdict is Verdict.LEARNING


def test_nan_where_an_evaluation_is_due_is_a_divergence(tmp_path: Path) -> None:
    run = validated(tmp_path, [1.0 if epoch % 5 == 4 and epoch < 30 else math.nan for epoch in range(40)])
    assert run.assessment.verdict is Verdict.DIVERGED


@pytest.mark.parametrize("vals", [[1.0, 0.9, math.nan, math.nan], [1.0, 0.9, math.nan, 0.8, 0.7], [math.nan] * 4])
def test_other_nan_are_losses(tmp_path: Path, vals: list[float]) -> None:
    run = validated(tmp_path, vals)
    assert run.val
    assert len(run.val.x) == len(vals)


def test_of_a_step_that_a_resume_did_again_the_later_loss_counts(tmp_path: Path) -> None:
    for attempt, steps in enumerate([range(1, 6), range(5, 11)]):
        events = [event(1e9 + 100.0 * attempt + step, step, simple(b"loss", attempt + 1 / step)) for step in steps]
        file = tmp_path / f"events.out.tfevents.{attempt}.host"
        file.write_bytes(b"".join(map(record, [version(), *events])))
    (run,) = read(tmp_path)
    assert run.train
    assert run.train.x.tolist() == list(range(1, 11))
    assert run.train.value[4] == pytest.approx(1.2)


def test_two_losses_at_every_step_are_kept(tmp_path: Path) -> None:
    rows = "".join(f"{step // 2},{1 / (step + 1)}\n" for step in range(20))
    (tmp_path / "log.csv").write_text(f"step,loss\n{rows}")
    (run,) = read(tmp_path)
    assert run.train
    assert len(run.train.x) == 20


def test_event_files_without_a_value_are_not_shown_beside_others(tmp_path: Path) -> None:
    for name, events in {
        "failed": [],
        "good": [event(1e9 + step, step, simple(b"loss", 1.0)) for step in range(3)],
    }.items():
        (tmp_path / name).mkdir()
        file = tmp_path / name / "events.out.tfevents.1.host"
        file.write_bytes(b"".join(map(record, [version(), *events])))
    os.utime(tmp_path / "failed" / "events.out.tfevents.1.host", (1e9, 1e9))
    assert [run.name.text for run in read(tmp_path)] == ["good"]


def test_source_code_that_is_called_like_an_event_file_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "tfevents.go").write_text("package tfevents\n")
    assert read(tmp_path) == []
