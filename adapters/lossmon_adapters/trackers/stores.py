"""Recognise what trackers keep in databases and directories, and open it as sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lossmon.sources.protocol import Location, Match

if TYPE_CHECKING:
    from lossmon.sources.protocol import Source

_SUFFIXES = frozenset({".db", ".sqlite", ".sqlite3"})
_SIGNATURE = b"SQLite format 3\0"
_PRIORITY = 75
"""Exact values and times, of one program; but event files that the same training wrote hold more."""


def _is_default_of_mlflow(location: Location) -> bool:
    return location.path.name == "mlflow.db"


def _is_beside_lock_of_trackio(location: Location) -> bool:
    return f"{location.path.stem}.lock" in location.siblings()


def _open_mlflow(path: str) -> Source:
    from lossmon_adapters.trackers.database_source import DatabaseSource
    from lossmon_adapters.trackers.mlflow_database import MlflowTables

    return DatabaseSource(path, MlflowTables())


def _open_trackio(path: str) -> Source:
    from lossmon_adapters.trackers.database_source import DatabaseSource
    from lossmon_adapters.trackers.trackio_database import TrackioTables

    return DatabaseSource(path, TrackioTables())


@dataclass(frozen=True)
class TrackerDatabase:
    """The database of one tracker."""

    name: str
    tables: frozenset[str]
    """Tables by which it is recognised."""
    is_expected: Callable[[Location], bool]
    """Whether it is this tracker's by its place, while its tables are not there yet or cannot be read."""
    make: Callable[[str], Source]
    schemes: frozenset[str] = frozenset({"file"})

    def match(self, location: Location) -> Match | None:
        """Return a match if the location is a database with the tables of the tracker."""
        if location.kind != "file" or location.path.suffix not in _SUFFIXES or not location.local_path:
            return None
        if not location.head(len(_SIGNATURE)).startswith(_SIGNATURE):
            return None
        from lossmon_adapters.trackers.sqlite_file import table_names

        tables = table_names(location.local_path)
        is_ours = self.tables <= tables if tables else self.is_expected(location)
        return Match(_PRIORITY) if is_ours else None

    def open(self, location: Location) -> Source:
        """Return a source that reads the database."""
        return self.make(location.local_path)


class MlflowFiles:
    """Runs in MLflow's file store."""

    name = "mlflow"
    schemes = frozenset({"file"})
    _OWN_NAMES = frozenset({"meta.yaml", "metrics", "params", "tags"})
    """What MLflow itself writes beside the artifacts of a run."""

    def match(self, location: Location) -> Match | None:
        """Return a match if the location is the directory of a run."""
        if location.kind != "directory" or not location.local_path:
            return None
        is_run = {"meta.yaml", "metrics"} <= set(location.entries())
        return Match(_PRIORITY, consumes=self._OWN_NAMES) if is_run else None

    def open(self, location: Location) -> Source:
        """Return a source that reads the run."""
        from lossmon_adapters.trackers.mlflow_files import MlflowRunSource

        return MlflowRunSource(Path(location.local_path))


TRACKER_STORES = (
    TrackerDatabase("mlflow", frozenset({"metrics", "runs", "latest_metrics"}), _is_default_of_mlflow, _open_mlflow),
    TrackerDatabase("trackio", frozenset({"metrics", "configs"}), _is_beside_lock_of_trackio, _open_trackio),
    MlflowFiles(),
)
"""The databases and directories of trackers that are read."""
