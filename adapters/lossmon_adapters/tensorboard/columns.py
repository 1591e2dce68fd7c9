"""Points gathered from the records of one piece of a file, and made into columns in the order of the file."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossmon.core.points import Axis, Floats, Ints, Scalars
from lossmon.core.text import Name
from lossmon_adapters.shared.columns import MOST_TAGS
from lossmon_adapters.tensorboard.proto import Form
from lossmon_adapters.tensorboard.templates import SeriesKey

MOST_DECLARED = 100_000
"""Tags of one file of which it is kept whether their tensors are scalars."""

_LONGEST_TAG = 1024


class Batch(NamedTuple):
    """Points of one source; four arrays of one length."""

    order: Ints
    """Grows in the order of the file."""
    step: Ints
    wall: Floats
    value: Floats

    def where(self, chosen: slice | Ints) -> Batch:
        """Return some of the points."""
        return Batch(self.order[chosen], self.step[chosen], self.wall[chosen], self.value[chosen])


class BatchBuilder:
    """Takes points in any order and gives columns; remembers which tags' tensors are scalars.

    A ``simple_value`` is a scalar. The tensors of a tag are from the first value on that declares what they are, if it
    declares a scalar; what later values declare does not count, as in TensorBoard.
    """

    def __init__(self) -> None:
        self.too_many_tags = False
        self._names: dict[bytes, tuple[Name, Axis]] = {}
        self._scalar: dict[bytes, bool] = {}
        self._first: dict[bytes, tuple[int, bool]] = {}
        self._singles: dict[SeriesKey, list[tuple[int, int, float, float]]] = {}
        self._batches: dict[SeriesKey, list[Batch]] = {}

    def add(self, source: SeriesKey, order: int, step: int, wall: float, value: float) -> None:
        """Take one point."""
        source = _bounded(source)
        self.declare(source, order)
        self._singles.setdefault(source, []).append((order, step, wall, value))

    def add_batch(self, source: SeriesKey, batch: Batch) -> None:
        """Take points whose order grows."""
        self.declare(source, int(batch.order[0]))
        self._batches.setdefault(source, []).append(batch)

    def declare(self, source: SeriesKey, order: int) -> None:
        """Take note of what the value at *order* declares its tag to be."""
        tag, form = _bounded(source)
        if form not in (Form.SCALAR, Form.OTHER) or tag in self._scalar:
            return
        first = self._first.get(tag)
        if first is None or order < first[0]:
            self._first[tag] = order, form is Form.SCALAR

    def columns(self) -> list[Scalars]:
        """Return what was taken since the last call, a column a tag."""
        tags: dict[bytes, list[SeriesKey]] = {}
        for source in (*self._singles, *self._batches):
            sources = tags.setdefault(source.tag, [])
            if source not in sources:
                sources.append(source)
        columns = [column for tag, sources in tags.items() if (column := self._column(tag, sources)) is not None]
        for tag, (_, scalar) in self._first.items():
            if len(self._scalar) < MOST_DECLARED:
                self._scalar[tag] = scalar
        self._first, self._singles, self._batches = {}, {}, {}
        return columns

    def _column(self, tag: bytes, sources: list[SeriesKey]) -> Scalars | None:
        batches = []
        for source in sources:
            batch = self._joined(source)
            since = 0 if source.form is Form.SIMPLE else self._scalar_since(tag)
            if since:
                batch = batch.where(slice(int(np.searchsorted(batch.order, since)), None))
            if since is not None:
                batches.append(batch)
        whole = _in_order(batches)
        name = self._name(tag) if whole and len(whole.order) else None
        return Scalars(*name, whole.step, whole.wall, whole.value) if whole and name else None

    def _scalar_since(self, tag: bytes) -> int | None:
        """Return the order from which on the tensors of *tag* are scalars, or None."""
        if tag in self._scalar:
            return 0 if self._scalar[tag] else None
        order, scalar = self._first.get(tag, (0, False))
        return order if scalar else None

    def _joined(self, source: SeriesKey) -> Batch:
        batches = self._batches.get(source, [])
        if source in self._singles:
            singles = sorted(self._singles[source])
            order, step, wall, value = zip(*singles, strict=True)
            arrays = np.array(order, np.int64), np.array(step, np.int64), np.array(wall), np.array(value)
            batches = [*batches, Batch(*arrays)]
        joined = _in_order(batches)
        assert joined is not None
        return joined

    def _name(self, tag: bytes) -> tuple[Name, Axis] | None:
        known = self._names.get(tag)
        if known is None:
            # What lossmon is for is kept beside however many others there are.
            most = 2 * MOST_TAGS if b"loss" in tag.lower() else MOST_TAGS
            if len(self._names) >= most:
                self.too_many_tags = True
                return None
            # Keras counts epochs in these tags, and batches in all others.
            known = self._names[tag] = (Name.of(tag), "epoch" if tag.startswith(b"epoch_") else "step")
        return known


def _bounded(source: SeriesKey) -> SeriesKey:
    """Return *source* with the identity of its tag instead of a very long tag."""
    return source if len(source.tag) <= _LONGEST_TAG else SeriesKey(Name.of(source.tag).raw, source.form)


def _in_order(batches: list[Batch]) -> Batch | None:
    if len(batches) < 2:
        return batches[0] if batches else None
    order, step, wall, value = zip(*batches, strict=True)
    whole = Batch(np.concatenate(order), np.concatenate(step), np.concatenate(wall), np.concatenate(value))
    if np.all(whole.order[1:] > whole.order[:-1]):
        return whole
    return whole.where(np.argsort(whole.order, kind="stable"))
