"""MLflow's database: a row is a value of a metric of a run."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping

from lossmon.sources.protocol import RunId, RunInfo, RunState
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.trackers.database_source import Row, Tables
from lossmon_adapters.trackers.mlflow_metrics import StepCounter, true_value

_STATES: dict[str, RunState] = {"RUNNING": "running", "FINISHED": "finished", "FAILED": "failed", "KILLED": "failed"}
_MILLISECONDS = 1e3
_ROWS = "SELECT rowid AS id, run_uuid AS run, key, step, timestamp, value, is_nan FROM metrics"
_RUNS = "SELECT run_uuid, name, status FROM runs WHERE lifecycle_stage = 'active' LIMIT 100000"


class MlflowTables(Tables):
    """The tables ``metrics`` and ``runs``; runs that were deleted in MLflow are left out."""

    def __init__(self) -> None:
        self._steps = StepCounter()

    def rows_query(self, connection: sqlite3.Connection) -> str:  # noqa: ARG002 - the same for all versions of MLflow
        """Return the query of the rows."""
        return _ROWS

    def runs(self, connection: sqlite3.Connection) -> Mapping[RunId, RunInfo]:
        """Return all runs that are not deleted."""
        return {
            str(run): RunInfo(name=str(name or ""), state=_STATES.get(status, "unknown"))
            for run, name, status in connection.execute(_RUNS)
        }

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
