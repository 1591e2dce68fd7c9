"""Finds runs that one training logged in several formats, so that it is shown once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import chain, takewhile
from pathlib import PurePath

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.core.text import Name
from lossmon.runs.grouping import EVENTS

ENOUGH = 3
"""Evaluations that must agree before two logs are taken for one training."""
_FIRST = 24
"""Losses by which a duplicate is looked for; a log that was written anew after a resume lacks the first ones."""
_SINGLE = 1e-6
"""Relative difference of one loss kept in single and in double precision."""
_FOR_MACHINES = 9
"""Losses with so many digits were not rounded for people to read."""
_SHIFTS = (0, 1, -1)
"""Some count epochs from 0, some from 1."""
_AGAIN = 5.0
"""Seconds between two comparisons, at least."""
_SHARE = 200.0
"""So much longer than a comparison it takes until the next."""


class Deduplicator:
    """Remembers which runs are duplicates: to tell takes long and hardly ever changes, so it is not done every time."""

    def __init__(self, formats: Sequence[str], clock: Callable[[], float]) -> None:
        self._precedence = {name: rank for rank, name in enumerate(formats)}
        self._clock = clock
        self._compared: Sequence[RunSnapshot] = ()
        self._certain = False
        self._again = 0.0
        self._found: dict[Name, RunSnapshot] = {}
        self.planned: dict[Name, float] = {}
        """Up to which x a run goes, where only a duplicate says so."""

    def among(self, views: Sequence[RunSnapshot], *, certain: bool) -> dict[Name, RunSnapshot]:
        """Return the runs that are duplicates, and of which; *certain* once all was read."""
        began = self._clock()
        if (certain and not self._certain) or (began >= self._again and self._compared != views):
            found = find_duplicates(views, self._precedence)
            self._found = {view.name: original for view, original in found.items()}
            ends = ((original.name, _planned(original, view)) for view, original in found.items())
            self.planned = {name: end for name, end in ends if end is not None}
            self._compared, self._again = views, began + max(_AGAIN, _SHARE * (self._clock() - began))
        self._certain = certain
        return self._found


def _planned(original: RunSnapshot, duplicate: RunSnapshot) -> float | None:
    """Return up to which x *original* goes as *duplicate* says, which may count from another number on."""
    if duplicate.planned is None or not (original.history and duplicate.history) or original.axis != duplicate.axis:
        return None
    shift = float(original.history.x[0] - duplicate.history.x[0])
    return duplicate.planned + shift if shift in _SHIFTS else None


def find_duplicates(views: Sequence[RunSnapshot], precedence: Mapping[str, int]) -> dict[RunSnapshot, RunSnapshot]:
    """Map each duplicate to the run that is kept: of a format that comes first in *precedence*.

    A run is a duplicate of another if each of its losses is one of the other's, as far as both have come. Where
    several fit, as with equal seeds, the nearest on disk is taken.
    """
    ranked = sorted(views, key=lambda view: (precedence.get(view.format, len(precedence)), view.name.text))
    formats = {view.format for view in views}
    begins: dict[tuple[str, str], list[RunSnapshot]] = defaultdict(list)
    losses = {view: _losses(view) for view in views}
    crowds = Counter(chain.from_iterable(map(_copies_lie_in, views)))
    found: dict[RunSnapshot, RunSnapshot] = {}
    for view in ranked:
        beside = [place for place in _copies_lie_in(view) if crowds[place] > 1]
        if not beside and len(formats) == 1:
            continue
        keys = set().union(*(_keys(one.curve.value) for one in losses[view]))
        groups = [*(formats - {view.format}), *beside]
        near = dict.fromkeys(chain.from_iterable(begins.get((key, group), ()) for key in keys for group in groups))
        originals = [one for one in near if _is_duplicate(view, one, losses)]
        if originals:
            found[view] = max(originals, key=lambda one: _nearness(one, view))
            continue
        for key in keys:
            for group in (view.format, *beside):
                begins[key, group].append(view)
    return found


def _copies_lie_in(view: RunSnapshot) -> list[str]:
    """Return where a copy of *view* in its own format may lie: beside it, though event files beside it are its own."""
    return [] if view.format == EVENTS else [f"{view.format} in {_directory(view)}"]


class _Losses:
    """One loss of a run, and how exactly it is known."""

    def __init__(self, curve: Curve) -> None:
        self.curve = curve

    @cached_property
    def rounding(self) -> tuple[float, float]:
        """How far it may be off, absolutely and relatively, by the digits that the first values were given."""
        value = self.curve.value
        some = [Decimal(repr(loss)).normalize() for loss in value[np.isfinite(value)][:_FIRST].tolist()]
        decimals = max((-int(loss.as_tuple().exponent) for loss in some), default=0)
        digits = max((len(loss.as_tuple().digits) for loss in some), default=0)
        absolute = 0.51 * 10.0**-decimals if 0 < decimals < _FOR_MACHINES else 0.0
        return absolute, 0.51 * 10.0 ** (1 - digits) if 2 < digits < _FOR_MACHINES else _SINGLE


def _losses(view: RunSnapshot) -> list[_Losses]:
    judged = [curve for curve in (view.val, view.train) if curve is not None]
    return [_Losses(curve) for curve in judged if len(curve.value)]


def _keys(losses: Floats) -> set[str]:
    """Return what a loss has in common with the same loss rounded: its first two digits, or their neighbours."""
    finite = losses[np.isfinite(losses)]
    broken = {"broken"} if len(finite) < len(losses) else set()
    return broken | {f"{loss * nudge:.2g}" for loss in finite[:_FIRST].tolist() for nudge in (0.995, 1.0, 1.005)}


def _is_duplicate(view: RunSnapshot, other: RunSnapshot, losses: Mapping[RunSnapshot, Sequence[_Losses]]) -> bool:
    """Say whether each loss of *view* is one of *other*'s, enough of them, and not all of them one value."""
    mine, theirs = losses[view], losses[other]
    if not all(any(_agree(one, another) for another in theirs) for one in mine):
        return False
    spread = any(np.ptp(one.curve.value) != 0.0 for one in (*mine, *theirs))
    enough = max(len(one.curve.value) for one in mine) >= ENOUGH
    return (enough and spread) or (not enough and _is_above(view, other))


def _is_above(view: RunSnapshot, other: RunSnapshot) -> bool:
    """Say whether *view*, too short to prove anything by its losses, lies in a directory that *other* is below of."""
    return PurePath(other.path.whole).is_relative_to(_directory(view))


def _directory(view: RunSnapshot) -> str:
    return str(PurePath(view.path.whole).parent)


def _agree(one: _Losses, other: _Losses) -> bool:
    """Say whether all losses of the shorter curve are losses of the other, however each counts its evaluations."""
    absolute, relative = (max(pair) for pair in zip(one.rounding, other.rounding, strict=True))
    return any(
        len(mine)
        # Most do not agree in their last loss already.
        and np.isclose(mine[-1:], theirs[-1:], relative, absolute, equal_nan=True)[0]
        and np.allclose(mine, theirs, rtol=relative, atol=absolute, equal_nan=True)
        for mine, theirs in _alignments(one.curve, other.curve)
    )


def _alignments(one: Curve, other: Curve) -> Iterator[tuple[Floats, Floats]]:
    least = min(len(one.value), len(other.value), ENOUGH)
    for shift in _SHIFTS if one.axis == other.axis else ():
        _, mine, theirs = np.intersect1d(one.x + shift, other.x, return_indices=True)
        if len(mine) >= least and 2 * len(mine) >= min(len(one.value), len(other.value)):
            yield one.value[mine], other.value[theirs]
    length = min(len(one.value), len(other.value))
    yield one.value[:length], other.value[:length]
    yield one.value[-length:], other.value[-length:]


def _nearness(one: RunSnapshot, other: RunSnapshot) -> int:
    """Return how many directories from the root of the paths on the two share."""
    pairs = zip(PurePath(one.path.whole).parts, PurePath(other.path.whole).parts, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
