"""Sources made for tests: a database with a table of losses, and a folder with a file for each metric."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from lossmon.core.points import Scalars
from lossmon.core.text import Name
from lossmon.sources.protocol import Budget, Location, Match, RunInfo, RunState, Source, Update

Row = tuple[str, str, float, float]
"""Run, tag, step and value."""


class Database:
    """Recognises databases with runs."""

    name = "database"
    schemes = frozenset({"file"})

    def match(self, location: Location) -> Match | None:
        is_database = location.path.suffix == ".db" and location.head(16).startswith(b"SQLite format 3")
        return Match(60) if is_database else None

    def open(self, location: Location) -> Source:
        return DatabaseSource(location.local_path)


class DatabaseSource:
    """Reads new rows, as many as the budget allows."""

    def __init__(self, path: str) -> None:
        self._path, self._rowid = path, 0

    def poll(self, budget: Budget) -> Update:
        query = "SELECT rowid, * FROM losses WHERE rowid > ? ORDER BY rowid LIMIT ?"
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as database:
                rows = database.execute(query, (self._rowid, budget.rows)).fetchall()
                states = dict(database.execute("SELECT * FROM runs"))
        except sqlite3.Error as error:
            return Update(error=str(error))
        self._rowid = rows[-1][0] if rows else self._rowid
        info = {run: RunInfo(state=state) for run, state in states.items()} if rows else {}
        return Update(columns(row[1:] for row in rows), info, more=len(rows) == budget.rows)

    def watch_paths(self) -> Sequence[str]:
        return [self._path, f"{self._path}-wal"]

    def close(self) -> None:
        """Nothing stays open."""


def write_database(path: Path, rows: Iterable[Row], states: dict[str, RunState]) -> Path:
    """Add *rows* to the database at *path*, and set the states of runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path)
    with database:
        database.execute("CREATE TABLE IF NOT EXISTS losses (run, tag, step, value)")
        database.execute("CREATE TABLE IF NOT EXISTS runs (name PRIMARY KEY, state)")
        database.executemany("INSERT INTO losses VALUES (?, ?, ?, ?)", rows)
        database.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?)", states.items())
    database.close()
    return path


class Folder:
    """Recognises folders that hold ``metrics`` and ``params``, of which it reads the metrics."""

    name = "folder"
    schemes = frozenset({"file"})

    def match(self, location: Location) -> Match | None:
        names = frozenset(location.entries())
        return Match(90, consumes=names) if {"metrics", "params"} <= names else None

    def open(self, location: Location) -> Source:
        return FolderSource(Path(location.local_path))


class FolderSource:
    """Reads each file in ``metrics`` from where it stopped."""

    def __init__(self, root: Path) -> None:
        self._root, self._read = root, dict[Path, int]()

    def poll(self, budget: Budget) -> Update:
        rows: list[Row] = []
        for path in sorted((self._root / "metrics").glob("*")):
            lines = path.read_text().splitlines()[self._read.get(path, 0) :]
            self._read[path] = self._read.get(path, 0) + len(lines)
            rows += [("", path.name, float(step), float(value)) for step, value in map(str.split, lines)]
        return Update(columns(rows))

    def watch_paths(self) -> Sequence[str]:
        return [str(self._root / "metrics")]

    def close(self) -> None:
        """Nothing stays open."""


def write_folder(root: Path, epochs: range) -> Path:
    """Add some epochs to a folder of metrics."""
    for name in ("params", "metrics"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "params" / "lr").write_text("0.1")
    for _, tag, epoch, value in rows("", epochs):
        with (root / "metrics" / tag).open("a") as file:
            file.write(f"{epoch} {value}\n")
    return root


def rows(run: str, epochs: range, turn: int = 1000) -> list[Row]:
    """Return train and validation losses, of which the latter rises from epoch *turn* on."""
    losses = ((epoch, 0.9**epoch, 0.7**epoch + 0.4 + 0.05 * max(0, epoch - turn)) for epoch in epochs)
    return [row for epoch, train, val in losses for row in ((run, "loss", epoch, train), (run, "val_loss", epoch, val))]


def columns(rows: Iterable[Row]) -> list[Scalars]:
    """Return *rows* as one column for each run and tag."""
    points: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for run, tag, step, value in rows:
        points.setdefault((run, tag), []).append((step, value))
    return [
        Scalars(Name.of(tag), "epoch", x, np.full(len(x), np.nan), value, run)
        for (run, tag), pairs in points.items()
        for x, value in [np.array(pairs, np.float64).T]
    ]
