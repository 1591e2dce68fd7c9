"""Records of named numbers, made into columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from lossmon.core.naming import EARLIEST, EPOCHS, LATEST, STEPS, WALLS
from lossmon.core.points import Axis, Scalars
from lossmon_adapters.json_logs.blocks import Block
from lossmon_adapters.shared.columns import ScalarsBuilder

_DEEPEST = 4
_NOT_METRICS = {"config"}


class Rows:
    """Takes one record after the other and gives columns.

    A record is of the step it says, or the epoch where it has no step, or else of the one before it.
    """

    def __init__(self) -> None:
        self._points = ScalarsBuilder()
        self._last: tuple[Axis, float] = ("epoch", 0)

    @property
    def notices(self) -> list[str]:
        """Say so if points were left out."""
        return self._points.notices

    def add(self, record: Mapping[str, object]) -> None:
        """Take one record; what in it is no number counts as not there."""
        numbers = dict(_numbers(record))
        key, axis = _x_key(numbers)
        if key is not None:
            self._last = axis, numbers.pop(key)
        wall = math.nan
        for name in [name for name in numbers if name.lower() in WALLS]:
            if EARLIEST < numbers[name] < LATEST:
                wall = numbers.pop(name)
        for name, value in numbers.items():
            self._points.add(name, *self._last, wall, value)

    def columns_of(self, block: Block) -> list[Scalars] | None:
        """Return the columns of many records that are alike, or None where they must be added one by one."""
        numbers = dict(zip(block.names, np.ascontiguousarray(block.values.T), strict=True))
        key, axis = _x_key({name: values[0] for name, values in numbers.items()})
        if key is None:
            return None
        x = numbers.pop(key)
        wall = np.full(len(x), np.nan)
        for name in [name for name in numbers if name.lower() in WALLS]:
            times = (numbers[name] > EARLIEST) & (numbers[name] < LATEST)
            if times.all():
                wall = numbers.pop(name)
            elif times.any():
                return None
        self._last = axis, float(x[-1])
        found = (self._points.column(name, axis, x, wall, values) for name, values in numbers.items())
        return [column for column in found if column]

    def columns(self) -> list[Scalars]:
        """Return what was taken since the last call."""
        return self._points.columns()


def _x_key(numbers: Mapping[str, float]) -> tuple[str | None, Axis]:
    lower = {name.lower(): name for name in numbers if math.isfinite(numbers[name])}
    step = next((lower[name] for name in STEPS if name in lower), None)
    if step is not None:
        return step, "step"
    return next((lower[name] for name in EPOCHS if name in lower), None), "epoch"


def _numbers(record: Mapping[str, object], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield the numbers of a record; those of an object in it under both names, with a slash between."""
    for key, value in record.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield prefix + key, float(value)
        elif isinstance(value, dict) and depth < _DEEPEST and key not in _NOT_METRICS:
            yield from _numbers(value, f"{prefix}{key}/", depth + 1)
