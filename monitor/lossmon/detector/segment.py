"""One segment of a run: the judged series with the train loss beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from lossmon.detector.features import Features, TrainFeatures, share_of
from lossmon.detector.window import RECENT, WIDTHS, BinnedMeans, BlockMean, RunningMinima, median

_SWING = 16
"""Evaluations in which swings are looked for."""
_CLIMB = 3
"""Evaluations in a row, each above the one before, that make the last of them the level."""


@dataclass(slots=True)
class Companion:
    """The train loss: its recent values, its outline, its first, its best, and what it was at the best evaluation."""

    recent: list[float] = field(default_factory=list)
    outline: BinnedMeans = field(default_factory=BinnedMeans)
    count: int = 0
    first: float = 0.0
    best: float = math.inf
    marked: int | None = None

    def add(self, value: float) -> None:
        """Take the next train loss."""
        if not self.recent:
            self.first = value
        self.recent = [*self.recent[-2:], value]
        self.outline.add(value)
        self.count += 1
        self.best = min(self.best, value)

    def mark(self) -> None:
        """Remember the present as the train loss at the best evaluation."""
        self.marked = self.count - 1 if self.count else None

    def measure(self) -> TrainFeatures | None:
        """Return its measurements; None while there is nothing to compare."""
        if self.marked is None:
            return None
        return TrainFeatures(self.first, self.best, self.outline.at(self.marked), self._now(), self.recent[-1])

    def _now(self) -> float:
        """Return the present level: of a long run the mean of several evaluations, as one of them may be all noise."""
        if self.outline.width > 1:
            return self.outline.newest
        falling = len(self.recent) > 2 and self.recent[0] > self.recent[1] > self.recent[2]
        return self.recent[-1] if falling else median(self.recent)

    def clone(self) -> Companion:
        """Return an independent copy."""
        return replace(self, outline=self.outline.clone())


@dataclass(slots=True)
class Segment:
    """Everything that is remembered of a segment; bounded, whatever its length."""

    count: int = 0
    recent: list[float] = field(default_factory=list)
    opening: list[float] = field(default_factory=list)
    outline: BinnedMeans = field(default_factory=BinnedMeans)
    levels: list[BlockMean] = field(default_factory=lambda: [BlockMean(width) for width in WIDTHS])
    lows: RunningMinima = field(default_factory=RunningMinima)
    best: float = math.inf
    best_at: int = 0
    since: int = 0
    climbing: int = 0
    train: Companion = field(default_factory=Companion)

    def add(self, index: int, value: float, train: float | None) -> None:
        """Take the value of evaluation *index* and the train loss beside it, both finite."""
        self.climbing = self.climbing + 1 if self.recent and value > self.recent[-1] else 0
        self.count += 1
        self.recent = [*self.recent[1 - RECENT :], value]
        if len(self.opening) < 3:
            self.opening = [*self.opening, value]
        self.outline.add(value)
        for level in self.levels:
            level.add(self.recent)
        if train is not None:
            self.train.add(train)
        self.since += 1
        if value < self.best:
            self.best, self.best_at, self.since = value, index, 0
            self.train.mark()
        self.lows.add(index, value)

    def measure(self, n: int, *, validated: bool = True) -> Features:
        """Return the measurements after *n* evaluations of the run; *validated* says what the series is."""
        if not self.count:
            return Features(n, validated)
        newest = self.recent[-3:]
        level = newest[-1] if self.climbing >= _CLIMB else median(newest)
        return Features(
            n=n,
            validated=validated,
            count=self.count,
            best=self.best,
            best_at=self.best_at,
            since=self.since,
            last=newest[-1],
            level=level,
            floor=min(newest),
            climbing=self.climbing,
            first=median(self.opening),
            gain=self.outline.gain(0.25),
            swing=self._swing(),
            train=self.train.measure(),
            recent=self.recent,
            blocks=[(level.width, level.now, level.lowest) for level in self.levels if level.now is not None],
            lows=self.lows.places.copy(),
        )

    def _swing(self) -> float:
        """Return the spread of the newest values without extremes, over their median; 0 unless it is wide and turns."""
        last = self.recent[-_SWING:]
        ordered = sorted(last)
        if len(last) < _SWING or ordered[-3] - ordered[2] < abs(ordered[_SWING // 2]) / 2:
            return 0.0
        turns = sum([(b - a) * (c - b) < 0 for a, b, c in zip(last, last[1:], last[2:], strict=False)])
        return share_of(ordered[-3] - ordered[2], median(ordered)) if turns > _SWING / 3 else 0.0

    def clone(self) -> Segment:
        """Return an independent copy."""
        return Segment(
            self.count,
            self.recent,
            self.opening,
            self.outline.clone(),
            [level.clone() for level in self.levels],
            self.lows.clone(),
            self.best,
            self.best_at,
            self.since,
            self.climbing,
            self.train.clone(),
        )
