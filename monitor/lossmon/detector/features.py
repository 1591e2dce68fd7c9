"""The measurements of a run after each evaluation; the rules use nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from lossmon.detector.loss_range import LossRange
from lossmon.detector.noise import Noise, estimate_noise
from lossmon.detector.thresholds import Thresholds

if TYPE_CHECKING:
    from lossmon.detector.segment import Segment

_STD_OF_TRIMMED_MEAN = 1.09
"""Standard deviation of the mean of the middle half of normal values over that of the mean of all."""


def safe_ratio(part: float, whole: float) -> float:
    """Return *part* over the absolute value of *whole*; if that is 0, infinity for a positive part, else 0.

    >>> safe_ratio(1.0, -2.0), safe_ratio(1.0, 0.0)
    (0.5, inf)
    """
    if whole:
        return part / abs(whole)
    return math.inf if part > 0 else 0.0


class TrainFeatures(NamedTuple):
    """Measurements of the train loss beside the judged series; "argmin" is the minimum of the judged series."""

    first: float
    minimum: float
    at_argmin: float
    """The loss at the argmin; in a long run the mean around it."""
    level: float
    """Median of the last ``level_values``, or the last one while they fall; in a long run the mean of several."""
    last: float
    last_at_argmin: float = 0.0
    """The single loss at the argmin."""

    @property
    def is_at_minimum(self) -> bool:
        """Whether the last value is the lowest so far."""
        return self.last <= self.minimum

    @property
    def relative_decrease(self) -> float:
        """Decrease since the argmin, relative to the loss there; negative if train rose."""
        return safe_ratio(self.at_argmin - self.level, self.at_argmin)


@dataclass(slots=True, eq=False)
class Features:
    """Measurements of the judged series, in which lower is better; names in ``code`` are fields of the thresholds.

    They are made anew at each evaluation and hold until the next one: what costs time is read from the segment only
    when it is asked for, and then kept.
    """

    thresholds: Thresholds
    evaluations: int = 0
    """Evaluations of the run so far, with or without a value."""
    is_validation: bool = True
    """Whether the judged series is validation; otherwise it is train, as there is no validation."""
    count: int = 0
    """Values in the present segment."""
    first_index: int = 0
    """Index of the evaluation with the first of them."""
    minimum: float = 0.0
    argmin: int = 0
    """Index of the evaluation with the minimum."""
    since_minimum: int = 0
    """Evaluations since the minimum."""
    last: float = 0.0
    level: float = 0.0
    """Median of the last ``level_values``; the last one while they rise."""
    rising_streak: int = 0
    """Values up to the last that each are above the one before."""
    first_level: float = 0.0
    """Median of the first ``level_values``."""
    newest_level: float = 0.0
    """Trimmed mean of the newest ``trend_fraction`` of the segment."""
    recent_decrease: float = 0.0
    """By how much that level is below the one of as many values before."""
    relative_spread: float = 0.0
    """Range of the last ``spread_window`` values about their trend without outliers, relative to their level."""
    loss_range: LossRange | None = None
    """Range of the judged series; None before its first value."""
    segment: Segment | None = None
    """The values that were measured; None before there are any."""
    _train: TrainFeatures | None = field(default=None, init=False)
    _predictors: Sequence[float] = field(default=(), init=False)
    _noise: Noise | None = field(default=None, init=False)
    _rise: float | None = field(default=None, init=False)

    @property
    def recent_minimum(self) -> float:
        """Minimum of the last ``level_values``."""
        return min(self.segment.recent[-self.thresholds.level_values :]) if self.segment else 0.0

    @property
    def train_range(self) -> LossRange | None:
        """Range of train beside the judged series; None before its first value."""
        return self.segment.train.range if self.segment and self.segment.train.count else None

    @property
    def train(self) -> TrainFeatures | None:
        """Measurements of train; None if it was not logged up to the minimum of the judged series."""
        if self._train is None and self.segment:
            self._train = self.segment.train.measure()
        return self._train

    @property
    def recent(self) -> Sequence[float]:
        """The newest values."""
        return self.segment.recent if self.segment else ()

    @property
    def predictors(self) -> Sequence[float]:
        """The inputs of the model of overfitting, in the order of ``PREDICTORS``; empty without validation."""
        if not self._predictors and self.segment and self.is_validation:
            self._predictors = self.segment.predictors.vector()
        return self._predictors

    @property
    def counted_values(self) -> int:
        """The number of values, limited, of which the rules demand fractions."""
        return min(self.count, self.thresholds.max_counted_values)

    @property
    def noise(self) -> Noise:
        """The noise of the newest values; the autocorrelation costs time and is estimated only after a rise."""
        if self._noise is None:
            self._noise = self._estimate_noise()
        return self._noise

    def _estimate_noise(self) -> Noise:
        t, segment = self.thresholds, self.segment
        if segment is None:
            return Noise()
        has_risen = (
            self.since_minimum >= t.noise_since_minimum
            and safe_ratio(self.level - self.minimum, self.minimum) > t.noise_relative_rise
        )
        return estimate_noise(segment.recent, self.since_minimum if has_risen else 0, t, segment.third_differences)

    @property
    def onset(self) -> int:
        """The evaluation after which the series rose: the argmin, or the last return to it within the noise."""
        t = self.thresholds
        tolerance = min(t.onset_rise_fraction * (self.level - self.minimum), self.noise.sigma * t.onset_noise_fraction)
        bound = self.minimum + tolerance
        minima = self.segment.running_minima.minima if self.segment else []
        return next((index for index, value in reversed(minima) if value <= bound), self.argmin)

    @property
    def recent_decrease_std(self) -> float:
        """Standard deviation of ``recent_decrease`` by noise alone."""
        t = self.thresholds
        values = max(t.min_trend_values, int(self.count * t.trend_fraction))
        return self.noise.std_of_mean(values) * _STD_OF_TRIMMED_MEAN * math.sqrt(2)

    @property
    def rise_z_score(self) -> float:
        """Rise of a block mean above the lowest earlier one, in standard deviations; the most significant rise.

        That is the one which exceeds chance most, over all block widths.
        """
        if self._rise is None:
            best, best_chance = 0.0, 0.0
            for rise, chance in self._block_rises():
                if rise - chance > best - best_chance or not best:
                    best, best_chance = rise, chance
            self._rise = best
        return self._rise

    def exceeds_chance_by(self, z_score: float) -> bool:
        """Return whether a block mean rose by *z_score*, at least 0, more than the largest rise by chance.

        It looks at no more blocks than it must.
        """
        return any(rise - chance > z_score for rise, chance in self._block_rises())

    def _block_rises(self) -> Iterator[tuple[float, float]]:
        """Yield for each block width the rise, and the largest one by chance, in standard deviations.

        Among b independent blocks, by chance alone, the lowest mean lies sqrt(2 ln b) standard deviations below the
        average and the highest as much above: together a rise of 2 sqrt(2 ln b).
        """
        t, noise, segment = self.thresholds, self.noise, self.segment
        if segment is None or (not noise.third_difference_std and self.count < t.min_noiseless_values):
            return
        # As the lowest of many noisy values, the minimum lies below the level of these values by about this much.
        luck = noise.sigma * math.sqrt((1 - noise.autocorrelation) * 2 * math.log(max(self.count, 1)))
        level_at_minimum = self.minimum + luck
        for block in segment.blocks.blocks:
            width = block.width
            if self.since_minimum < width or self.count < 2 * width:
                continue
            newest = segment.blocks.newest(block, segment.recent)
            rise = safe_ratio(newest - min(block.lowest, level_at_minimum), noise.std_of_mean(width))
            blocks = max(self.count / max(width, noise.correlation_time), t.min_independent_blocks)
            yield rise, 2 * math.sqrt(2 * math.log(blocks)) - t.chance_offset

    @property
    def is_at_recent_minimum(self) -> bool:
        """Whether the last value is the lowest of the last ``level_values``."""
        return self.last <= self.recent_minimum

    def relative_rise_of(self, value: float) -> float:
        """Return how far *value* is above the minimum, relative to it, or to the decrease if the minimum is below 0."""
        return safe_ratio(value - self.minimum, self.minimum if self.minimum > 0 else self.first_level - self.minimum)

    @property
    def relative_rise(self) -> float:
        """Rise of the level above the minimum, as ``relative_rise_of`` counts it."""
        return self.relative_rise_of(self.level)

    @property
    def relative_gap(self) -> float:
        """How far the level is above that of train, relative to the level; 0 without train."""
        return safe_ratio(self.level - self.train.level, self.level) if self.train else 0.0

    @property
    def first_relative_gap(self) -> float:
        """How far the series was above train at the start, relative to its first level; 0 without train."""
        return safe_ratio(self.first_level - self.train.first, self.first_level) if self.train else 0.0
