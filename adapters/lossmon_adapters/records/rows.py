"""Records of named numbers, made into columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lossmon.points import Axis, Column
from lossmon.text import Name
from lossmon_adapters.naming import EARLIEST, EPOCHS, LATEST, STEPS, WALLS

MOST_TAGS = 10_000
"""Tags of one log whose points are kept."""

_DEEPEST = 4
_NOT_METRICS = {"config"}
_EXACT = 2**53


class Rows:
    """Takes one record after the other and gives columns.

    A record is of the step it says, or the epoch where it has no step, or else of the one before it.
    """

    def __init__(self) -> None:
        self.too_many_tags = False
        self._names: dict[str, Name] = {}
        self._last: tuple[Axis, float] = ("epoch", 0)
        self._points: dict[tuple[str, Axis], list[tuple[float, float, float]]] = {}

    @property
    def last_step(self) -> float:
        """The step, or epoch, of the record before."""
        return self._last[1]

    def add(self, record: Mapping[str, Any]) -> None:
        """Take one record; what in it is no number counts as not there."""
        numbers = dict(_numbers(record))
        key, axis = _x_key(numbers)
        if key is not None:
            self._last = axis, numbers.pop(key)
        axis, x = self._last
        wall = math.nan
        for name in [name for name in numbers if name.lower() in WALLS]:
            if EARLIEST < numbers[name] < LATEST:
                wall = numbers.pop(name)
        for name, value in numbers.items():
            self._points.setdefault((name, axis), []).append((x, wall, value))

    def columns(self) -> list[Column]:
        """Return what was taken since the last call."""
        columns = []
        for (tag, axis), points in self._points.items():
            name = self._name(tag)
            if name is not None:
                x, wall, value = (np.array(part, np.float64) for part in zip(*points, strict=True))
                whole = bool(np.all((np.floor(x) == x) & (np.abs(x) < _EXACT)))
                columns.append(Column(name, axis, x.astype(np.int64) if whole else x, wall, value))
        self._points = {}
        return columns

    def _name(self, tag: str) -> Name | None:
        known = self._names.get(tag)
        if known is None:
            if len(self._names) >= MOST_TAGS:
                self.too_many_tags = True
                return None
            known = self._names[tag] = Name.of(tag.encode("utf-8", "surrogatepass"))
        return known


def _x_key(numbers: Mapping[str, float]) -> tuple[str | None, Axis]:
    lower = {name.lower(): name for name in numbers if math.isfinite(numbers[name])}
    for names, axis in ((STEPS, "step"), (EPOCHS, "epoch")):
        for name in names:
            if name in lower:
                return lower[name], axis
    return None, "step"


def _numbers(record: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield the numbers of a record; those of an object in it under both names, with a slash between."""
    for key, value in record.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield prefix + key, float(value)
        elif isinstance(value, dict) and depth < _DEEPEST and key not in _NOT_METRICS:
            yield from _numbers(value, f"{prefix}{key}/", depth + 1)
