"""Find runs that one training logged in several formats, so that it is shown once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import chain, product, takewhile
from pathlib import PurePath
from typing import TypeAlias

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import SUM_SEPARATOR, Curve, RunSnapshot
from lossmon.core.text import Name
from lossmon.sources.protocol import LogFormat, RunLayout

_HALF_UNIT = 0.51
"""Largest error of a rounded number in units of its last digit: a half, and some more for its binary form."""
_HALF_UNIT_OF_TWO_DIGITS = 0.005
"""The same relative to a number between 1 and 10 that has one decimal; smaller for greater numbers."""


@dataclass(frozen=True, slots=True)
class DuplicateThresholds:
    """When two logs are taken for one training, and how often they are compared."""

    min_evaluations: int = 3
    """Evaluations that must agree; with fewer, only a log in a directory above the other is its duplicate."""
    sampled_losses: int = 24
    """First losses of a run by which its duplicates are looked up, and by which its rounding is estimated.

    More than a few, because a log that was started again after a resume lacks the first ones.
    """
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
        self._complete = False
        self._next_comparison = 0.0
        self._duplicates: dict[Name, RunSnapshot] = {}
        self.planned_end: dict[Name, float] = {}
        """The last x of a run, where only a duplicate of it says how long it will be."""

    def find(self, runs: Sequence[RunSnapshot], *, complete: bool) -> dict[Name, RunSnapshot]:
        """Map the name of each duplicate among *runs* to the run that is kept.

        The result may be a few seconds old, unless everything on disk has just been read: *complete* turns true.
        """
        now = self._clock()
        just_completed = complete and not self._complete
        if just_completed or (now >= self._next_comparison and self._compared != runs):
            duplicates = self._compare(runs, self._formats, self._thresholds)
            self._duplicates = {run.name: original for run, original in duplicates.items()}
            self.planned_end = dict(_planned_by_duplicates(duplicates, self._thresholds))
            pause = self._thresholds.interval_factor * (self._clock() - now)
            self._compared, self._next_comparison = runs, now + max(self._thresholds.interval_seconds, pause)
        self._complete = complete
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
    used = {run.format for run in runs}
    losses = {run: _losses_of(run, thresholds) for run in runs}
    copy_groups = {run: _copy_groups(run, formats[run.format]) for run in runs}
    sizes = Counter(chain.from_iterable(copy_groups.values()))
    kept = _KeptRuns()
    duplicates: dict[RunSnapshot, RunSnapshot] = {}
    for run in ranked:
        copies = [group for group in copy_groups[run] if sizes[group] > 1]
        if not copies and len(used) == 1:
            continue
        rounded = set().union(*(_rounded_losses(loss.curve.value, thresholds) for loss in losses[run]))
        # Sorted, so that of several that fit equally well the same is taken each time.
        similar = kept.find(sorted(rounded), [*sorted(used - {run.format}), *copies])
        originals = [other for other in similar if _is_duplicate(run, other, losses, thresholds)]
        if originals:
            duplicates[run] = max(originals, key=lambda original: _shared_directories(original, run))
        else:
            kept.add(run, rounded, [run.format, *copies])
    return duplicates


class _KeptRuns:
    """Runs that are not duplicates, by their rounded losses and by the groups in which duplicates may be.

    A group is a format, or a format in a directory.
    """

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], list[RunSnapshot]] = defaultdict(list)

    def add(self, run: RunSnapshot, rounded: Iterable[str], groups: Sequence[str]) -> None:
        for key in product(rounded, groups):
            self._runs[key].append(run)

    def find(self, rounded: Iterable[str], groups: Sequence[str]) -> Iterable[RunSnapshot]:
        """Return the runs of *groups* that have one of the *rounded* losses, each of them once."""
        found = (self._runs.get(key, ()) for key in product(rounded, groups))
        return dict.fromkeys(chain.from_iterable(found))


def _copy_groups(run: RunSnapshot, log_format: LogFormat) -> list[str]:
    """Return where a copy of *run* in its own format may be: in its directory, if a directory is not one run."""
    return [] if log_format.run_layout is RunLayout.DIRECTORY else [f"{run.format} in {_directory(run)}"]


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

    def _rounding_of(self, curve: Curve) -> tuple[float, float]:
        """Return the largest rounding error, absolute and relative, by the digits of the first values."""
        limits, values = self._thresholds, curve.value
        first = values[np.isfinite(values)][: limits.sampled_losses].tolist()
        decimals = [Decimal(repr(value)).normalize().as_tuple() for value in first]
        places = max((-int(decimal.exponent) for decimal in decimals), default=0)
        digits = max((len(decimal.digits) for decimal in decimals), default=0)
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


def _rounded_losses(losses: Floats, thresholds: DuplicateThresholds) -> set[str]:
    """Return what the same loss with fewer digits has in common: the first two digits, or their neighbours."""
    finite = losses[np.isfinite(losses)]
    broken = {"broken"} if len(finite) < len(losses) else set()
    first = finite[: thresholds.sampled_losses].tolist()
    factors = (1 - _HALF_UNIT_OF_TWO_DIGITS, 1.0, 1 + _HALF_UNIT_OF_TWO_DIGITS)
    return broken | {f"{loss * factor:.2g}" for loss in first for factor in factors}


def _is_duplicate(
    run: RunSnapshot, other: RunSnapshot, losses: Mapping[RunSnapshot, Sequence[_Loss]], thresholds: DuplicateThresholds
) -> bool:
    """Return whether each loss of *run* is one of *other*'s, enough of them, and not all of them one value."""
    if (run.path, run.format) == (other.path, other.format) and run.run_in_log != other.run_in_log:
        return False  # a log tells them apart
    ours, theirs = losses[run], losses[other]
    if not all(any(_agree(one, another, thresholds) for another in theirs) for one in ours):
        return False
    varies = any(np.ptp(loss.curve.value) != 0.0 for loss in (*ours, *theirs))
    enough = max(len(loss.curve.value) for loss in ours) >= thresholds.min_evaluations
    return (enough and varies) or (not enough and _is_above(run, other))


def _is_above(run: RunSnapshot, other: RunSnapshot) -> bool:
    """Return whether *other* is in the directory of *run*, or below it."""
    return PurePath(other.path.full_text).is_relative_to(_directory(run))


def _directory(run: RunSnapshot) -> str:
    return str(PurePath(run.path.full_text).parent)


def _agree(one: _Loss, other: _Loss, thresholds: DuplicateThresholds) -> bool:
    """Return whether all values of the shorter loss are values of the other, however each counts its evaluations."""
    absolute, relative = (max(pair) for pair in zip(one.rounding, other.rounding, strict=True))
    return any(
        len(ours)
        # The last values are compared first, because most pairs differ there.
        and np.isclose(ours[-1:], theirs[-1:], relative, absolute, equal_nan=True)[0]
        and np.allclose(ours, theirs, rtol=relative, atol=absolute, equal_nan=True)
        for ours, theirs in _alignments(one.curve, other.curve, thresholds)
    )


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
