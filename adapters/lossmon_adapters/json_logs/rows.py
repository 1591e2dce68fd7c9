"""Collect records, which are JSON objects with named numbers, into arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from lossmon.core.metric_names import (
    EARLIEST_WALL_TIME,
    EPOCH_NAMES,
    LATEST_WALL_TIME,
    SETTINGS_NAMES,
    STEP_NAMES,
    WALL_TIME_NAMES,
)
from lossmon.core.points import Axis, Floats, Scalars
from lossmon_adapters.shared.columns import ScalarsBuilder

MAX_DEPTH = 4
"""How deep objects inside an object are searched for numbers."""


class RecordCollector:
    """Collects records in the order of the log and returns the points of their numbers.

    The x of a record is its step, or its epoch where it has no step, or else that of the record before it.
    """

    def __init__(self) -> None:
        self._points = ScalarsBuilder()
        self._last_x: tuple[Axis, float] = ("epoch", 0)

    @property
    def warnings(self) -> list[str]:
        """A sentence for the user if points were left out."""
        return self._points.warnings

    def add(self, record: Mapping[str, object]) -> None:
        """Add one record; anything in it that is not a number is left out."""
        numbers = dict(_numbers(record))
        key, axis = _x_key(numbers)
        if key is not None:
            self._last_x = axis, numbers.pop(key)
        wall = math.nan
        for name in _wall_time_keys(numbers):
            if EARLIEST_WALL_TIME < numbers[name] < LATEST_WALL_TIME:
                wall = numbers.pop(name)
        for name, value in numbers.items():
            self._points.add(name, *self._last_x, wall, value)

    def take(self) -> list[Scalars]:
        """Return and forget the points of the records that were added since the last call."""
        return self._points.take()

    def scalars_of(self, names: Sequence[str], rows: Floats) -> list[Scalars] | None:
        """Return the points of records with the same *names*, whose finite values are *rows*, shape (records, names).

        None if they must be added one by one to be exact.
        """
        columns = dict(zip(names, np.ascontiguousarray(rows.T), strict=True))
        key, axis = _x_key({name: values[0] for name, values in columns.items()})
        if key is None:
            return None
        x = columns.pop(key)
        wall = np.full(len(x), np.nan)
        for name in _wall_time_keys(columns):
            is_time = (columns[name] > EARLIEST_WALL_TIME) & (columns[name] < LATEST_WALL_TIME)
            if is_time.all():
                wall = columns.pop(name)
            elif is_time.any():
                return None
        self._last_x = axis, float(x[-1])
        found = (self._points.scalars_of(name, axis, x, wall, values) for name, values in columns.items())
        return [scalars for scalars in found if scalars]


def _x_key(numbers: Mapping[str, float]) -> tuple[str | None, Axis]:
    """Return the name of the number that is x, if any, and what it counts."""
    lower = {name.lower(): name for name in numbers if math.isfinite(numbers[name])}
    step = next((lower[name] for name in STEP_NAMES if name in lower), None)
    if step is not None:
        return step, "step"
    return next((lower[name] for name in EPOCH_NAMES if name in lower), None), "epoch"


def _wall_time_keys(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.lower() in WALL_TIME_NAMES]


def _numbers(record: Mapping[str, object], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield names and numbers of *record*; a number of an object in it has both names, with a slash between."""
    for key, value in record.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield prefix + key, float(value)
        elif isinstance(value, dict) and depth < MAX_DEPTH and key not in SETTINGS_NAMES:
            yield from _numbers(value, f"{prefix}{key}/", depth + 1)
