"""Find runs that one training logged in several formats, so that it is shown once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import PurePath
from typing import TypeAlias

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import SUM_SEPARATOR, Curve, RunSnapshot
from lossmon.core.text import Name
from lossmon.runs.arenas import Arenas, directory_of
from lossmon.runs.similarity import Candidate, similar_runs
from lossmon.sources.protocol import LogFormat

_HALF_UNIT = 0.51
"""Largest error of a rounded number in units of its last digit: a half, and some more for its binary form."""


@dataclass(frozen=True, slots=True)
class DuplicateThresholds:
    """When two logs are taken for one training, and how often they are compared."""

    min_evaluations: int = 3
    """Evaluations that must agree; with fewer, only a log in a directory above the other is its duplicate."""
    sampled_losses: int = 24
    """First losses of a run by which its rounding is estimated."""
    max_comparisons: int = 48
    """Runs that a run is compared with: those that share most losses with it, of several the nearest on disk."""
    single_precision: float = 1e-6
    """Relative difference of one loss in single and in double precision."""
    min_rounded_digits: int = 3
    """Losses with fewer digits are not taken for rounded ones."""
    unrounded_digits: int = 9
    """Losses with this many digits or decimals were not rounded for people to read."""
    min_shared_x: float = 0.5
    """Share of the evaluations of the shorter loss whose x the other must have too, to be compared by x."""
    x_shifts: tuple[int, ...] = (0, 1, -1)
    """Differences of x that are tried: some programs count epochs from 0, some from 1."""
    interval_seconds: float = 5.0
    """Shortest time between two comparisons."""
    interval_factor: float = 200.0
    """The time between two comparisons is at least this many times what one takes: 0.5 % of the processor."""


DEFAULT_THRESHOLDS = DuplicateThresholds()


_Comparison: TypeAlias = Callable[
    [Sequence[RunSnapshot], Mapping[str, LogFormat], DuplicateThresholds], dict[RunSnapshot, RunSnapshot]
]


class Deduplicator:
    """Finds duplicates among runs and remembers them, because a comparison is slow and the result rarely changes."""

    def __init__(
        self,
        formats: Mapping[str, LogFormat],
        clock: Callable[[], float],
        thresholds: DuplicateThresholds = DEFAULT_THRESHOLDS,
        *,
        compare: _Comparison | None = None,
    ) -> None:
        self._formats = formats
        self._clock = clock
        self._thresholds = thresholds
        self._compare = compare or find_duplicates
        self._compared: Sequence[RunSnapshot] = ()
        self._complete = self._was_complete = False
        self._next_comparison = 0.0
        self._duplicates: dict[Name, RunSnapshot] = {}
        self.planned_end: dict[Name, float] = {}
        """The last x of a run, where only a duplicate of it says how long it will be."""

    def find(self, runs: Sequence[RunSnapshot], *, complete: bool) -> dict[Name, RunSnapshot]:
        """Map the name of each duplicate among *runs* to the run that is kept.

        The result may be a few seconds old, unless everything on disk has just been read, the first time or with other
        runs: *complete* turns true.
        """
        now = self._clock()
        has_other_runs = not self._was_complete or len(runs) != len(self._compared)
        just_completed = complete and not self._complete and has_other_runs
        if just_completed or (now >= self._next_comparison and self._compared != runs):
            duplicates = self._compare(runs, self._formats, self._thresholds)
            self._duplicates = {run.name: original for run, original in duplicates.items()}
            self.planned_end = dict(_planned_by_duplicates(duplicates, self._thresholds))
            pause = self._thresholds.interval_factor * (self._clock() - now)
            self._compared, self._next_comparison = runs, now + max(self._thresholds.interval_seconds, pause)
        self._complete, self._was_complete = complete, self._was_complete or complete
        return self._duplicates


def _planned_by_duplicates(
    duplicates: Mapping[RunSnapshot, RunSnapshot], thresholds: DuplicateThresholds
) -> Iterator[tuple[Name, float]]:
    """Yield the name of a run and its last x, as a duplicate says, which may count from another number on."""
    for duplicate, original in duplicates.items():
        if (
            duplicate.planned_end is None
            or not (original.history and duplicate.history)
            or original.axis != duplicate.axis
        ):
            continue
        shift = float(original.history.x[0] - duplicate.history.x[0])
        if shift in thresholds.x_shifts:
            yield original.name, duplicate.planned_end + shift


def find_duplicates(
    runs: Sequence[RunSnapshot], formats: Mapping[str, LogFormat], thresholds: DuplicateThresholds = DEFAULT_THRESHOLDS
) -> dict[RunSnapshot, RunSnapshot]:
    """Map each duplicate to the run that is kept: the one whose format has the higher priority.

    A run is a duplicate of another if each of its losses is one of the other's, where both have points. If several
    fit, as with equal seeds, the nearest on disk is taken. *formats* are by name.
    """
    priorities = {name: one.priority for name, one in formats.items()}
    ranked = sorted(runs, key=lambda run: (-priorities[run.format], run.name.text))
    losses = {run: _losses_of(run, thresholds) for run in runs}
    similar = _similar_runs(ranked, losses, formats, thresholds.max_comparisons)
    duplicates: dict[RunSnapshot, RunSnapshot] = {}
    places = {run: place for place, run in enumerate(ranked)}
    # A second time, because what is similar to a run may only later be found to be a duplicate of another.
    for place, run in [*enumerate(ranked)] * 2:
        # Sorted, so that of several that fit equally well the same is taken each time.
        near = [ranked[other] for other in sorted(similar.get(place, ()))]
        originals_of_near = (duplicates.get(other, other) for other in near)
        kept = dict.fromkeys(one for one in originals_of_near if one in near or one.format != run.format)
        earlier = [other for other in kept if places[other] < place and run not in duplicates]
        originals = [other for other in earlier if _is_duplicate(run, other, losses, thresholds)]
        if originals:
            duplicates[run] = max(originals, key=lambda original: _shared_directories(original, run))
    return duplicates


def _similar_runs(
    ranked: Sequence[RunSnapshot],
    losses: Mapping[RunSnapshot, Sequence[_Loss]],
    formats: Mapping[str, LogFormat],
    limit: int,
) -> dict[int, list[int]]:
    """Return for some of the runs, by their places, others that share some losses and may be of the same training.

    These are runs of another format, and runs of other logs of the same format in the same directory, if a directory
    is not one run.
    """
    by_path = sorted(range(len(ranked)), key=lambda place: ranked[place].path.raw)
    arenas = Arenas(ranked, formats)
    candidates = [
        Candidate(near, loss.curve, loss.tolerance, arena, side)
        for near, place in enumerate(by_path)
        for arena, side in arenas.of(ranked[place])
        for loss in losses[ranked[place]]
    ]
    found = similar_runs(candidates, limit)
    return {by_path[near]: [by_path[other] for other in others] for near, others in found.items()}


class _Loss:
    """One loss of a run, and how exactly it is known."""

    def __init__(self, curve: Curve, terms: Sequence[Curve], thresholds: DuplicateThresholds) -> None:
        self.curve = curve
        self._terms = terms
        """The curves whose sum it is; itself where it is no sum."""
        self._thresholds = thresholds

    @cached_property
    def rounding(self) -> tuple[float, float]:
        """The largest rounding error, absolute and relative; of a sum, each term was rounded by itself."""
        absolute, relative = zip(*map(self._rounding_of, self._terms), strict=True)
        return sum(absolute), max(relative)

    @property
    def tolerance(self) -> float:
        """By how much one of the values may differ from that of a more exact log."""
        absolute, relative = self.rounding
        finite = self.curve.value[np.isfinite(self.curve.value)]
        return absolute + relative * float(np.max(np.abs(finite), initial=0.0)) or 1.0

    def _rounding_of(self, curve: Curve) -> tuple[float, float]:
        """Return the largest rounding error, absolute and relative, by the digits of the first values."""
        limits, values = self._thresholds, curve.value
        first = values[np.isfinite(values)][: limits.sampled_losses].tolist()
        precisions = [_precision(value) for value in first]
        places = max((places for places, _ in precisions), default=0)
        digits = max((digits for _, digits in precisions), default=0)
        absolute = _HALF_UNIT * 10.0**-places if 0 < places < limits.unrounded_digits else 0.0
        rounded = limits.min_rounded_digits <= digits < limits.unrounded_digits
        return absolute, _HALF_UNIT * 10.0 ** (1 - digits) if rounded else limits.single_precision


def _losses_of(run: RunSnapshot, thresholds: DuplicateThresholds) -> list[_Loss]:
    curves = [curve for curve in (run.val, run.train) if curve is not None and len(curve.value)]
    return [_Loss(curve, _terms_of(curve, run), thresholds) for curve in curves]


def _terms_of(curve: Curve, run: RunSnapshot) -> Sequence[Curve]:
    """Return the metrics of *run* that *curve* is the sum of; itself if it is no sum."""
    names = curve.tag.text.split(SUM_SEPARATOR)
    terms = [metric for metric in run.metrics if metric.tag.text in names]
    return terms if 1 < len(names) == len(terms) else [curve]


def _precision(value: float) -> tuple[int, int]:
    """Return how many decimal places and how many significant digits *value* has.

    >>> _precision(0.0412), _precision(1.5e-07), _precision(120.0)
    ((4, 3), (8, 2), (-1, 2))
    """
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).rstrip("0")
    return len(digits) - len(whole) - int(exponent or 0), max(1, len(digits.lstrip("0")))


def _is_duplicate(
    run: RunSnapshot, other: RunSnapshot, losses: Mapping[RunSnapshot, Sequence[_Loss]], thresholds: DuplicateThresholds
) -> bool:
    """Return whether each loss of *run* is one of *other*'s, at enough evaluations, and not all of them one value."""
    ours, theirs = losses[run], losses[other]
    shared = [max((_agreeing(one, another, thresholds) for another in theirs), default=0) for one in ours]
    if not shared or not all(shared):
        return False
    varies = any(np.ptp(loss.curve.value) != 0.0 for loss in (*ours, *theirs))
    if max(shared) >= thresholds.min_evaluations:
        return varies
    # One value of a long log easily agrees with the only one of another.
    is_short = max(len(loss.curve.value) for loss in ours) < thresholds.min_evaluations
    return is_short and _is_above(run, other)


def _is_above(run: RunSnapshot, other: RunSnapshot) -> bool:
    """Return whether *other* is in the directory of *run*, or below it."""
    return PurePath(other.path.full_text).is_relative_to(directory_of(run))


def _agreeing(one: _Loss, other: _Loss, thresholds: DuplicateThresholds) -> int:
    """Return at how many evaluations both are the same; 0 unless all of the shorter loss, however each counts them."""
    absolute, relative = (max(pair) for pair in zip(one.rounding, other.rounding, strict=True))
    agreeing = (
        len(ours)
        for ours, theirs in _alignments(one.curve, other.curve, thresholds)
        # The last values are compared first, because most pairs differ there.
        if len(ours)
        and _is_close(float(ours[-1]), float(theirs[-1]), relative, absolute)
        and np.allclose(ours, theirs, rtol=relative, atol=absolute, equal_nan=True)
    )
    return next(agreeing, 0)


def _is_close(one: float, other: float, relative: float, absolute: float) -> bool:
    """Return what ``numpy.isclose`` does for two numbers, where NaN is equal to NaN, in a fraction of its time.

    >>> _is_close(1.0, 1.01, 0.0, 0.02), _is_close(math.nan, math.nan, 0.0, 0.0), _is_close(math.inf, 1.0, 0.1, 0.1)
    (True, True, False)
    """
    if math.isnan(one) or not math.isfinite(other):
        return one == other or (math.isnan(one) and math.isnan(other))
    return abs(one - other) <= absolute + relative * abs(other)


def _alignments(one: Curve, other: Curve, thresholds: DuplicateThresholds) -> Iterator[tuple[Floats, Floats]]:
    """Yield the values of both that may be the same: by equal x, from the first on, and up to the last."""
    length = min(len(one.value), len(other.value))
    for shift in thresholds.x_shifts if one.axis == other.axis else ():
        _, ours, theirs = np.intersect1d(one.x + shift, other.x, return_indices=True)
        enough = max(min(length, thresholds.min_evaluations), thresholds.min_shared_x * length)
        if len(ours) >= enough:
            yield one.value[ours], other.value[theirs]
    yield one.value[:length], other.value[:length]
    yield one.value[-length:], other.value[-length:]


def _shared_directories(one: RunSnapshot, other: RunSnapshot) -> int:
    """Return how many directories the paths of both have in common, counted from the root."""
    pairs = zip(PurePath(one.path.full_text).parts, PurePath(other.path.full_text).parts, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
