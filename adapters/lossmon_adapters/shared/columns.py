"""Collect single points of many tags into arrays."""

from __future__ import annotations

import numpy as np

from lossmon.core.points import Axis, Floats, Scalars, as_integers
from lossmon.core.text import Name

MAX_TAGS = 10_000
"""Tags of one log whose points are read; bounds the memory that a damaged or hostile log can take."""
TOO_MANY_TAGS_WARNING = f"more than {MAX_TAGS:,} tags: the points of the others are left out"


class ScalarsBuilder:
    """Collects points in the order of the log and returns them as one ``Scalars`` for each run, tag and axis."""

    def __init__(self) -> None:
        self._too_many = False
        self._names: dict[str, Name] = {}
        self._points: dict[tuple[str, str, Axis], list[float]] = {}
        """One number after the other, not tuples, which are slow to collect."""

    @property
    def warnings(self) -> list[str]:
        """A sentence for the user if the points of some tags were left out."""
        return [TOO_MANY_TAGS_WARNING] if self._too_many else []

    def add(self, tag: str, axis: Axis, x: float, wall: float, value: float, run: str = "") -> None:
        """Add one point; *wall* is in seconds since 1970, NaN where it is unknown; *run* names the training."""
        key = run, tag, axis
        points = self._points.get(key)
        if points is None:
            points = self._points[key] = []
        points += x, wall, value

    def take(self) -> list[Scalars]:
        """Return and forget the points that were added since the last call."""
        points_by_tag, self._points = self._points, {}
        scalars = []
        for (run, tag, axis), points in points_by_tag.items():
            x, wall, value = np.array(points, np.float64).reshape(-1, 3).T.copy()
            one = self.scalars_of(tag, axis, x, wall, value, run)
            scalars += [one] if one else []
        return scalars

    def scalars_of(self, tag: str, axis: Axis, x: Floats, wall: Floats, value: Floats, run: str = "") -> Scalars | None:
        """Return the points of one tag, whose arrays have one length, or None if the log has too many tags."""
        name = self._name(tag)
        if name is None:
            return None
        return Scalars(name, axis, as_integers(x), wall, value, run)

    def _name(self, tag: str) -> Name | None:
        known = self._names.get(tag)
        if known is None:
            if len(self._names) >= MAX_TAGS:
                self._too_many = True
                return None
            known = self._names[tag] = Name.of(tag.encode("utf-8", "surrogatepass"))
        return known
