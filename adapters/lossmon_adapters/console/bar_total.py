"""Tell from the progress bar of a whole training, as tqdm draws it, how long the training will be."""

from __future__ import annotations

import math
import re

from lossmon.core.points import Axis

_SEARCHED = 400
"""Bytes behind a line of the training in which its bar is drawn again."""
_MARK = b"%|"
_BAR = re.compile(rb"(?:[\r\n]|\A)[\sA-Za-z:]{0,40}[0-9]{1,3}%\|[^|\r\n]{0,300}\|\s{0,8}([0-9]{1,12})/([0-9]{1,12}) \[")
"""The state of a bar without a number before it: ``30%|███       | 45/150 [``."""
_ROUNDED = 0.005
"""How far an epoch may be from what is printed, because Hugging Face's Trainer rounds it to two digits."""
_MAX_UNCERTAINTY = 0.02
"""The largest relative width of an interval whose middle is told as the end."""


class BarTotal:
    """Compares the place of lines in the training with the state of the bar behind each.

    The bar is that of the whole training if place and bar grow in the same ratio, or together. A bar that begins again
    in each epoch fits neither after the second epoch.
    """

    def __init__(self) -> None:
        self._place: tuple[Axis, float] | None = None
        self._axis: Axis = "epoch"
        self._low, self._high = 0.0, math.inf
        """Between them is the end of the training, as all states so far say."""
        self._seen: set[float] = set()
        self._is_contradicted = False

    @property
    def planned_end(self) -> dict[Axis, float]:
        """The last epoch or step of the training; empty where it is not yet certain."""
        end = None if self._is_contradicted or len(self._seen) < 2 else _only_end(self._low, self._high)
        return {} if end is None else {self._axis: end}

    def expect(self, place: tuple[Axis, float] | None) -> None:
        """Note that a line of the training at *place* was printed, behind which its bar may be drawn again."""
        self._place = None if self._is_contradicted else place

    def search(self, block: bytes, begin: int, end: int) -> None:
        """Look for the bar in ``block[begin:end]``, which follows that line."""
        if self._place is None:
            return
        end = min(end, begin + _SEARCHED)
        found = _BAR.search(block, max(0, begin - 1), end) if block.find(_MARK, begin, end) >= 0 else None
        if found:
            place, self._place = self._place, None
            self._compare(*place, int(found[1]), int(found[2]))

    def _compare(self, axis: Axis, x: float, done: int, total: int) -> None:
        if not 0 < done < total or x <= 0:
            return
        low, high = _ends(x, done, total)
        self._low, self._high = max(self._low, low), min(self._high, high)
        if self._low > self._high or (self._seen and axis != self._axis):
            self._is_contradicted = True
        self._axis = axis
        if len(self._seen) < 2:
            self._seen.add(x)


def _ends(x: float, done: int, total: int) -> tuple[float, float]:
    """Return between which numbers the end is, if *done* of *total* are done at *x*."""
    if x.is_integer() and done - x in (0, 1):
        return total - (done - x), total - (done - x)
    return (x - _ROUNDED) * total / done, (x + _ROUNDED) * total / done


def _only_end(low: float, high: float) -> float | None:
    """Return the whole number between *low* and *high*, or what is between them if they are near each other."""
    whole = math.ceil(low)
    if whole <= high and math.floor(high) == whole:
        return float(whole)
    middle = (low + high) / 2
    return middle if whole > high and high - low <= _MAX_UNCERTAINTY * middle else None
