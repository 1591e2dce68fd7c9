"""Collect records, which are named numbers and texts, into arrays: objects of JSON, rows of some tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from lossmon.core.metric_names import (
    EARLIEST_WALL_TIME,
    EPOCH_NAMES,
    LATEST_WALL_TIME,
    STEP_NAMES,
    WALL_TIME_NAMES,
    has_train_and_held_out_loss,
    is_held_out,
)
from lossmon.core.points import Axis, Floats, Scalars
from lossmon_adapters.shared.columns import MAX_TAGS, ScalarsBuilder
from lossmon_adapters.shared.epoch_steps import EpochSteps
from lossmon_adapters.shared.fields import (
    RecordFields,
    find_fields,
    numbers_of,
    run_name,
    single_value,
    split_of,
    tag_of,
)

MAX_RUNS = 1000
"""Trainings of one log whose points are read."""
TOO_MANY_RUNS = f"more than {MAX_RUNS:,} trainings: the others are left out"
"""What the user is told where a log has more."""
_MAX_KINDS = 256
"""Kinds of records whose fields are remembered."""


class _Progress:
    """How far one of the trainings in a log has come."""

    def __init__(self) -> None:
        self.last_x: tuple[Axis, float] = ("epoch", 0)
        self.counts = False
        """Whether a record had a counter so far."""
        self.counts_by_series: dict[str, int] = {}
        """Records without a counter so far, by what they hold."""
        self.names: frozenset[str] = frozenset()
        self.steps = EpochSteps()

    def next_count(self, series: str) -> int:
        """Return how many records of *series* there were before this one."""
        count = self.counts_by_series.get(series, 0)
        if series in self.counts_by_series or len(self.counts_by_series) < MAX_TAGS:
            self.counts_by_series[series] = count + 1
        return count


class RecordCollector:
    """Collects records in the order of the log and returns the points of their numbers.

    The x of a record is its step, or its epoch where it has no step, or else that of the record before it. Where no
    record has a counter, the records are counted.
    """

    def __init__(self) -> None:
        self._points = ScalarsBuilder()
        self._progress: dict[str, _Progress] = {}
        self._fields: dict[tuple[str, ...], RecordFields] = {}

    @property
    def warnings(self) -> list[str]:
        """Sentences for the user if points were left out."""
        too_many = len(self._progress) >= MAX_RUNS
        return [*self._points.warnings, *([TOO_MANY_RUNS] if too_many else [])]

    def add(self, record: Mapping[str, object], run: str = "") -> None:
        """Add one record of the training *run*; what is no number in it is left out."""
        fields = self._fields_of(record)
        run = run or run_name(fields.run, record)
        progress = self._progress_of(run)
        if progress is None:
            return
        numbers = dict(numbers_of(record))
        if fields.run and run:
            numbers.pop(fields.run, None)
        split = split_of(fields, record)
        metric = record.get(fields.metric) if fields.metric is not None else ""
        axis, x = _next_x(progress, numbers, split, f"{split}/{metric}" if split or metric else "")
        wall = _pop_wall_time(numbers)
        if fields.value is not None:
            numbers = single_value(fields, record, numbers.get(fields.value))
        for name, value in numbers.items():
            self._points.add(tag_of(name, split) if split else name, axis, x, wall, value, run)

    def take(self) -> list[Scalars]:
        """Return and forget the points of the records that were added since the last call."""
        return self._points.take()

    def scalars_of(self, names: Sequence[str], rows: Floats) -> list[Scalars] | None:
        """Return the points of records with the same *names*, whose finite values are *rows*, shape (records, names).

        None if they must be added one by one to be exact.
        """
        columns = dict(zip(names, np.ascontiguousarray(rows.T), strict=True))
        key, axis = _x_key({name: values[0] for name, values in columns.items()})
        if key is None or find_fields(names).run:
            return None
        progress = self._progress_of("")
        x = columns.pop(key)
        if progress is None or (axis == "step" and _counts_anew(progress, columns, x)):
            return None
        progress.names = frozenset(columns)
        wall = np.full(len(x), np.nan)
        for name in _wall_time_keys(columns):
            is_time = (columns[name] > EARLIEST_WALL_TIME) & (columns[name] < LATEST_WALL_TIME)
            if is_time.all():
                wall = columns.pop(name)
            elif (columns[name] > EARLIEST_WALL_TIME).any():
                return None
        progress.last_x, progress.counts = (axis, float(x[-1])), True
        found = (self._points.scalars_of(name, axis, x, wall, values) for name, values in columns.items())
        return [scalars for scalars in found if scalars]

    def _fields_of(self, record: Mapping[str, object]) -> RecordFields:
        names = tuple(record)
        known = self._fields.get(names)
        if known is None:
            known = find_fields(names)
            if len(self._fields) < _MAX_KINDS:
                self._fields[names] = known
        return known

    def _progress_of(self, run: str) -> _Progress | None:
        known = self._progress.get(run)
        if known is None and len(self._progress) < MAX_RUNS:
            known = self._progress[run] = _Progress()
        return known


def _next_x(progress: _Progress, numbers: dict[str, float], split: str, series: str) -> tuple[Axis, float]:
    """Return the x of a record, and take its counter out of its *numbers*.

    Without a counter, records are counted; those of each *series* by themselves, if they hold only a part of an epoch.
    """
    key, axis = _x_key(numbers)
    if key is not None:
        x = numbers.pop(key)
        if axis == "step":
            x = _step(progress, numbers, x, held_out=is_held_out(split))
        progress.last_x, progress.counts = (axis, x), True
    elif not progress.counts and numbers:
        is_epoch = bool(series) or has_train_and_held_out_loss([name.lower() for name in numbers])
        progress.last_x = "epoch" if is_epoch else "step", progress.next_count(series)
    return progress.last_x


def _step(progress: _Progress, numbers: Mapping[str, float], step: float, *, held_out: bool) -> float:
    """Return the step of the whole training, of a record that counts *step* and has these other *numbers*."""
    epoch = next((numbers[name] for name in numbers if name.lower() in EPOCH_NAMES), math.nan)
    if held_out:
        return progress.steps.convert_held_out(epoch, step)
    names = frozenset(numbers)
    repeats, progress.names = names == progress.names, names
    return progress.steps.convert(epoch, step, repeats=repeats)


def _counts_anew(progress: _Progress, columns: Mapping[str, Floats], steps: Floats) -> bool:
    """Return whether *steps*, beside the other *columns* of their records, may be counted anew in each epoch."""
    epochs = next((columns[name] for name in columns if name.lower() in EPOCH_NAMES), None)
    if epochs is None:
        return False
    repeats = bool((np.diff(steps) == 0).any()) or progress.last_x[1] == steps[0]
    if repeats or not progress.steps.goes_on(epochs, steps):
        return True
    progress.steps.convert_all(epochs, steps)
    return False


def _x_key(numbers: Mapping[str, float]) -> tuple[str | None, Axis]:
    """Return the name of the number that is x, if any, and what it counts."""
    lower = {name.lower(): name for name in numbers if math.isfinite(numbers[name])}
    step = next((lower[name] for name in STEP_NAMES if name in lower), None)
    if step is not None:
        return step, "step"
    return next((lower[name] for name in EPOCH_NAMES if name in lower), None), "epoch"


def _wall_time_keys(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.lower() in WALL_TIME_NAMES]


def _pop_wall_time(numbers: dict[str, float]) -> float:
    """Return the seconds since 1970 in *numbers*, which may be milliseconds there, and take them out of it."""
    wall = math.nan
    for name in _wall_time_keys(numbers):
        for unit in (1, 1000):
            if EARLIEST_WALL_TIME < numbers[name] / unit < LATEST_WALL_TIME:
                wall = numbers.pop(name) / unit
                break
    return wall
