"""Find curves that may hold the same losses, in a time that hardly grows faster than the number of curves.

Of each curve some points are sampled. A sample is a value and a place: x, or the position from the start or from the
end of the curve. Two curves are similar if they have nearly the same value at the same place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve

_ENDS = 8
"""Points that are sampled at the start and at the end of a curve."""
_INNER = 24
"""Points that are sampled in between: those x whose hashes are the lowest, which mostly are the same in both curves."""
_ENOUGH = 7
"""Samples that two runs share at least, unless a curve has fewer points: one or two are often equal by chance."""
_NEIGHBOURS = 8
"""Runs to either side, in the order given, that a run is paired with for each sample that they share."""
_LEVEL_STEP = 2
"""Tolerances are rounded up to a power of 4, so that there are few of them."""
_START, _END, _X = 0, 1, 2
"""What the place of a sample is."""
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))
"""Odd numbers whose bits look random; those of XXH64."""

_Hashes: TypeAlias = NDArray[np.uint64]
_Indices: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A curve of a run that may be a duplicate."""

    run: int
    """Which run it is of: its place in the order in which near runs are neighbours."""
    curve: Curve
    tolerance: float
    """By how much its values may differ from those of a more exact log."""
    arena: int
    """Only runs of one arena are compared."""
    side: int
    """Runs of one side are not compared with each other."""


def similar_runs(candidates: Sequence[Candidate], limit: int) -> dict[int, list[int]]:
    """Return for each run at most *limit* runs of other sides that are similar, the most similar first."""
    if not candidates:
        return {}
    levels = np.array([_level(one.tolerance) for one in candidates])
    samples = [_samples(one.curve) for one in candidates]
    pairs, shared = np.empty(0, np.int64), np.empty(0, np.int64)
    for level in np.unique(levels):
        chosen = np.flatnonzero(levels <= level).tolist()
        table = _Table.of([candidates[index] for index in chosen], [samples[index] for index in chosen])
        for shift in (0.0, 0.5):
            found, times = np.unique(table.pairs(2.0 ** float(level), shift), return_counts=True)
            pairs, inverse = np.unique(np.concatenate([pairs, found]), return_inverse=True)
            shared = np.bincount(inverse, np.concatenate([shared, times]), len(pairs)).astype(np.int64)
    enough = shared >= _samples_to_share(candidates, pairs)
    return _ranked(pairs[enough], shared[enough], limit)


def _samples_to_share(candidates: Sequence[Candidate], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each of *pairs* of runs how many samples they share at least if they are duplicates."""
    lengths = np.full(1 + max(one.run for one in candidates), _ENOUGH)
    np.minimum.at(lengths, [one.run for one in candidates], [len(one.curve.x) for one in candidates])
    one, other = _split(pairs)
    return np.asarray(np.minimum(lengths[one], lengths[other]))


def _level(tolerance: float) -> int:
    """Return the exponent of a cell that is wider than what two values may differ, both being so inexact."""
    exponent = int(np.ceil(np.log2(4.0 * tolerance)))
    return -(-exponent // _LEVEL_STEP) * _LEVEL_STEP


@dataclass(frozen=True, slots=True)
class _Samples:
    """Values and their places: arrays of one length."""

    value: Floats
    place: Floats
    kind: NDArray[np.uint8]


def _samples(curve: Curve) -> _Samples:
    first, last = curve.value[:_ENDS], curve.value[-_ENDS:]
    chosen = _sampled_points(curve)
    x, value = curve.x[chosen], curve.value[chosen]
    # Some programs count epochs from 0, some from 1: curves whose x differ by one share x or x + 1.
    places = [np.arange(len(first)), np.arange(len(last))[::-1], x, x + 1.0]
    kinds = np.array([_START, _END, _X + (curve.axis == "epoch")], np.uint8)
    kinds = kinds.repeat([len(first), len(last), 2 * len(x)])
    return _Samples(np.concatenate([first, last, value, value]), np.concatenate(places), kinds)


def _sampled_points(curve: Curve) -> _Indices:
    """Return the indices of the points that are compared by their x."""
    count = len(curve.x)
    if count <= 2 * (_ENDS + _INNER):
        return np.arange(count)
    # Both x and x + 1 are places, see ``_samples``.
    lowest = [np.argpartition(_bits(x) * _MIX[0], _INNER)[:_INNER] for x in (curve.x, curve.x + 1.0)]
    return np.unique(np.concatenate([np.arange(_ENDS), np.arange(count - _ENDS, count), *lowest]))


@dataclass(frozen=True, slots=True)
class _Table:
    """The samples of many curves, one after the other."""

    samples: _Samples
    run: _Indices
    arena: _Hashes
    side: _Indices

    @classmethod
    def of(cls, candidates: Sequence[Candidate], samples: Sequence[_Samples]) -> _Table:
        """Make the table of *candidates* and the *samples* of each."""
        lengths = [len(one.value) for one in samples]
        joined = _Samples(
            np.concatenate([one.value for one in samples]),
            np.concatenate([one.place for one in samples]),
            np.concatenate([one.kind for one in samples]),
        )
        run, arena, side = np.array([(one.run, one.arena, one.side) for one in candidates], np.intp).T
        return cls(joined, run.repeat(lengths), arena.astype(np.uint64).repeat(lengths), side.repeat(lengths))

    def pairs(self, width: float, shift: float) -> NDArray[np.int64]:
        """Return pairs of runs with a value in the same cell at the same place; see ``_pair``."""
        keys = self._keys(width, shift)
        order = np.lexsort((self.run, keys))
        keys = keys[order]
        is_next_same = np.append(keys[1:] == keys[:-1], False)
        is_shared = is_next_same | np.append(False, is_next_same[:-1])
        keys, order = keys[is_shared], order[is_shared]
        run, side = self.run[order], self.side[order]
        return np.concatenate([_pair(run[one], run[other]) for one, other in _neighbours(keys, side)])

    def _keys(self, width: float, shift: float) -> _Hashes:
        """Return a hash of cell, place and arena of each sample."""
        value = self.samples.value
        with np.errstate(over="ignore", invalid="ignore"):
            cell = np.floor(value / width + shift)
        cell = np.where(np.isfinite(value), cell, value)
        cell[np.isnan(cell)] = np.nan  # one pattern of bits
        key = _bits(cell) * _MIX[0] ^ _bits(self.samples.place) * _MIX[1]
        key ^= (self.arena * np.uint64(8) + self.samples.kind) * _MIX[2]
        return np.asarray((key ^ key >> np.uint64(29)) * _MIX[0])


def _neighbours(keys: _Hashes, side: _Indices) -> Iterator[tuple[_Indices, _Indices]]:
    """Yield the indices of pairs of samples with the same key that are near each other, each pair once.

    Samples with one key and one side make a stretch; a sample is paired with the nearest of the stretch before and of
    the one after.
    """
    edges = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]) | (side[1:] != side[:-1]), True])
    stretch = np.arange(len(edges) - 1).repeat(np.diff(edges))
    after = edges[stretch + 1]
    for offset in range(_NEIGHBOURS):
        yield _adjacent(keys, stretch, after + offset)
        one, other = _adjacent(keys, stretch, edges[stretch] - 1 - offset)
        is_new = one - after[other] >= _NEIGHBOURS
        yield one[is_new], other[is_new]


def _adjacent(keys: _Hashes, stretch: _Indices, other: _Indices) -> tuple[_Indices, _Indices]:
    """Return the indices of all samples whose *other* is in the next stretch, or the one before, with the same key."""
    one = np.flatnonzero((other >= 0) & (other < len(keys)))
    other = other[one]
    fits = (keys[one] == keys[other]) & (np.abs(stretch[one] - stretch[other]) == 1)
    return one[fits], other[fits]


def _bits(values: Floats) -> _Hashes:
    """Return the bits of *values*; zero has one pattern."""
    return (np.asarray(values, np.float64) + 0.0).view(np.uint64)


def _pair(one: _Indices, other: _Indices) -> NDArray[np.int64]:
    """Return pairs of runs as one number each, the lower run first."""
    return np.minimum(one, other).astype(np.int64) << 32 | np.maximum(one, other)


def _split(pairs: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return pairs >> 32, pairs & 0xFFFFFFFF


def _ranked(pairs: NDArray[np.int64], shared: NDArray[np.int64], limit: int) -> dict[int, list[int]]:
    similar: dict[int, list[int]] = defaultdict(list)
    ranked = pairs[np.argsort(-shared, kind="stable")]
    for one, other in zip(*(part.tolist() for part in _split(ranked)), strict=True):
        for ours, theirs in ((one, other), (other, one)):
            if len(similar[ours]) < limit:
                similar[ours].append(theirs)
    return similar
