"""A tracker's database as a source: its rows are read once, in the order in which they were added."""

from __future__ import annotations

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from lossmon.core.points import Scalars
from lossmon.sources.protocol import Budget, RunId, RunInfo, Update
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.trackers.sqlite_file import (
    BusyError,
    DatabaseError,
    DatabaseState,
    look_at_or_raise,
    open_database,
    time_limit,
)

Row: TypeAlias = tuple[object, ...]
"""A row of a table; its number is the first column."""

_FIRST_PIECE, _MIN_PIECE, _MAX_PIECE = 500, 50, 20_000
"""Rows that are read in one query."""
_LONG_SECONDS, _SHORT_SECONDS = 0.012, 0.004
"""A query that takes longer than the first is followed by one of half as many rows; shorter than the second, twice."""
_TIME_RESOLUTION = 2.0
"""Seconds within which two changes of a file may get the same time, on the coarsest common file system."""
_MAX_RETRIES = 50
"""Looks one after the other at a database that is locked or half-written; then comes the next regular look."""
_MAX_RESTARTS = 5
"""The same for a database whose rows differ each time they are read, as damaged ones may."""


class Tables(ABC):
    """The tables of one tracker."""

    @abstractmethod
    def rows_query(self, connection: sqlite3.Connection) -> str:
        """Return the query of the rows, up to its ``WHERE``; the first column is called ``id`` and grows."""

    @abstractmethod
    def runs(self, connection: sqlite3.Connection) -> Mapping[RunId, RunInfo] | None:
        """Return all runs; None if there is no table of them, and rows tell all that is known."""

    def has_lost(self, connection: sqlite3.Connection, known: Collection[RunId]) -> bool:  # noqa: ARG002
        """Return whether a run of *known* was deleted, if the table of runs does not tell."""
        return False

    @abstractmethod
    def restart(self) -> None:
        """Forget the rows that were added, because all of them will be read again."""

    @abstractmethod
    def run_of(self, row: Row) -> tuple[RunId, RunInfo]:
        """Return the run that *row* belongs to, and what the row says of it."""

    @abstractmethod
    def add(self, row: Row, points: ScalarsBuilder) -> bool:
        """Add the points of *row*; return False if it is left out because something is wrong with it."""


@dataclass
class _Look:
    """What was read in one look; it counts only once the database was closed without an error."""

    rows: list[Row] = field(default_factory=list)
    runs: Mapping[RunId, RunInfo] | None = None
    is_void: bool = False
    """Rows that were read before have changed, so all must be read again."""
    more: bool = False
    last_id: int = 0


class DatabaseSource:
    """Reads the rows that were added since the last poll, and the names and states of their runs."""

    def __init__(self, path: str, tables: Tables) -> None:
        self._path, self._tables = path, tables
        self._points = ScalarsBuilder()
        self._last_row: Row | None = None
        """The last row that was read; if it changes, rows were removed or numbered anew."""
        self._known: dict[RunId, RunInfo] = {}
        self._runs: Mapping[RunId, RunInfo] = {}
        """What the table of runs had at the last look."""
        self._piece = _FIRST_PIECE
        self._retries = 0
        self._restarts = 0
        """Since all rows were read the last time."""
        self._wrong_rows = 0
        self._settled: DatabaseState | None = None
        """The state of the files of which everything was read: while they stay so, there is nothing new."""

    def poll(self, budget: Budget) -> Update:
        """Return what is new."""
        try:
            state = look_at_or_raise(self._path)
        except DatabaseError as error:
            return Update(error=str(error), gone=True)
        if state == self._settled:
            return self._update(state)
        try:
            with open_database(self._path) as connection:
                look = self._read(connection, budget)
        except DatabaseError as error:
            return self._failed(error, state)
        self._retries = 0
        is_old = time.time() - state.modified > _TIME_RESOLUTION
        self._settled = state if is_old and not look.more and not look.is_void else None
        return self._restart(state) if look.is_void else self._apply(look, state)

    def watch_paths(self) -> Sequence[str]:
        """Return the database and the files that SQLite keeps beside it while it is written."""
        return [self._path, *(f"{self._path}{suffix}" for suffix in ("-wal", "-shm", "-journal"))]

    def close(self) -> None:
        """Do nothing: nothing stays open between two polls."""

    def _failed(self, error: DatabaseError, state: DatabaseState) -> Update:
        self._retries += 1
        more = isinstance(error, BusyError) and self._retries <= _MAX_RETRIES
        return Update(more=more, error=f"the database: {error}", size=state.size, modified=state.modified)

    def _read(self, connection: sqlite3.Connection, budget: Budget) -> _Look:
        query = self._tables.rows_query(connection)
        look = _Look(last_id=_number(self._last_row))
        if self._last_row is not None:
            look.is_void = self._query(connection, f"{query} WHERE id = ?", look.last_id) != [self._last_row]
        end, look.more = time.monotonic() + budget.seconds, not look.is_void
        while look.more and len(look.rows) < budget.rows:
            piece = min(self._piece, budget.rows - len(look.rows))
            rows = self._query(connection, f"{query} WHERE id > ? ORDER BY id LIMIT ?", look.last_id, piece)
            look.rows += rows
            look.last_id, look.more = _number(rows[-1] if rows else None, look.last_id), len(rows) == piece
            if time.monotonic() > end:
                break
        self._read_runs(connection, look)
        return look

    def _read_runs(self, connection: sqlite3.Connection, look: _Look) -> None:
        """Read the table of runs, after the rows: so the run of every row is in it."""
        look.runs = self._tables.runs(connection)
        look.is_void = look.is_void or self._tables.has_lost(connection, self._known)
        if look.runs is None or look.runs is self._runs:
            return
        appeared = look.runs.keys() - self._runs.keys() - self._known.keys()
        restored = self._runs and any(self._has_old_rows(connection, run) for run in appeared)
        look.is_void = look.is_void or bool(restored) or not self._known.keys() <= look.runs.keys()

    def _has_old_rows(self, connection: sqlite3.Connection, run: RunId) -> bool:
        """Return whether rows of *run* were passed over because it was deleted then."""
        query = f"{self._tables.rows_query(connection)} WHERE run = ? AND id <= ? LIMIT 1"
        return bool(self._query(connection, query, run, _number(self._last_row)))

    def _query(self, connection: sqlite3.Connection, query: str, *values: object) -> list[Row]:
        """Return the rows of *query*, and adapt the number of rows of the next one to the time that it took."""
        started = time.monotonic()
        try:
            with time_limit(connection):
                return connection.execute(query, values).fetchall()
        finally:
            took = time.monotonic() - started
            if took > _LONG_SECONDS:
                self._piece = max(_MIN_PIECE, self._piece // 2)
            elif took < _SHORT_SECONDS:
                self._piece = min(_MAX_PIECE, self._piece * 2)

    def _restart(self, state: DatabaseState) -> Update:
        """Forget everything; the next poll begins with the first row."""
        reset, self._known, self._runs = frozenset(self._known), {}, {}
        self._last_row, self._wrong_rows = None, 0
        self._points = ScalarsBuilder()
        self._tables.restart()
        self._restarts += 1
        more = self._restarts <= _MAX_RESTARTS
        error = "" if more else "the database: it is damaged: its rows differ each time they are read"
        return Update(reset=reset, more=more, error=error, size=state.size, modified=state.modified)

    def _apply(self, look: _Look, state: DatabaseState) -> Update:
        changed: dict[RunId, RunInfo] = {}
        for row in look.rows:
            run, info = self._tables.run_of(row)
            if look.runs is not None and run not in look.runs:
                continue  # deleted
            self._wrong_rows += not self._tables.add(row, self._points)
            if run not in self._known:
                self._known[run] = changed[run] = info
        runs = look.runs or {}
        for run in self._known.keys() & runs.keys():
            if self._known[run] != runs[run]:
                self._known[run] = changed[run] = runs[run]
        self._last_row = look.rows[-1] if look.rows else self._last_row
        self._runs = runs
        self._restarts = self._restarts if look.more else 0
        return self._update(state, self._points.take(), changed, more=look.more)

    def _update(
        self,
        state: DatabaseState,
        scalars: Sequence[Scalars] = (),
        runs: Mapping[RunId, RunInfo] | None = None,
        *,
        more: bool = False,
    ) -> Update:
        warnings = [*self._warnings()]
        return Update(scalars, runs or {}, more=more, warnings=warnings, size=state.size, modified=state.modified)

    def _warnings(self) -> Iterator[str]:
        if self._wrong_rows:
            yield f"rows of the database that are not valid left out: {self._wrong_rows:,}"
        yield from self._points.warnings


def _number(row: Row | None, default: int = 0) -> int:
    """Return the number of *row*."""
    number = row[0] if row else None
    return number if isinstance(number, int) else default
