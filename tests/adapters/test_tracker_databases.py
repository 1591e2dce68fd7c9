"""Databases of MLflow and trackio: which points their rows are, and what is new since the last look."""

from __future__ import annotations

import json
import math
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.decoding import point, values, xs
from tests.support.tracker_databases import (
    TRACKIO,
    add_losses,
    claim,
    execute,
    open_source,
    points_of,
    poll_all,
)

from lossmon.sources.protocol import Budget, RunInfo
from lossmon_adapters.trackers.database_source import DatabaseSource
from lossmon_adapters.trackers.mlflow_database import MlflowTables


@pytest.fixture
def trackio(tmp_path: Path) -> Path:
    """Return an empty database of trackio."""
    path = tmp_path / "demo.db"
    execute(path, f"PRAGMA journal_mode = WAL; {TRACKIO}")
    return path


def log(path: Path, step: int, metrics: object, run: str = "r1") -> None:
    """Add a row to the database of trackio."""
    row = (run, "2026-11-22T22:12:54+00:00", f"name of {run}", step, json.dumps(metrics).encode())
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO metrics VALUES (NULL, ?, ?, ?, ?, ?)", row)


def test_the_values_of_a_run_are_read_with_step_and_time(mlflow: Path) -> None:
    (update,) = poll_all(open_source(mlflow))
    expected = [point(step, 1_700_000_000 + step, 1 / (step + 1)) for step in range(10)]
    assert points_of([update]) == {b"loss": expected}
    assert update.runs == {"a1": RunInfo("overfit", state="running")}
    assert (update.error, list(update.warnings), update.size) == ("", [], mlflow.stat().st_size)


def test_a_second_look_returns_only_what_is_new(mlflow: Path) -> None:
    source = open_source(mlflow)
    poll_all(source)
    assert poll_all(source)[0].scalars == []
    add_losses(mlflow, [10])
    add_losses(mlflow, [0], run="b2")
    execute(mlflow, "UPDATE runs SET status = 'KILLED' WHERE run_uuid = 'a1'")
    (update,) = poll_all(source)
    assert (xs(points_of([update]), b"loss"), xs(points_of([update], "b2"), b"loss")) == ([10], [0])
    assert update.runs == {"a1": RunInfo("overfit", state="failed"), "b2": RunInfo("healthy", state="finished")}


def test_many_rows_are_read_in_several_looks(mlflow: Path) -> None:
    add_losses(mlflow, range(10, 3000))
    updates = poll_all(open_source(mlflow), Budget(rows=700))
    assert len(updates) == 5
    assert xs(points_of(updates), b"loss") == list(range(3000))


def test_values_that_are_not_finite_are_restored(mlflow: Path) -> None:
    largest = sys.float_info.max
    execute(mlflow, f"INSERT INTO metrics VALUES ('b', {largest!r}, 0, 'a1', 1, 0), ('b', {-largest!r}, 0, 'a1', 2, 0)")
    execute(mlflow, "INSERT INTO metrics VALUES ('b', 0, 0, 'a1', 3, 1)")
    read = values(points_of(poll_all(open_source(mlflow))), b"b")
    assert read[:2] == [math.inf, -math.inf]
    assert math.isnan(read[2])


def test_values_that_were_logged_without_a_step_are_counted(mlflow: Path) -> None:
    source = open_source(mlflow)
    for time in range(3):
        execute(mlflow, f"INSERT INTO metrics VALUES ('c', 0.5, {time}, 'a1', 0, 0)")
    updates = poll_all(source)
    execute(mlflow, "INSERT INTO metrics VALUES ('c', 0.5, 9, 'a1', 0, 0)")
    assert xs(points_of(updates + poll_all(source)), b"c") == [0, 1, 2, 3]


def test_a_run_that_is_deleted_goes_and_comes_back_when_it_is_restored(mlflow: Path) -> None:
    source = open_source(mlflow)
    add_losses(mlflow, range(5), run="b2")
    updates = poll_all(source)
    execute(mlflow, "UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = 'a1'")
    updates += poll_all(source)
    assert (points_of(updates), xs(points_of(updates, "b2"), b"loss")) == ({}, list(range(5)))
    execute(mlflow, "UPDATE runs SET lifecycle_stage = 'active' WHERE run_uuid = 'a1'")
    updates += poll_all(source)
    assert xs(points_of(updates), b"loss") == list(range(10))


def test_all_is_read_again_where_new_rows_have_the_numbers_of_removed_ones(mlflow: Path) -> None:
    source = open_source(mlflow)
    updates = poll_all(source)
    execute(mlflow, "DELETE FROM metrics WHERE step >= 5")
    add_losses(mlflow, range(20, 30))
    assert xs(points_of(updates + poll_all(source)), b"loss") == [*range(5), *range(20, 30)]


def test_rows_that_are_not_valid_are_left_out_and_said(mlflow: Path) -> None:
    execute(mlflow, "INSERT INTO metrics VALUES ('d', 'text', 0, 'a1', 0, 0), ('d', 1, x'ff', 'a1', 0, 0)")
    execute(mlflow, "INSERT INTO metrics VALUES (CAST(x'ff' AS TEXT), 1, 1, 'a1', 1, 0)")
    (update,) = poll_all(open_source(mlflow))
    assert xs(points_of([update]), "�".encode()) == [1]
    assert list(update.warnings) == ["rows of the database that are not valid left out: 2"]


def test_every_number_that_trackio_logs_is_read(trackio: Path) -> None:
    log(trackio, 0, {"train": {"loss": 0.5}, "lr": "NaN", "note": "x", "image": {"_type": "trackio.image", "size": 3}})
    log(trackio, 1, {"val/loss": "-Infinity"}, run="r2")
    (update,) = poll_all(open_source(trackio))
    assert points_of([update], "r1") == {
        b"train/loss": [point(0, 1795385574, 0.5)],
        b"lr": [point(0, 1795385574, math.nan)],
    }
    assert values(points_of([update], "r2"), b"val/loss") == [-math.inf]
    assert update.runs == {"r1": RunInfo("name of r1"), "r2": RunInfo("name of r2")}


def test_a_run_that_is_deleted_in_trackio_goes(trackio: Path) -> None:
    source = open_source(trackio)
    for run in ("r1", "r2"):
        log(trackio, 0, {"loss": 1}, run)
    updates = poll_all(source)
    execute(trackio, "DELETE FROM metrics WHERE run_id = 'r1'")
    updates += poll_all(source)
    assert (points_of(updates, "r1"), xs(points_of(updates, "r2"), b"loss")) == ({}, [0])


def test_an_older_trackio_names_its_runs_only(tmp_path: Path) -> None:
    execute(tmp_path / "old.db", TRACKIO.replace("run_id TEXT NOT NULL, t", "t").replace("run_id, step", "step"))
    execute(tmp_path / "old.db", """INSERT INTO metrics VALUES (1, '2026-11-22T22:12:54', 'first', 3, '{"loss": 1}')""")
    (update,) = poll_all(open_source(tmp_path / "old.db"))
    assert xs(points_of([update], "first"), b"loss") == [3]


def test_a_row_of_any_size_takes_little_memory(trackio: Path) -> None:
    log(trackio, 0, {"loss": 1, "table": "x" * (1 << 20)})
    log(trackio, 1, {"loss": 2})
    (update,) = poll_all(open_source(trackio))
    assert xs(points_of([update], "r1"), b"loss") == [1]
    assert list(update.warnings) == ["rows of the database that are not valid left out: 1"]


def test_other_databases_are_not_claimed(tmp_path: Path) -> None:
    execute(tmp_path / "study.db", "CREATE TABLE trials (id INTEGER); CREATE TABLE metrics (id INTEGER)")
    execute(tmp_path / "new.db", "PRAGMA user_version = 1")
    (tmp_path / "text.db").write_text("no database")
    assert [claim(tmp_path / name) for name in ("study.db", "new.db", "text.db")] == [None, None, None]


def test_a_database_whose_tables_are_still_missing_is_claimed_by_its_place(tmp_path: Path) -> None:
    for name in ("mlflow.db", "demo.db"):
        execute(tmp_path / name, "PRAGMA user_version = 1")
    (tmp_path / "demo.lock").touch()
    names = [found.format.name for name in ("mlflow.db", "demo.db") if (found := claim(tmp_path / name))]
    assert names == ["mlflow", "trackio"]


class _ChangingRows(MlflowTables):
    def rows_query(self, connection: sqlite3.Connection) -> str:
        return super().rows_query(connection).replace("value", "random()")


def test_a_database_whose_rows_differ_each_time_is_said_to_be_damaged(mlflow: Path) -> None:
    source = DatabaseSource(str(mlflow), _ChangingRows())
    updates = [*poll_all(source), *poll_all(source, Budget(rows=1))]
    assert updates[-1].error == "the database: it is damaged: its rows differ each time they are read"
