"""A database that another program uses: its folder stays as it is, and its writer goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.decoding import xs
from tests.support.tracker_databases import (
    MLFLOW,
    add_losses,
    claim,
    execute,
    fingerprint,
    line_from,
    open_source,
    other_program,
    points_of,
    poll_all,
    tell,
)

from lossmon.sources.protocol import Budget, Update

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement)
print("ready", flush=True)
sys.stdin.readline()
"""
"""Executes SQL and keeps the database open until a line arrives."""
WRITE = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("PRAGMA synchronous = OFF")
print("ready", flush=True)
longest, end = 0.0, time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    started = time.monotonic()
    connection.execute("INSERT INTO latest_metrics VALUES ('x', 1, 1, 1, 0, 'a1')")
    longest = max(longest, time.monotonic() - started)
print(longest, flush=True)
"""
"""Writes all the time, and says how long a row took at most."""


WRITE_AND_CLOSE = """
import sqlite3, sys
for _ in range(30):
    connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
    connection.execute("INSERT INTO metrics VALUES ('loss', 0.5, 1700000010000, 'a1', 10 + ?, 0)", (_,))
    connection.close()
"""
"""Opens the database for each row, as trackio does for each batch."""


def closed(path: Path) -> None:
    """Leave the database as its writer does when it ends."""


def switched_to_wal(path: Path) -> None:
    execute(path, "PRAGMA journal_mode = WAL")


def copied_from_a_live_writer(path: Path, *suffixes: str) -> None:
    """Leave what a writer leaves that is killed before the last rows are in the database itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO metrics VALUES ('loss', 0.5, 1700000010000, 'a1', 10, 0)")
        aside = path.parent.with_name("aside")
        aside.mkdir()
        for suffix in suffixes:
            shutil.copy(f"{path}{suffix}", aside)
    path.unlink()
    for file in aside.iterdir():
        shutil.move(str(file), path.parent)


def killed_writer(path: Path) -> None:
    copied_from_a_live_writer(path, "", "-wal", "-shm")


def killed_writer_without_index(path: Path) -> None:
    copied_from_a_live_writer(path, "", "-wal")


def killed_writer_in_a_transaction(path: Path) -> None:
    """Leave a rollback journal, and changes in the database that were never completed."""
    spill = ["PRAGMA cache_size = 1", "BEGIN", "UPDATE metrics SET value = 9", "DELETE FROM metrics WHERE step > 4"]
    many = "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
    insert = many + "INSERT INTO metrics SELECT 'loss', 9, i, 'a1', i, 0 FROM n"
    with other_program(HOLD, str(path), *spill, insert) as writer:
        assert line_from(writer) == "ready"
    assert path.with_name(path.name + "-journal").stat().st_size > 0


@pytest.mark.parametrize(
    ("leave", "count"),
    [
        (closed, 10),
        (switched_to_wal, 10),
        (killed_writer, 11),
        (killed_writer_without_index, 11),
        (killed_writer_in_a_transaction, 10),
    ],
)
def test_all_rows_are_read_and_no_file_is_made_or_touched(
    mlflow: Path, leave: Callable[[Path], None], count: int
) -> None:
    folder = mlflow.parent / "store"
    folder.mkdir()
    path = Path(shutil.move(str(mlflow), folder))
    leave(path)
    before = fingerprint(folder)
    source = open_source(path)
    updates = [*poll_all(source), *poll_all(source)]
    assert fingerprint(folder) == before
    assert xs(points_of(updates), b"loss") == list(range(count))
    assert {update.error for update in updates} == {""}


def test_no_file_is_touched_while_a_writer_has_the_database_open(mlflow: Path) -> None:
    insert = "INSERT INTO metrics VALUES ('loss', 0.5, 1700000010000, 'a1', 10, 0)"
    with other_program(HOLD, str(mlflow), "PRAGMA journal_mode = WAL", insert) as writer:
        assert line_from(writer) == "ready"
        before = fingerprint(mlflow.parent)
        assert set(before) == {"mlflow.db", "mlflow.db-wal", "mlflow.db-shm"}
        assert xs(points_of(poll_all(open_source(mlflow))), b"loss") == list(range(11))
        assert fingerprint(mlflow.parent) == before


def test_a_database_that_must_be_copied_is_copied_only_after_a_change(
    mlflow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_writer_in_a_transaction(mlflow)
    for file in mlflow.parent.glob("mlflow.db*"):
        os.utime(file, (1.7e9, 1.7e9))
    source = open_source(mlflow)
    assert xs(points_of(poll_all(source)), b"loss") == list(range(10))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "no room"))
    assert poll_all(source)[-1].error == ""
    os.utime(mlflow)
    assert "cannot be copied" in poll_all(source)[-1].error


def test_a_writer_that_closes_the_database_while_it_is_read_leaves_no_file_behind(mlflow: Path) -> None:
    execute(mlflow, "PRAGMA journal_mode = WAL")
    source, updates = open_source(mlflow), list[Update]()
    with other_program(WRITE_AND_CLOSE, str(mlflow)) as writer:
        while writer.poll() is None:
            updates += poll_all(source)
    updates += poll_all(source)
    assert xs(points_of(updates), b"loss") == list(range(40))
    assert [path.name for path in mlflow.parent.iterdir()] == ["mlflow.db"]


def test_a_log_that_is_begun_anew_while_it_is_copied_is_copied_again(
    mlflow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copyfile = shutil.copyfile
    with closing(sqlite3.connect(mlflow, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO metrics VALUES ('loss', 0.5, 1700000010000, 'a1', 10, 0)")

        def copy_while_the_writer_goes_on(source: str, target: str) -> None:
            copyfile(source, target)
            if source.endswith(".db"):
                writer.execute("PRAGMA wal_checkpoint(RESTART)")
                writer.execute("INSERT INTO metrics VALUES ('loss', 0.5, 1700000011000, 'a1', 11, 0)")
                monkeypatch.setattr(shutil, "copyfile", copyfile)

        source = open_source(mlflow)
        monkeypatch.setattr(shutil, "copyfile", copy_while_the_writer_goes_on)
        updates = poll_all(source)
    assert updates[0].error == "the database: it was written to at the same time"
    assert xs(points_of(updates), b"loss") == list(range(12))


def longest_write(mlflow: Path, seconds: float, read: Callable[[], object]) -> float:
    with other_program(WRITE, str(mlflow), str(seconds)) as writer:
        assert line_from(writer) == "ready"
        while writer.poll() is None:
            read()
        return float(line_from(writer))


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_writer_is_never_stopped_for_more_than_100_milliseconds(mlflow: Path, journal: str) -> None:
    execute(mlflow, f"PRAGMA journal_mode = {journal}")
    add_losses(mlflow, range(10, 200_000))
    # The least of several times, since other programs may stop the writer too.
    stops = [longest_write(mlflow, 1.0, lambda: poll_all(open_source(mlflow))) for _ in range(3)]
    assert min(stops) < 0.1


def test_a_locked_database_is_said_and_read_later(mlflow: Path) -> None:
    source = open_source(mlflow)
    with other_program(HOLD, str(mlflow), "BEGIN EXCLUSIVE") as writer:
        assert line_from(writer) == "ready"
        update = source.poll(Budget())
        assert (update.error, update.more) == ("the database: it is locked by its writer; tried again", True)
        assert not poll_all(source)[-1].more
        tell(writer)
        writer.wait()
    updates = poll_all(source)
    assert (xs(points_of(updates), b"loss"), updates[-1].error) == (list(range(10)), "")


def test_a_database_without_tables_is_said_and_read_later(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    execute(path, "PRAGMA user_version = 1")
    source = open_source(path)
    assert poll_all(source)[-1].error == "the database: it is not completely set up yet"
    execute(path, MLFLOW)
    add_losses(path, [0])
    assert xs(points_of(poll_all(source)), b"loss") == [0]


@pytest.mark.parametrize("size", [0, 10, 4096, 9000])
def test_a_half_written_copy_is_said_and_read_later(mlflow: Path, size: int) -> None:
    data = mlflow.read_bytes()
    source = open_source(mlflow)
    mlflow.write_bytes(data[:size])
    assert "not completely" in poll_all(source)[-1].error
    mlflow.write_bytes(data)
    assert xs(points_of(poll_all(source)), b"loss") == list(range(10))


def test_a_database_that_is_deleted_is_said_and_read_when_it_is_back(mlflow: Path) -> None:
    source = open_source(mlflow)
    updates = poll_all(source)
    mlflow.rename(mlflow.with_name("away"))
    assert poll_all(source)[-1].gone
    mlflow.with_name("away").rename(mlflow)
    add_losses(mlflow, [10])
    assert xs(points_of(updates + poll_all(source)), b"loss") == list(range(11))


@pytest.mark.parametrize("filler", [bytes(40), b"\xc4"], ids=["zeros", "no text"])
def test_damage_never_raises_an_error(mlflow: Path, filler: bytes) -> None:
    data = mlflow.read_bytes()
    for at in range(100, len(data), 67):
        mlflow.write_bytes(data[:at] + filler + data[at + len(filler) :])
        if found := claim(mlflow):
            poll_all(found.open())
