"""One segment of a run: the judged series and the train loss beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from lossmon.detector.features import Features, TrainFeatures
from lossmon.detector.instability import relative_swing
from lossmon.detector.loss_range import LossRange
from lossmon.detector.noise import NO_DIFFERENCES, ThirdDifferences
from lossmon.detector.predictors import Predictors
from lossmon.detector.thresholds import Thresholds
from lossmon.detector.window import BinnedMeans, BlockMean, RunningMinima, median


@dataclass(slots=True)
class TrainLoss:
    """The train loss beside the judged series, and its position when that series was at its minimum."""

    thresholds: Thresholds
    binned: BinnedMeans
    recent: list[float] = field(default_factory=list)
    count: int = 0
    first: float = 0.0
    minimum: float = math.inf
    position_at_argmin: int | None = None
    last_at_argmin: float = 0.0
    range: LossRange = field(default_factory=LossRange)

    @classmethod
    def empty(cls, thresholds: Thresholds) -> TrainLoss:
        """Return a train loss without values."""
        return cls(thresholds, BinnedMeans(thresholds.max_bins))

    def add(self, value: float) -> None:
        """Add the next train loss."""
        if not self.recent:
            self.first = value
        self.recent = [*self.recent[1 - self.thresholds.level_values :], value]
        self.binned.add(value)
        self.count += 1
        self.minimum = min(self.minimum, value)
        self.range = self.range.add(value, self.thresholds)

    def mark_argmin(self) -> None:
        """Remember that the judged series is at its minimum now."""
        if self.count:
            self.position_at_argmin, self.last_at_argmin = self.count - 1, self.recent[-1]

    def measure(self) -> TrainFeatures | None:
        """Return the measurements; None if no train loss was logged up to the minimum of the judged series."""
        if self.position_at_argmin is None:
            return None
        at_argmin = self.binned.mean_at(self.position_at_argmin)
        return TrainFeatures(self.first, self.minimum, at_argmin, self._level(), self.recent[-1], self.last_at_argmin)

    def _level(self) -> float:
        """Return the present level: in a long run the mean of several values, as a single one may be all noise."""
        if self.binned.width > 1:
            return self.binned.newest
        is_falling = len(self.recent) > 2 and self.recent[-3] > self.recent[-2] > self.recent[-1]
        return self.recent[-1] if is_falling else median(self.recent)

    def clone(self) -> TrainLoss:
        """Return an independent copy; ``recent`` is never changed in place."""
        return replace(self, binned=self.binned.clone())


@dataclass(slots=True)
class Segment:
    """All that is kept of a segment, in bounded memory."""

    thresholds: Thresholds
    binned: BinnedMeans
    blocks: list[BlockMean]
    running_minima: RunningMinima
    predictors: Predictors
    train: TrainLoss
    count: int = 0
    first_index: int = 0
    last_index: int = 0
    recent: list[float] = field(default_factory=list)
    third_differences: ThirdDifferences = NO_DIFFERENCES
    opening: list[float] = field(default_factory=list)
    minimum: float = math.inf
    argmin: int = 0
    since_minimum: int = 0
    rising_streak: int = 0
    range: LossRange = field(default_factory=LossRange)

    @classmethod
    def empty(cls, thresholds: Thresholds) -> Segment:
        """Return a segment without values."""
        return cls(
            thresholds,
            BinnedMeans(thresholds.max_bins),
            [BlockMean(width) for width in thresholds.block_widths if width <= thresholds.recent_values],
            RunningMinima(thresholds.max_running_minima),
            Predictors(),
            TrainLoss.empty(thresholds),
        )

    def add(self, index: int, value: float, train: float | None) -> None:
        """Add the value of evaluation *index* and the train loss beside it, both finite."""
        self.rising_streak = self.rising_streak + 1 if self.recent and value > self.recent[-1] else 0
        self.count += 1
        if self.count == 1:
            self.first_index = index
        else:
            # One evaluation late: the best value, logged again at the very end, is no return after which it rose.
            self.running_minima.add(self.last_index, self.recent[-1])
        self.last_index = index
        for block in self.blocks:
            block.add(value, self.recent)
        self.recent = [*self.recent[1 - self.thresholds.recent_values :], value]
        self.third_differences = self.third_differences.add(self.recent, self.thresholds.recent_values - 3)
        if len(self.opening) < self.thresholds.level_values:
            self.opening = [*self.opening, value]
        self.binned.add(value)
        self.range = self.range.add(value, self.thresholds)
        if train is not None:
            self.train.add(train)
        self.since_minimum += 1
        if value < self.minimum:
            self.minimum, self.argmin, self.since_minimum = value, index, 0
            self.train.mark_argmin()
        self.predictors.add(value, train)

    def measure(self, evaluations: int, *, is_validation: bool = True) -> Features:
        """Return the measurements after *evaluations* of the run; *is_validation* says what the series is."""
        t = self.thresholds
        if not self.count:
            return Features(t, evaluations, is_validation)
        newest = self.recent[-t.level_values :]
        newest_level, level_before = self.binned.newest_levels(t.trend_fraction, t.min_trend_values)
        return Features(
            t,
            evaluations=evaluations,
            is_validation=is_validation,
            count=self.count,
            first_index=self.first_index,
            minimum=self.minimum,
            argmin=self.argmin,
            since_minimum=self.since_minimum,
            last=newest[-1],
            level=newest[-1] if self.rising_streak >= t.min_rising_streak else median(newest),
            recent_minimum=min(newest),
            rising_streak=self.rising_streak,
            first_level=median(self.opening),
            newest_level=newest_level,
            recent_decrease=level_before - newest_level,
            relative_spread=relative_swing(self.recent, t),
            loss_range=self.range,
            train_range=self.train.range if self.train.count else None,
            train=self.train.measure(),
            recent=self.recent,
            third_differences=self.third_differences,
            block_means=[
                (block.width, block.newest, block.lowest) for block in self.blocks if block.newest is not None
            ],
            running_minima=self.running_minima.minima.copy(),
            predictors=self.predictors.vector() if is_validation else (),
        )

    def clone(self) -> Segment:
        """Return an independent copy; ``recent`` and ``opening`` are never changed in place."""
        return replace(
            self,
            binned=self.binned.clone(),
            blocks=[block.clone() for block in self.blocks],
            running_minima=self.running_minima.clone(),
            predictors=self.predictors.clone(),
            train=self.train.clone(),
        )
