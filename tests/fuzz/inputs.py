"""What is damaged, and how it is read: a log by its decoder, a database or a directory by its source."""

from __future__ import annotations

import math
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Protocol

from tests.fuzz.mutations import LARGEST, cut_places, mutated
from tests.support.decoding import DATA, SAMPLES, bits, find_adapter
from tests.support.tracker_databases import claim, poll_all

from lossmon.core.points import Scalars
from lossmon.sources.abilities import SupportsFinish, SupportsPlannedEnd
from lossmon.sources.protocol import Adapter, Budget
from lossmon_adapters import BUILTIN

MAX_SECONDS = 3.0
"""CPU time that an input may take; they have at most 40 KB."""
_CUTS = 3
"""Ways to cut an input."""

Points = dict[tuple[str, bytes, str, bool], list[tuple[bytes, ...]]]
"""By run, tag, axis and whether they are declared; numbers are bytes, so that NaN equals NaN."""


@dataclass(frozen=True)
class Failure:
    """An input that was not read as it should."""

    data: bytes
    what: str


class Case(Protocol):
    """One sample."""

    @property
    def format_name(self) -> str:
        """What reads it."""

    @property
    def path(self) -> Path:
        """Where it is."""

    def try_one(self, randomness: Random) -> Failure | None:
        """Damage it and read it; return what went wrong."""


def all_cases() -> list[Case]:
    """Return every sample with the format that claims it, a third of them also with another format."""
    randomness = Random(0)
    files = [path for root in (DATA, SAMPLES) for path in sorted(root.rglob("*")) if path.is_file()]
    cases: list[Case] = []
    for path in files:
        adapter = find_adapter(path, _head(path))
        if adapter:
            cases.append(LogCase(adapter.name, path, adapter))
            other = randomness.choice(BUILTIN)
            cases += [LogCase(other.name, path, other)] if randomness.random() < 0.3 else []
    return [*cases, *_stores()]


def _stores() -> Iterator[Case]:
    for pattern in ("**/*.db", "mlflow_file/mlruns/*/*"):
        for path in sorted(SAMPLES.glob(pattern)):
            found = claim(path)
            if found:
                yield StoreCase(f"{found.format.name} {'files' if path.is_dir() else 'db'}", path)


@dataclass(frozen=True)
class LogCase:
    """A file that a decoder reads."""

    format_name: str
    path: Path
    adapter: Adapter = field(repr=False)

    def try_one(self, randomness: Random) -> Failure | None:
        """Damage the file, and read it whole and cut."""
        data = mutated(_content(self.path), _texts(), randomness)
        try:
            started = time.process_time()
            whole = self._read(data, [])
            if time.process_time() - started > MAX_SECONDS:
                return Failure(data, f"takes {time.process_time() - started:.1f} s")
            for _ in range(_CUTS):
                cuts = cut_places(len(data), randomness)
                if self._read(data, cuts) != whole:
                    return Failure(data, f"other points if cut at {cuts[:9]}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
            return Failure(data, f"{type(error).__name__}: {error}")
        return None

    def _read(self, data: bytes, cuts: Sequence[int]) -> tuple[Points, object]:
        decoder = self.adapter.decoder()
        scalars: list[Scalars] = []
        for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            scalars += decoder.feed(data[begin:end])
        if isinstance(decoder, SupportsFinish):
            scalars += decoder.finish()
        assert all(isinstance(warning, str) for warning in decoder.warnings)
        return _points(scalars), dict(decoder.planned_end) if isinstance(decoder, SupportsPlannedEnd) else None


@dataclass(frozen=True)
class StoreCase:
    """A database or a directory that a source reads."""

    format_name: str
    path: Path

    def try_one(self, randomness: Random) -> Failure | None:
        """Damage some bytes of one of its files, and read it with different budgets."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy" / self.path.name
            shutil.copytree(self.path if self.path.is_dir() else self.path.parent, copy.parent)
            copy = copy.parent if self.path.is_dir() else copy
            files = [file for file in sorted(copy.parent.rglob("*")) if file.is_file() and file.suffix != ".txt"]
            damaged = randomness.choice([copy, *files] if copy.is_file() else files)
            data = self._damaged(damaged.read_bytes(), randomness)
            damaged.write_bytes(data)
            return self._read_twice(copy, data, randomness)

    def _damaged(self, data: bytes, randomness: Random) -> bytes:
        if self.path.is_dir():
            return mutated(data, _texts(), randomness)
        changed = bytearray(data)
        for _ in range(randomness.choice([0, 1, 1, 3, 30])):
            page = 4096 * randomness.randrange(len(data) // 4096 + 1)
            begin = randomness.choice([randomness.randrange(len(data) + 1), page + randomness.randrange(40)])
            size = randomness.choice([1, 1, 2, 8, 100, 4096])
            piece = randomness.choice([randomness.randbytes(size), bytes(size), changed[:size]])
            changed[begin : begin + size] = piece[: len(changed[begin : begin + size])]
        return bytes(changed[: randomness.choice([len(data), len(data), randomness.randrange(len(data) + 1)])])

    def _read_twice(self, copy: Path, data: bytes, randomness: Random) -> Failure | None:
        rows = randomness.choice([1, 7, 100])
        budgets = [Budget(seconds=10.0), Budget(bytes=rows, rows=rows, seconds=10.0)]
        try:
            started = time.process_time()
            read = [self._read(copy, budget) for budget in budgets]
            took = time.process_time() - started
            if took > 2 * MAX_SECONDS:
                return Failure(data, f"takes {took:.1f} s")
            # What SQLite finds in a damaged database depends on how it is asked.
            if read[0] != read[1] and (copy.is_dir() or _is_sound(copy)):
                return Failure(data, f"other points {rows} rows or bytes at a time")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
            return Failure(data, f"{type(error).__name__}: {error}")
        return None

    def _read(self, path: Path, budget: Budget) -> Points | str:
        found = claim(path)
        if found is None:
            return "not recognised"
        updates = poll_all(found.open(), budget)
        scalars: list[Scalars] = []
        for update in updates:
            scalars = [one for one in scalars if one.run not in update.reset] + list(update.scalars)
        return updates[-1].error or _points(scalars)


def _points(batches: Sequence[Scalars]) -> Points:
    points: Points = {}
    for one in batches:
        rows = zip(one.x.tolist(), one.wall_time.tolist(), one.value.tolist(), strict=True)
        into = points.setdefault((one.run, one.tag.raw, one.axis, one.is_declared), [])
        into += [(bits(one.resumed_at),)] if one.resumed_at < math.inf else []
        into += [tuple(map(bits, row)) for row in rows]
    return points


def _is_sound(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(database)) as connection:
            return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    except (sqlite3.Error, UnicodeDecodeError):
        return False


@cache
def _texts() -> list[bytes]:
    """Return the starts of all test logs, parts of which are put into others."""
    return [_content(path) for path in sorted(DATA.rglob("*")) if path.is_file()]


@cache
def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


def _head(path: Path) -> bytes:
    return _content(path)[:4096]
