"""Points that come one by one, made into columns."""

from __future__ import annotations

import numpy as np

from lossmon.core.points import Axis, Floats, Scalars, as_integers
from lossmon.core.text import Name

MOST_TAGS = 10_000
"""Tags of one log whose points are kept."""
TOO_MANY_TAGS = f"more than {MOST_TAGS:,} tags: the points of the others are left out"


class ScalarsBuilder:
    """Takes points in the order of the log and gives a column a tag."""

    def __init__(self) -> None:
        self._too_many = False
        self._names: dict[str, Name] = {}
        self._points: dict[tuple[str, Axis], list[tuple[float, float, float]]] = {}

    @property
    def notices(self) -> list[str]:
        """Say so if points were left out."""
        return [TOO_MANY_TAGS] if self._too_many else []

    def add(self, tag: str, axis: Axis, x: float, wall: float, value: float) -> None:
        """Take one point."""
        self._points.setdefault((tag, axis), []).append((x, wall, value))

    def columns(self) -> list[Scalars]:
        """Return what was taken since the last call."""
        taken, self._points = self._points, {}
        columns = []
        for (tag, axis), points in taken.items():
            column = self.column(tag, axis, *(np.array(part, np.float64) for part in zip(*points, strict=True)))
            columns += [column] if column else []
        return columns

    def column(self, tag: str, axis: Axis, x: Floats, wall: Floats, value: Floats) -> Scalars | None:
        """Return points of one tag as a column, or None where there are too many tags."""
        name = self._name(tag)
        if name is None:
            return None
        return Scalars(name, axis, as_integers(x), wall, value)

    def _name(self, tag: str) -> Name | None:
        known = self._names.get(tag)
        if known is None:
            if len(self._names) >= MOST_TAGS:
                self._too_many = True
                return None
            known = self._names[tag] = Name.of(tag.encode("utf-8", "surrogatepass"))
        return known
