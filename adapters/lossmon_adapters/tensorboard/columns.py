"""Collect the points of event files and build ``Scalars`` from them, in the order of the file."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossmon.core.points import Axis, Floats, Ints, Scalars
from lossmon.core.text import Name
from lossmon_adapters.shared.columns import MAX_TAGS
from lossmon_adapters.tensorboard.proto import ValueKind

_MAX_LOSS_TAGS = 2 * MAX_TAGS
"""Limit for tags whose name contains "loss": they are kept even if a file has too many other tags."""
_MAX_DECLARED_TAGS = 100_000
"""Tags of one file for which it is stored whether their tensors are scalars."""
_MAX_TAG_BYTES = 1024
"""Longer tags are replaced by their start and a digest."""
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
    value on; later declarations do not count. TensorBoard does the same.

    Other formats use ``shared.columns.ScalarsBuilder``, which takes one point at a time in the order of the log. It
    does not fit here: whole arrays of points arrive, not in the order of the file, and which tensors count is known
    only at the end of a piece. Both limit the number of tags, but only here do losses have a limit of their own.
    """

    def __init__(self) -> None:
        self.has_too_many_tags = False
        self._names: dict[bytes, tuple[Name, Axis]] = {}
        self._is_scalar: dict[bytes, bool] = {}
        """Whether the first declaration of each tag is "scalar", from earlier pieces of the file."""
        self._declared: dict[bytes, tuple[int, bool]] = {}
        """The order of the first declaration of each tag in this piece, and whether it is "scalar"."""
        self._points: dict[SeriesKey, list[tuple[int, int, float, float]]] = {}
        self._batches: dict[SeriesKey, list[PointBatch]] = {}

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

    def build(self) -> list[Scalars]:
        """Return the points added since the last call, one ``Scalars`` for each tag."""
        series_of_tag: dict[bytes, list[SeriesKey]] = {}
        for series in dict.fromkeys((*self._points, *self._batches)):
            series_of_tag.setdefault(series.tag, []).append(series)
        built = [self._build_tag(tag, all_series) for tag, all_series in series_of_tag.items()]
        for tag, (_, is_scalar) in self._declared.items():
            if len(self._is_scalar) < _MAX_DECLARED_TAGS:
                self._is_scalar[tag] = is_scalar
        self._declared, self._points, self._batches = {}, {}, {}
        return [scalars for scalars in built if scalars is not None]

    def _build_tag(self, tag: bytes, all_series: list[SeriesKey]) -> Scalars | None:
        """Return the points of one tag, None if it has no scalars or there are too many tags."""
        batches = []
        for series in all_series:
            batch = self._joined_points(series)
            first_order = 0 if series.kind is ValueKind.SIMPLE else self._first_scalar_order(tag)
            if first_order:
                batch = batch.select(slice(int(np.searchsorted(batch.order, first_order)), None))
            if first_order is not None:
                batches.append(batch)
        points = _merge_batches(batches)
        name_and_axis = self._name_and_axis(tag) if points and len(points.order) else None
        if points is None or name_and_axis is None:
            return None
        return Scalars(*name_and_axis, points.step, points.wall_time, points.value)

    def _first_scalar_order(self, tag: bytes) -> int | None:
        """Return the order from which on the tensors of *tag* are scalars, None if they are not."""
        if tag in self._is_scalar:
            return 0 if self._is_scalar[tag] else None
        order, is_scalar = self._declared.get(tag, (0, False))
        return order if is_scalar else None

    def _joined_points(self, series: SeriesKey) -> PointBatch:
        batches = self._batches.get(series, [])
        if series in self._points:
            order, step, wall_time, value = zip(*sorted(self._points[series]), strict=True)
            arrays = np.array(order, np.int64), np.array(step, np.int64), np.array(wall_time), np.array(value)
            batches = [*batches, PointBatch(*arrays)]
        joined = _merge_batches(batches)
        assert joined is not None
        return joined

    def _name_and_axis(self, tag: bytes) -> tuple[Name, Axis] | None:
        """Return how *tag* is shown and what its steps count; None if there are too many tags."""
        if tag not in self._names:
            limit = _MAX_LOSS_TAGS if b"loss" in tag.lower() else MAX_TAGS
            if len(self._names) >= limit:
                self.has_too_many_tags = True
                return None
            self._names[tag] = Name.of(tag), "epoch" if tag.startswith(_KERAS_EPOCH_TAG) else "step"
        return self._names[tag]


def _with_short_tag(series: SeriesKey) -> SeriesKey:
    """Return *series*, a very long tag replaced by its start and a digest."""
    return series if len(series.tag) <= _MAX_TAG_BYTES else SeriesKey(Name.of(series.tag).raw, series.kind)


def _merge_batches(batches: list[PointBatch]) -> PointBatch | None:
    """Return the points of all *batches* in ascending order, None for no batches."""
    if len(batches) < 2:
        return batches[0] if batches else None
    order, step, wall_time, value = zip(*batches, strict=True)
    merged = PointBatch(*map(np.concatenate, (order, step, wall_time, value)))
    if np.all(merged.order[1:] > merged.order[:-1]):
        return merged
    return merged.select(np.argsort(merged.order, kind="stable"))
