"""Databases as MLflow and trackio write them, and other programs that use them at the same time."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from tests.support.decoding import Points, points_by_tag

from lossmon.core.points import Scalars
from lossmon.sources.location import LocalLocation
from lossmon.sources.protocol import Budget, Source, Update
from lossmon.sources.registry import Claim, Registry
from lossmon_adapters import BUILTIN, BUILTIN_SOURCES

MLFLOW = """
CREATE TABLE runs (run_uuid VARCHAR(32) PRIMARY KEY, name VARCHAR(250), status VARCHAR(9), lifecycle_stage VARCHAR(20));
CREATE TABLE latest_metrics (key VARCHAR(250), value FLOAT, timestamp BIGINT, step BIGINT, is_nan BOOLEAN, run_uuid);
CREATE TABLE metrics (key VARCHAR(250), value FLOAT NOT NULL, timestamp BIGINT, run_uuid VARCHAR(32),
    step BIGINT DEFAULT 0, is_nan BOOLEAN DEFAULT 0, PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan));
CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
INSERT INTO runs VALUES ('a1', 'overfit', 'RUNNING', 'active'), ('b2', 'healthy', 'FINISHED', 'active');
"""
"""The part of MLflow's tables that is read, and two runs."""
TRACKIO = """
CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, timestamp TEXT NOT NULL,
    run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL);
CREATE INDEX idx_metrics_run_step ON metrics (run_id, step);
CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT);
"""
"""The part of trackio's tables that is read."""


def execute(path: Path, script: str) -> None:
    """Run SQL on the database at *path*, and close it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(script)


def add_losses(path: Path, steps: Iterable[int], run: str = "a1", key: str = "loss") -> None:
    """Add a value of a metric to MLflow's database for each of *steps*, a second apart."""
    rows = [(key, 1 / (step + 1), 1_700_000_000_000 + 1000 * step, run, step) for step in steps]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, 0)", rows)
        connection.execute("COMMIT")


def claim(path: Path) -> Claim | None:
    """Return the claim of the built-in format that reads *path*."""
    location = LocalLocation(str(path), path.name, "directory" if path.is_dir() else "file", _names_in)
    return Registry([*BUILTIN, *BUILTIN_SOURCES]).find(location)


def _names_in(path: str) -> Sequence[str]:
    return sorted(entry.name for entry in Path(path).iterdir())


def open_source(path: Path) -> Source:
    """Open the built-in source that reads *path*."""
    found = claim(path)
    assert found
    return found.open()


def poll_all(source: Source, budget: Budget | None = None) -> list[Update]:
    """Poll until nothing more is there."""
    updates = [source.poll(budget or Budget())]
    while updates[-1].more:
        updates.append(source.poll(budget or Budget()))
    return updates


def points_of(updates: Iterable[Update], run: str = "a1") -> Points:
    """Return the points of one run by tag, without those before a reset."""
    scalars: list[Scalars] = []
    for update in updates:
        scalars = [] if run in update.reset else scalars
        scalars += [one for one in update.scalars if one.run == run]
    return points_by_tag(scalars)


def fingerprint(directory: Path) -> dict[str, tuple[str, int]]:
    """Return name, checksum and time of every file in *directory*, to see whether something has changed."""
    return {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(directory.iterdir())
    }


@contextmanager
def other_program(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run Python code in another process; end it with the block."""
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line_from(process: subprocess.Popen[str]) -> str:
    """Wait for a line of another program."""
    assert process.stdout
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str], line: str = "") -> None:
    """Send a line to another program."""
    assert process.stdin
    process.stdin.write(line + "\n")
    process.stdin.flush()
