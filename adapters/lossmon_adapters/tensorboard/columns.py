"""Collect the points of event files and build ``Scalars`` from them, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lossmon.core.points import Axis, Floats, Ints, Scalars
from lossmon.core.text import Name
from lossmon_adapters.shared.columns import MAX_TAGS
from lossmon_adapters.tensorboard.proto import ValueKind
from lossmon_adapters.tensorboard.resumes import Resumes

_MAX_LOSS_TAGS = 2 * MAX_TAGS
"""Limit for tags whose name contains "loss": they are kept even if a file has too many other tags."""
_MAX_DECLARED_TAGS = 100_000
"""Tags of one file for which it is stored whether their tensors are scalars."""
_MAX_TAG_BYTES = 1024
"""Longer tags are replaced by their start and a digest."""
_NEVER = 1 << 62
"""An order that is never reached."""
_KERAS_EPOCH_TAG = b"epoch_"
"""How tags begin for which Keras counts epochs; for all others it counts batches."""


class SeriesKey(NamedTuple):
    """Identifies the values of one tag and kind in an event file."""

    tag: bytes
    kind: ValueKind


class PointBatch(NamedTuple):
    """Points of one series: four arrays of one length."""

    order: Ints
    """Position in the file, ascending."""
    step: Ints
    wall_time: Floats
    value: Floats

    def select(self, selection: slice | Ints) -> PointBatch:
        """Return the points at *selection*."""
        return PointBatch(self.order[selection], self.step[selection], self.wall_time[selection], self.value[selection])


class EventScalarsBuilder:
    """Takes points in any order and returns them as ``Scalars``; decides which tensors are scalars.

    A ``simple_value`` always is a scalar. The tensors of a tag are scalars if its first declaration says so, from that
    value on; later declarations do not count. TensorBoard does the same. What was logged before the first declaration
    is returned as not declared: an earlier file of the run may have declared it.

    Other formats use ``shared.columns.ScalarsBuilder``, which takes one point at a time in the order of the log. It
    does not fit here: whole arrays of points arrive, not in the order of the file, and which tensors count is known
    only at the end of a piece. Both limit the number of tags, but only here do losses have a limit of their own.
    """

    def __init__(self) -> None:
        self.has_too_many_tags = False
        self._names: dict[bool, dict[bytes, tuple[Name, Axis]]] = {True: {}, False: {}}
        """Of the tags that are declared, and of those that are not."""
        self._is_scalar: dict[bytes, bool] = {}
        """Whether the first declaration of each tag is "scalar", from earlier pieces of the file."""
        self._declared: dict[bytes, tuple[int, bool]] = {}
        """The order of the first declaration of each tag in this piece, and whether it is "scalar"."""
        self._points: dict[SeriesKey, list[tuple[int, int, float, float]]] = {}
        self._batches: dict[SeriesKey, list[PointBatch]] = {}
        self._resumes = Resumes()

    def add_point(self, series: SeriesKey, order: int, step: int, wall_time: float, value: float) -> None:
        """Append one point; *order* is its position in the file."""
        series = _with_short_tag(series)
        self.add_declaration(series, order)
        self._points.setdefault(series, []).append((order, step, wall_time, value))

    def add_batch(self, series: SeriesKey, batch: PointBatch) -> None:
        """Append many points, at least one."""
        self.add_declaration(series, int(batch.order[0]))
        self._batches.setdefault(series, []).append(batch)

    def add_declaration(self, series: SeriesKey, order: int) -> None:
        """Store what the value at *order* declares its tag to be."""
        tag, kind = _with_short_tag(series)
        if kind not in (ValueKind.SCALAR, ValueKind.OTHER) or tag in self._is_scalar:
            return
        first = self._declared.get(tag)
        if first is None or order < first[0]:
            self._declared[tag] = order, kind is ValueKind.SCALAR

    def add_resume(self, order: int, step: int) -> None:
        """Store that at *order* the training went on at *step*, and what was logged beyond it is void."""
        self._resumes.add(order, step)

    def build(self) -> list[Scalars]:
        """Return the points added since the last call, in the order in which their tags come first."""
        series_of_tag: dict[bytes, list[SeriesKey]] = {}
        for series in dict.fromkeys((*self._points, *self._batches)):
            series_of_tag.setdefault(series.tag, []).append(series)
        found = [found for tag, all_series in series_of_tag.items() for found in self._points_of(tag, all_series)]
        self._resumes.begin()
        built = [
            one
            for tag, points, declared in sorted(found, key=_first_order)
            for one in self._build(tag, points, declared)
        ]
        for tag, (_, is_scalar) in self._declared.items():
            if len(self._is_scalar) < _MAX_DECLARED_TAGS:
                self._is_scalar[tag] = is_scalar
        self._declared, self._points, self._batches = {}, {}, {}
        self._resumes.end()
        return built

    def _build(self, tag: bytes, points: PointBatch, declared: bool) -> Iterator[Scalars]:
        """Yield the points of one tag, in a part of its own what follows where the training went on again."""
        name_and_axis = self._name_and_axis(tag, declared=declared)
        if name_and_axis is None:
            return
        for begin, end, resumed_at in self._resumes.parts(tag, declared, points.order):
            part = points if end - begin == len(points.order) else points.select(slice(begin, end))
            yield Scalars(
                *name_and_axis, part.step, part.wall_time, part.value, resumed_at=resumed_at, is_declared=declared
            )

    def _points_of(self, tag: bytes, all_series: list[SeriesKey]) -> Iterator[tuple[bytes, PointBatch, bool]]:
        """Yield the scalars of one tag, if any, and what may be scalars; with whether they are declared."""
        declared, undeclared = [], []
        for series in all_series:
            batch = self._joined_points(series)
            first = 0 if series.kind is ValueKind.SIMPLE else self._first_declaration(tag)
            split = int(np.searchsorted(batch.order, first)) if first else 0
            undeclared.append(batch.select(slice(None, split)))
            if series.kind is ValueKind.SIMPLE or self._are_scalars(tag):
                declared.append(batch.select(slice(split, None)))
        for batches, is_declared in ((declared, True), (undeclared, False)):
            points = _merge_batches([batch for batch in batches if len(batch.order)])
            if points is not None:
                yield tag, points, is_declared

    def _first_declaration(self, tag: bytes) -> int:
        """Return the order of the first declaration of *tag* in this piece; 0 if it was declared before it."""
        return 0 if tag in self._is_scalar else self._declared.get(tag, (_NEVER, False))[0]

    def _are_scalars(self, tag: bytes) -> bool:
        """Return whether *tag* is declared to be a scalar."""
        return self._is_scalar[tag] if tag in self._is_scalar else self._declared.get(tag, (0, False))[1]

    def _joined_points(self, series: SeriesKey) -> PointBatch:
        batches = self._batches.get(series, [])
        if series in self._points:
            order, step, wall_time, value = zip(*sorted(self._points[series]), strict=True)
            arrays = np.array(order, np.int64), np.array(step, np.int64), np.array(wall_time), np.array(value)
            batches = [*batches, PointBatch(*arrays)]
        joined = _merge_batches(batches)
        assert joined is not None
        return joined

    def _name_and_axis(self, tag: bytes, *, declared: bool) -> tuple[Name, Axis] | None:
        """Return how *tag* is shown and what its steps count; None if there are too many tags."""
        names = self._names[declared]
        if tag not in names:
            limit = _MAX_LOSS_TAGS if b"loss" in tag.lower() else MAX_TAGS
            if len(names) >= limit:
                self.has_too_many_tags = self.has_too_many_tags or declared
                return None
            names[tag] = Name.of(tag), "epoch" if tag.startswith(_KERAS_EPOCH_TAG) else "step"
        return names[tag]


def _with_short_tag(series: SeriesKey) -> SeriesKey:
    """Return *series*, a very long tag replaced by its start and a digest."""
    return series if len(series.tag) <= _MAX_TAG_BYTES else SeriesKey(Name.of(series.tag).raw, series.kind)


def _first_order(found: tuple[bytes, PointBatch, bool]) -> int:
    """Return where in the file points begin, to count tags in the order of the file."""
    return int(found[1].order[0])


def _merge_batches(batches: list[PointBatch]) -> PointBatch | None:
    """Return the points of all *batches* in ascending order, None for no batches."""
    if len(batches) < 2:
        return batches[0] if batches else None
    order, step, wall_time, value = zip(*batches, strict=True)
    merged = PointBatch(*map(np.concatenate, (order, step, wall_time, value)))
    if np.all(merged.order[1:] > merged.order[:-1]):
        return merged
    return merged.select(np.argsort(merged.order, kind="stable"))
