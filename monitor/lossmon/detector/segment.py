"""One segment of a run: the judged series and the train loss beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from lossmon.detector.copying import shallow_copy
from lossmon.detector.features import Features, TrainFeatures
from lossmon.detector.instability import relative_swing
from lossmon.detector.loss_range import LossRange
from lossmon.detector.noise import ThirdDifferences
from lossmon.detector.predictors import Predictors
from lossmon.detector.thresholds import Thresholds
from lossmon.detector.window import BinnedMeans, BlockMeans, RunningMinima, median


@dataclass(slots=True)
class TrainLoss:
    """The train loss beside the judged series, and its position when that series was at its minimum."""

    thresholds: Thresholds
    binned: BinnedMeans
    recent: list[float] = field(default_factory=list)
    """The newest ``level_values``."""
    count: int = 0
    first: float = 0.0
    minimum: float = math.inf
    position_at_argmin: int | None = None
    last_at_argmin: float = 0.0
    range: LossRange = field(default_factory=LossRange)

    def add(self, value: float) -> None:
        """Add the next train loss."""
        recent, t = self.recent, self.thresholds
        if not recent:
            self.first = value
        recent.append(value)
        if len(recent) > t.level_values:
            del recent[0]
        self.binned.add(value)
        self.count += 1
        if value < self.minimum:
            self.minimum = value
        self.range.add(value, t)

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
        """Return an independent copy."""
        copy = shallow_copy(self)
        copy.binned, copy.recent, copy.range = self.binned.clone(), self.recent.copy(), self.range.clone()
        return copy


@dataclass(slots=True)
class Segment:
    """All that is kept of a segment, in bounded memory."""

    thresholds: Thresholds
    binned: BinnedMeans
    blocks: BlockMeans
    third_differences: ThirdDifferences
    running_minima: RunningMinima
    predictors: Predictors
    train: TrainLoss
    count: int = 0
    first_index: int = 0
    last_index: int = 0
    recent: list[float] = field(default_factory=list)
    opening: list[float] = field(default_factory=list)
    first_level: float = 0.0
    minimum: float = math.inf
    argmin: int = 0
    since_minimum: int = 0
    rising_streak: int = 0
    range: LossRange = field(default_factory=LossRange)

    @classmethod
    def empty(cls, thresholds: Thresholds, *, is_resumed: bool = False) -> Segment:
        """Return a segment without values; *is_resumed* says whether the run jumped here and falls again."""
        return cls(
            thresholds,
            BinnedMeans(thresholds.max_bins),
            BlockMeans.of(thresholds.block_widths, thresholds.recent_values),
            ThirdDifferences(thresholds.recent_values - 3),
            RunningMinima(thresholds.max_running_minima),
            Predictors(),
            TrainLoss(thresholds, BinnedMeans(thresholds.max_bins), range=LossRange(is_resumed=is_resumed)),
            range=LossRange(is_resumed=is_resumed),
        )

    def add(self, index: int, value: float, train: float | None) -> None:
        """Add the value of evaluation *index* and the train loss beside it, both finite."""
        t = self.thresholds
        self._add_to_recent(index, value)
        if len(self.opening) < t.level_values:
            self.opening.append(value)
            self.first_level = median(self.opening)
        self.binned.add(value)
        self.range.add(value, t)
        if train is not None:
            self.train.add(train)
        self.since_minimum += 1
        if value < self.minimum:
            self.minimum, self.argmin, self.since_minimum = value, index, 0
            self.train.mark_argmin()
        self.predictors.add(value, train)

    def _add_to_recent(self, index: int, value: float) -> None:
        recent = self.recent
        self.count += 1
        if recent:
            last = recent[-1]
            self.rising_streak = self.rising_streak + 1 if value > last else 0
            # One evaluation late: the best value, logged again at the very end, is no return after which it rose.
            self.running_minima.add(self.last_index, last)
        else:
            self.first_index = index
        self.last_index = index
        recent.append(value)
        self.blocks.note_value(recent)
        if len(recent) > 3:
            self.third_differences.add(recent)
        if len(recent) > self.thresholds.recent_values:
            del recent[0]

    def measure(self, evaluations: int, *, is_validation: bool = True) -> Features:
        """Return the measurements after *evaluations* of the run; *is_validation* says what the series is.

        They hold until the next value is added.
        """
        t = self.thresholds
        if not self.count:
            return Features(t, evaluations, is_validation)
        last = self.recent[-1]
        newest_level, level_before = self.binned.newest_levels(t.trend_fraction, t.min_trend_values)
        return Features(
            t,
            evaluations,
            is_validation,
            self.count,
            first_index=self.first_index,
            minimum=self.minimum,
            argmin=self.argmin,
            since_minimum=self.since_minimum,
            last=last,
            level=last if self.rising_streak >= t.min_rising_streak else median(self.recent[-t.level_values :]),
            rising_streak=self.rising_streak,
            first_level=self.first_level,
            newest_level=newest_level,
            recent_decrease=level_before - newest_level,
            relative_spread=relative_swing(self.recent, t),
            loss_range=self.range,
            segment=self,
        )

    def clone(self) -> Segment:
        """Return an independent copy."""
        copy = shallow_copy(self)
        copy.binned, copy.blocks = self.binned.clone(), self.blocks.clone()
        copy.third_differences, copy.running_minima = self.third_differences.clone(), self.running_minima.clone()
        copy.predictors, copy.train, copy.range = self.predictors.clone(), self.train.clone(), self.range.clone()
        copy.recent, copy.opening = self.recent.copy(), self.opening.copy()
        return copy
