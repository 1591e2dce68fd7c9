"""trackio's database of a project: a row is what a run logged in one step."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from lossmon.sources.protocol import RunId, RunInfo
from lossmon_adapters.json_logs.parse import parse_json
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.trackers.database_source import Row, Tables
from lossmon_adapters.trackers.numbers import as_number
from lossmon_adapters.trackers.sqlite_file import time_limit

_MAX_ROW_BYTES = 1 << 18
"""Bytes of the metrics of a row that are read."""
_MAX_DEPTH = 4
"""How deep objects inside an object are searched for numbers."""
_ROWS = f"""SELECT id, {{run}} AS run, run_name, step, timestamp,
    CASE WHEN length(metrics) <= {_MAX_ROW_BYTES} THEN metrics END FROM metrics"""  # noqa: S608 - names of columns


class TrackioTables(Tables):
    """The table ``metrics``, whose rows have the name of their run."""

    def __init__(self) -> None:
        self._has_ids = False
        """Whether runs have an id; in older versions of trackio their name is all that identifies them."""

    def rows_query(self, connection: sqlite3.Connection) -> str:
        """Return the query of the rows."""
        columns = {name for _, name, *_ in connection.execute("PRAGMA table_info(metrics)")}
        self._has_ids = "run_id" in columns
        return _ROWS.format(run="run_id" if self._has_ids else "run_name")

    def runs(self, connection: sqlite3.Connection) -> Mapping[RunId, RunInfo] | None:  # noqa: ARG002
        """Return None: rows name their runs."""
        return None

    def has_lost(self, connection: sqlite3.Connection, known: Collection[RunId]) -> bool:
        """Return whether a run of *known* has no rows any more; older versions have no index to find that out by."""
        if not self._has_ids:
            return False
        exists = "SELECT 1 FROM metrics WHERE run_id = ? LIMIT 1"
        with time_limit(connection):
            return any(connection.execute(exists, (run,)).fetchone() is None for run in known)

    def restart(self) -> None:
        """Do nothing: every row has its own step."""

    def run_of(self, row: Row) -> tuple[RunId, RunInfo]:
        """Return the run of *row*, and its name."""
        return str(row[1]), RunInfo(name=str(row[2]))

    def add(self, row: Row, points: ScalarsBuilder) -> bool:
        """Add the numbers of *row*."""
        _, run, _, step, timestamp, metrics = row
        text = metrics.decode("utf-8", "replace") if isinstance(metrics, bytes) else metrics
        logged = parse_json(text) if isinstance(text, str) else None
        if not isinstance(logged, dict) or not isinstance(step, int):
            return False
        wall = _seconds(timestamp)
        for name, value in _numbers(logged):
            points.add(name, "step", step, wall, value, str(run))
        return True


def _seconds(timestamp: object) -> float:
    """Return seconds since 1970 of a time in ISO 8601; NaN if it is none."""
    try:
        return datetime.fromisoformat(str(timestamp).replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError, OSError):
        return math.nan


def _numbers(logged: Mapping[str, object], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield names and numbers; images and tables, which have a ``_type``, are left out."""
    for key, value in logged.items():
        number = as_number(value)
        if number is not None:
            yield prefix + key, number
        elif isinstance(value, dict) and depth < _MAX_DEPTH and "_type" not in value:
            yield from _numbers(value, f"{prefix}{key}/", depth + 1)
