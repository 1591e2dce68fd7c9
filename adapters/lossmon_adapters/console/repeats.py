"""Leave out values that a program only shows again: the last validation loss on every bar until the next one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from lossmon.core.metric_names import is_held_out
from lossmon.core.points import Axis
from lossmon_adapters.shared.columns import MAX_TAGS

_LINE_BAR = re.compile(r"[0-9]{1,3}%\s?\|")
_BLOCK_BAR = "━"
"""What rich draws its bars with."""
_NOT_YET = re.compile(r"\bval[a-z ]{0,12}[:=]\s?n/a\b")
_NOTHING_DONE = re.compile(r"\s0/[1-9][0-9]{0,8}\s")

Place: TypeAlias = tuple[Axis, float]
"""The axis and the x of a point."""


def is_bar(text: str) -> bool:
    """Return whether *text* is a progress bar of tqdm, which has a line for itself."""
    return "%" in text and _LINE_BAR.search(text) is not None


def is_block_bar(text: str) -> bool:
    """Return whether *text* is a progress bar of rich, which may be followed by lines that belong to it."""
    return _BLOCK_BAR in text


def is_before_first_batch(text: str) -> bool:
    """Return whether a bar shows that nothing has been done yet."""
    return _NOTHING_DONE.search(text) is not None


def has_no_validation_yet(lower: str) -> bool:
    """Return whether a line, in lower case, has a place for a validation loss, but no value yet."""
    return "n/a" in lower and _NOT_YET.search(lower) is not None


class ShownEvaluations:
    """Tells new validation values from those that are shown again: one of an evaluation, usually its loss, changes."""

    def __init__(self) -> None:
        self._number = 0
        self._last: dict[str, tuple[float, int]] = {}
        """The last value of each tag, and the number of its evaluation."""

    def begin(self, values: Iterable[tuple[str, float]]) -> None:
        """Note the *values* that are shown together, before it is asked which of them are new."""
        shown = [(self._last[tag], value) for tag, value in values if tag in self._last]
        if not shown:
            return
        changed = {number for (before, number), value in shown if not is_same(before, value)}
        if self._number in changed:
            self._number += 1

    def is_new(self, tag: str, value: float) -> bool:
        """Return whether *value* is of another evaluation than the value of *tag* before; remember it."""
        last = self._last.get(tag)
        if last and last[1] == self._number:
            return False
        if last or len(self._last) < MAX_TAGS:
            self._last[tag] = value, self._number
        return True


class RepeatFilter:
    """Tells which values of a line are new.

    On a bar, and in a log that has printed ``val: n/a``, a validation loss that has not changed is the one before.
    """

    def __init__(self) -> None:
        self._evaluations = ShownEvaluations()
        self._last: dict[str, tuple[Place, float]] = {}
        self._repeats_validation = False

    def expect_repeats(self) -> None:
        """Expect that each line repeats the last validation loss."""
        self._repeats_validation = True

    def begin(self, values: Iterable[tuple[str, float]]) -> None:
        """Note the *values* of a line, before it is asked which of them are new."""
        self._evaluations.begin(values)

    def is_new(self, tag: str, place: Place, value: float, *, on_bar: bool) -> bool:
        """Return whether *value* of *tag* at *place* is a new point; remember it."""
        if _changes_at_evaluations(tag):
            is_new = self._evaluations.is_new(tag, value)
            return is_new or not (on_bar or self._repeats_validation)
        last = self._last.get(tag)
        if last or len(self._last) < MAX_TAGS:
            self._last[tag] = place, value
        return not (on_bar and last and last[0] == place and is_same(value, last[1]))


def is_same(one: float, other: float) -> bool:
    """Return whether two values are equal; NaN equals NaN."""
    return one == other or (math.isnan(one) and math.isnan(other))


@lru_cache(maxsize=1024)
def names_held_out(tag: str) -> bool:
    """Return whether *tag* is of data that is not trained on."""
    return is_held_out(tag.lower())


@lru_cache(maxsize=1024)
def _changes_at_evaluations(tag: str) -> bool:
    """Return whether *tag*, such as ``val_loss`` or ``train_loss_epoch``, changes at the end of an epoch only."""
    return names_held_out(tag) or "epoch" in tag.lower()
