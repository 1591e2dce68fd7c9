"""MLflow's file store: a directory a run, a file a metric."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest
from tests.support.decoding import point, values, xs
from tests.support.tracker_databases import claim, open_source, points_of, poll_all

from lossmon.sources.protocol import Budget, RunInfo

META = "lifecycle_stage: active\nrun_id: '36'\nrun_name: overfit\nstatus: 1\n"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the directory of a run with three losses."""
    directory = tmp_path / "36a19d6a"
    for name in ("metrics", "params", "tags"):
        (directory / name).mkdir(parents=True)
    (directory / "meta.yaml").write_text(META)
    write(directory, "loss", "1700000000000 1.02 0\n1700000001000 0.9 1\n1700000002500 nan 2\n")
    return directory


def write(run: Path, metric: str, text: str, mode: str = "w") -> None:
    file = run / "metrics" / metric
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open(mode) as stream:
        stream.write(text)


def test_a_line_is_a_value_with_time_and_step(run: Path) -> None:
    (update,) = poll_all(open_source(run))
    losses = [point(0, 1.7e9, 1.02), point(1, 1.7e9 + 1, 0.9), point(2, 1.7e9 + 2.5, math.nan)]
    assert points_of([update], "") == {b"loss": losses}
    assert update.runs == {"": RunInfo("overfit", replaced_ids=1, state="running")}


def test_a_metric_may_be_in_a_directory(run: Path) -> None:
    write(run, "val/loss", "1700000000000 1.5 0\n")
    assert values(points_of(poll_all(open_source(run)), ""), b"val/loss") == [1.5]


def test_only_new_complete_lines_are_returned(run: Path) -> None:
    source = open_source(run)
    poll_all(source)
    write(run, "loss", "1700000003000 0.8 3\n1700000004000 0.", "a")
    write(run, "val_loss", "1700000003000 1.1 3\n")
    (run / "meta.yaml").write_text(META.replace("status: 1", "status: 4"))
    updates = poll_all(source)
    assert (xs(points_of(updates, ""), b"loss"), xs(points_of(updates, ""), b"val_loss")) == ([3], [3])
    assert updates[0].runs == {"": RunInfo("overfit", replaced_ids=1, state="failed")}
    write(run, "loss", "7 4\n", "a")
    assert values(points_of(poll_all(source), ""), b"loss") == [0.7]


def test_a_large_run_is_read_in_several_looks(run: Path) -> None:
    for metric in ("a", "b"):
        write(run, metric, "".join(f"1700000000000 0.5 {step}\n" for step in range(2000)))
    updates = poll_all(open_source(run), Budget(bytes=10_000))
    assert len(updates) > 5
    assert [xs(points_of(updates, ""), tag) for tag in (b"a", b"b")] == [list(range(2000))] * 2


def test_values_without_a_step_are_counted(run: Path) -> None:
    write(run, "c", "1700000000000 0.5 0\n1700000001000 0.4 0\n")
    write(run, "d", "1700000000000 0.5\n1700000001000 0.4\n")
    points = points_of(poll_all(open_source(run)), "")
    assert [xs(points, tag) for tag in (b"c", b"d")] == [[0, 1], [0, 1]]


def test_a_file_that_is_replaced_or_removed_is_a_new_start(run: Path) -> None:
    source = open_source(run)
    updates = poll_all(source)
    write(run, "loss", "1700000000000 2 5\n")
    updates += poll_all(source)
    assert xs(points_of(updates, ""), b"loss") == [5]
    (run / "metrics" / "loss").unlink()
    assert points_of(updates + poll_all(source), "") == {}


def test_a_run_that_is_deleted_goes_and_comes_back_when_it_is_restored(run: Path) -> None:
    source = open_source(run)
    updates = poll_all(source)
    (run / "meta.yaml").write_text(META.replace("active", "deleted"))
    updates += poll_all(source)
    assert points_of(updates, "") == {}
    (run / "meta.yaml").write_text(META)
    assert len(points_of(updates + poll_all(source), "")[b"loss"]) == 3


def test_lines_that_are_not_valid_are_left_out_and_said(run: Path) -> None:
    write(run, "e", "x y z\n\n1 2 3\n9e999 1 1\n")
    write(run, "f", "9" * 5000 + " 0.5 1\n1700000000000 0.5 2\n")
    (update,) = poll_all(open_source(run))
    assert (xs(points_of([update], ""), b"e"), xs(points_of([update], ""), b"f")) == ([3], [2])
    assert list(update.warnings) == ["lines that are not valid left out: 3", "lines of more than 4 KiB left out: 1"]


def test_a_run_whose_directory_is_deleted_is_gone(run: Path) -> None:
    source = open_source(run)
    poll_all(source)
    shutil.rmtree(run)
    assert poll_all(source)[-1].gone


def test_only_directories_of_runs_are_claimed(run: Path) -> None:
    assert [claim(path) for path in (run.parent, run / "metrics")] == [None, None]
    found = claim(run)
    assert found
    assert found.format.name == "mlflow"
    assert found.consumes == {"meta.yaml", "metrics", "params", "tags"}


def test_a_run_is_called_as_mlflow_shows_it(run: Path) -> None:
    (run.parent / "meta.yaml").write_text("experiment_id: '41'\nname: vision\n")
    assert poll_all(open_source(run))[-1].runs[""].name == "vision/overfit"
    (run / "tags" / "mlflow.runName").write_text("renamed")
    assert poll_all(open_source(run))[-1].runs[""].name == "vision/renamed"


def test_a_run_without_a_name_is_called_by_its_id(run: Path) -> None:
    (run / "meta.yaml").write_text(META.replace("run_name: overfit\n", ""))
    assert poll_all(open_source(run))[-1].runs[""] == RunInfo(replaced_ids=1, state="running")
    (run.parent / "meta.yaml").write_text("experiment_id: '41'\nname: vision\n")
    assert poll_all(open_source(run))[-1].runs[""] == RunInfo("vision/36a19d6a", replaced_ids=2, state="running")
