"""MLflow's database: a row is a value of a metric of a run."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping

from lossmon.core.hyperparameters import from_texts
from lossmon.sources.protocol import RunId, RunInfo, RunState
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.trackers.database_source import Row, Tables
from lossmon_adapters.trackers.mlflow_metrics import StepCounter, true_value
from lossmon_adapters.trackers.sqlite_file import time_limit

_STATES: dict[str, RunState] = {"RUNNING": "running", "FINISHED": "finished", "FAILED": "failed", "KILLED": "failed"}
_MILLISECONDS = 1e3
_ROWS = "SELECT rowid AS id, run_uuid AS run, key, step, timestamp, value, is_nan FROM metrics"
_RUNS = """SELECT rowid, run_uuid, name, status FROM runs
    WHERE lifecycle_stage = 'active' AND rowid > ? ORDER BY rowid LIMIT ?"""
_PARAMS = """SELECT rowid, run_uuid, key, substr(value, 1, 256) FROM params
    WHERE rowid > ? ORDER BY rowid LIMIT ?"""
_HAS_PARAMS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'params'"
_MAX_PARAMS = 1_000_000
"""Parameters of all runs that are read."""
_RUNS_PER_QUERY = 2000
"""A few milliseconds; a writer waits as long as a query takes."""
_MAX_RUNS = 100_000
"""Runs that are read; bounds the memory that a database can take."""


class MlflowTables(Tables):
    """The tables ``metrics`` and ``runs``; runs that were deleted in MLflow are left out."""

    def __init__(self) -> None:
        self._steps = StepCounter()
        self._run_rows: list[tuple[int, object, object, str]] = []
        self._runs: dict[RunId, RunInfo] = {}
        self._last_param = self._params_read = 0
        self._params: dict[RunId, list[tuple[str, str]]] = {}

    def rows_query(self, connection: sqlite3.Connection) -> str:  # noqa: ARG002 - the same for all versions of MLflow
        """Return the query of the rows."""
        return _ROWS

    def runs(self, connection: sqlite3.Connection) -> Mapping[RunId, RunInfo]:
        """Return all runs that are not deleted; the same object as before if nothing has changed."""
        rows, has_new_params = self._read_runs(connection), self._read_params(connection)
        if rows != self._run_rows or has_new_params:
            self._run_rows = rows
            self._runs = {
                str(run): RunInfo(
                    name=str(name or ""),
                    state=_STATES.get(status, "unknown"),
                    hyperparameters=from_texts(self._params.get(str(run), ())),
                )
                for _, run, name, status in rows
            }
        return self._runs

    def _read_params(self, connection: sqlite3.Connection) -> bool:
        """Read the parameters that were added, which MLflow never changes; return whether there are any."""
        before = self._params_read
        if not self._last_param and connection.execute(_HAS_PARAMS).fetchone() is None:
            return False
        while self._params_read < _MAX_PARAMS:
            with time_limit(connection):
                piece = connection.execute(_PARAMS, (self._last_param, _RUNS_PER_QUERY)).fetchall()
            for number, run, key, value in piece:
                self._last_param = number
                self._params.setdefault(str(run), []).append((str(key), str(value)))
            self._params_read += len(piece)
            if len(piece) < _RUNS_PER_QUERY:
                break
        return self._params_read > before

    def _read_runs(self, connection: sqlite3.Connection) -> list[tuple[int, object, object, str]]:
        rows: list[tuple[int, object, object, str]] = []
        while len(rows) < _MAX_RUNS:
            with time_limit(connection):
                piece = connection.execute(_RUNS, (rows[-1][0] if rows else 0, _RUNS_PER_QUERY)).fetchall()
            rows += piece
            if len(piece) < _RUNS_PER_QUERY:
                break
        return rows

    def restart(self) -> None:
        """Forget the rows that were added."""
        self._steps = StepCounter()

    def run_of(self, row: Row) -> tuple[RunId, RunInfo]:
        """Return the run of *row*; its name is in the other table."""
        return str(row[1]), RunInfo()

    def add(self, row: Row, points: ScalarsBuilder) -> bool:
        """Add the value of *row*."""
        _, run, key, step, timestamp, value, is_nan = row
        if not (isinstance(step, int) and isinstance(timestamp, (int, float)) and isinstance(value, (int, float))):
            return False
        x = self._steps.x(f"{run}/{key}", step)
        points.add(str(key), "step", x, timestamp / _MILLISECONDS, math.nan if is_nan else true_value(value), str(run))
        return True
