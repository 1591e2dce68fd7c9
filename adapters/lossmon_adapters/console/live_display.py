"""Follow a display that is drawn again and again over several lines, as rich's progress bars are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lossmon_adapters.console.repeats import Place, ShownEvaluations, names_held_out


class ShownPoint(NamedTuple):
    """A value of the display that is a point."""

    tag: str
    place: Place
    value: float


class LiveDisplay:
    """Keeps what the display shows, until it shows another epoch: the last values are the points of the epoch.

    A validation loss that changes before the first batch of an epoch is that of the epoch before; until it changes, it
    is no new evaluation.
    """

    def __init__(self) -> None:
        self._place: Place | None = None
        self._previous: Place | None = None
        self._values: dict[str, float] = {}
        self._evaluations = ShownEvaluations()
        self._is_at_start = True

    def move(self, place: Place, *, is_at_start: bool) -> list[ShownPoint]:
        """Note that a bar is at *place*, maybe before its first batch; return the points of the place before."""
        points = []
        if place != self._place:
            points = self.flush()
            self._previous, self._place = self._place, place
        self._is_at_start = is_at_start
        return points

    def show(self, values: Sequence[tuple[str, float]]) -> list[ShownPoint]:
        """Note what the display shows; return the points that it completes."""
        points = []
        self._evaluations.begin(values)
        for tag, value in values:
            if not names_held_out(tag):
                self._values[tag] = value
            elif self._evaluations.is_new(tag, value):
                place = self._previous if self._is_at_start else self._place
                # Before the first epoch it is that of a check whether validation works at all.
                points += [ShownPoint(tag, place, value)] if place else []
        return points

    def flush(self) -> list[ShownPoint]:
        """Return the points of the present place, and forget them."""
        values, self._values = self._values, {}
        return [ShownPoint(tag, self._place, value) for tag, value in values.items() if self._place]
