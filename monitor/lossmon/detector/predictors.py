"""What the model of overfitting knows about a run after each evaluation, in bounded memory and time."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from lossmon.detector.combinations import JOINED, combine
from lossmon.detector.copying import shallow_copy
from lossmon.detector.rise import RiseSinceBest, ratio
from lossmon.detector.rolling import (
    STD_PER_SECOND_DIFFERENCE,
    STD_PER_THIRD_DIFFERENCE,
    MovingBlock,
    RollingMedian,
    median_of_3,
)
from lossmon.detector.train_trend import TrainTrend


class Predictor(NamedTuple):
    """One input of the model; it does not change when all losses are multiplied by a positive number."""

    name: str
    meaning: str
    rises: bool = False
    """Whether a larger value never makes overfitting less probable."""


PREDICTORS = (
    Predictor("count", "number of evaluations"),
    Predictor("since_best_share", "evaluations since the best, as a fraction of the run"),
    Predictor("noise", "noise of validation, relative to its scale"),
    Predictor("noise_colour", "noise over four evaluations, in units of that from one to the next"),
    Predictor("level_rise", "median of the last three above the best", rises=True),
    Predictor("block3_own", "mean of 3 above the lowest earlier one, in units of how such means scatter", rises=True),
    Predictor("block3_noise", "mean of 3 above the lowest earlier one, in units of the noise", rises=True),
    Predictor(
        "block3_lost",
        "mean of 3 above the lowest earlier one, relative to the whole fall",
        rises=True,
    ),
    Predictor("block9_rise", "mean of 9 above the lowest earlier one", rises=True),
    Predictor("block9_own", "mean of 9 above the lowest earlier one, in units of how such means scatter", rises=True),
    Predictor(
        "block9_lost",
        "mean of 9 above the lowest earlier one, relative to the whole fall",
        rises=True,
    ),
    Predictor("block9_past", "rise of means of 9 over the largest earlier rise that did not last", rises=True),
    Predictor("block27_rise", "mean of 27 above the lowest earlier one", rises=True),
    Predictor("block27_noise", "mean of 27 above the lowest earlier one, in units of the noise", rises=True),
    Predictor("trend_rise", "rise of the line through the values since the best", rises=True),
    Predictor(
        "trend_z",
        "slope of the line since the best, in standard errors by noise or residuals",
        rises=True,
    ),
    Predictor("trend_correlation", "correlation of neighbouring residuals of the line since the best"),
    Predictor(
        "trend_ar_z",
        "slope of the line since the best, allowing for correlated residuals",
        rises=True,
    ),
    Predictor("trend_residual_z", "slope of the line since the best, in standard errors by its residuals", rises=True),
    Predictor("residual_noise", "residuals of the line since the best, relative to the scale of validation"),
    Predictor("clear_share", "fraction of the values since the best that are 5 % above it", rises=True),
    Predictor("learned", "fall of validation from its start to its best"),
    Predictor("straightness", "rise since the best over the length of the way up and down", rises=True),
    Predictor("rising_streak", "values up to the last that each are above the one before", rises=True),
    Predictor("level_z", "median of the last three above the best, in units of the smaller noise", rises=True),
    Predictor("valley", "evaluations since the best over those since the present level was first reached"),
    Predictor("descent", "evaluations since the present level was first reached, as a fraction of the run"),
    Predictor("train_fall", "fall of train since the best", rises=True),
    Predictor("train_mean_fall", "fall of the mean of nine train losses since the best", rises=True),
    Predictor("train_fall_z", "fall of train since the best, in units of its noise", rises=True),
    Predictor("train_total_fall", "fall of train since the start"),
    Predictor("gap", "distance of validation above train, relative to validation"),
    Predictor("first_gap", "distance of validation above train at the start"),
    Predictor("train_rebound", "train above its lowest"),
    Predictor("since_train_lowest", "evaluations since the lowest train loss"),
    Predictor("last_rise", "last value above the best", rises=True),
    Predictor("last_z", "last value above the best, in units of the noise", rises=True),
    Predictor("block27_own", "mean of 27 above the lowest earlier one, in units of how such means scatter", rises=True),
    Predictor("block3_beyond", "mean of 3 above the lowest earlier one, less 3 %, in units of the noise", rises=True),
    Predictor("trend_beyond", "rise of the line since the best, less 3 %, in its standard errors", rises=True),
    Predictor("level_beyond", "median of the last three above the best, less 3 %, in units of the noise", rises=True),
    Predictor("trend_and_fall", "whether the line since the best rises clearly and far, and train falls", rises=True),
    Predictor("level_and_fall", "whether the last three rose clearly and far, and train falls", rises=True),
    Predictor("both_beyond", "smaller rise less 3 %, of mean and median of 3, in units of the noise", rises=True),
)
"""Each predictor in the order of the vector; rises and falls are relative, falls of train to its level at the best.

The *scale* of a rise is the best validation loss; if that is near zero or negative, it is what validation had fallen.
"""

_NAMES = [predictor.name for predictor in PREDICTORS]
_pick_joined = itemgetter(*[_NAMES.index(name) for name in JOINED])
_WIDTHS = (3, 9, 27)
"""Block widths, log-spaced."""
_NOISE_VALUES = 32
_COLOUR_LAG = 4
_MIN_COLOUR_VALUES = 16
_MAX_RECORDS = 64
_TINY = 1e-300
_LEAST_NOISE = 1e-9
"""Noise that is assumed at least, relative to the scale."""


@dataclass(slots=True)
class Records:
    """When the series first reached each level: values below all before, thinned to every second when too many."""

    _negatives: list[float] = field(default_factory=list)
    """The values with their sign changed, increasing."""
    _positions: list[int] = field(default_factory=list)

    def add(self, value: float, position: int) -> None:
        """Add the next value."""
        if self._negatives and -value <= self._negatives[-1]:
            return
        self._negatives.append(-value)
        self._positions.append(position)
        if len(self._negatives) > _MAX_RECORDS:
            self._negatives, self._positions = self._negatives[::2], self._positions[::2]

    def first_at(self, level: float) -> int:
        """Return the position of the first record at or below *level*, the last one if none is."""
        at = bisect_left(self._negatives, -level)
        return self._positions[min(at, len(self._positions) - 1)]

    def clone(self) -> Records:
        """Return an independent copy."""
        return Records(self._negatives.copy(), self._positions.copy())


@dataclass(slots=True)
class Predictors:
    """Takes one evaluation after another, and gives the vector of predictors."""

    count: int = 0
    _rising_streak: int = 0
    _learned: float = 0.0
    """How far the series has fallen to its best, from the lowest of its first three values: these are often huge."""
    _scale: float = _TINY
    """What a relative rise refers to."""
    _recent: list[float] = field(default_factory=lambda: [math.nan] * _WIDTHS[1])
    """The newest nine values, NaN where there were none yet."""
    _medians: list[float] = field(default_factory=list)
    """Medians of three neighbours, which single spikes do not move."""
    _opening: list[float] = field(default_factory=list)
    _rise: RiseSinceBest = field(default_factory=RiseSinceBest)
    _blocks: list[MovingBlock] = field(default_factory=lambda: [MovingBlock(width) for width in _WIDTHS])
    _third_differences: RollingMedian = field(default_factory=lambda: RollingMedian(_NOISE_VALUES))
    _distant_differences: RollingMedian = field(default_factory=lambda: RollingMedian(_NOISE_VALUES))
    _records: Records = field(default_factory=Records)
    _train: TrainTrend = field(default_factory=TrainTrend)

    def add(self, value: float, train: float | None) -> None:
        """Add the next value and the train loss beside it, both finite."""
        self.count = count = self.count + 1
        recent = self._recent
        recent.append(value)
        del recent[0]
        ninth, _, _, _, fifth, fourth, third, second, _ = recent
        self._rising_streak = self._rising_streak + 1 if value > second else 0
        if count > 2:
            self._add_median(median_of_3(third, second, value), (third + second + value) / 3)
        if count > 3:
            self._third_differences.add(abs(value - fourth + 3 * (third - second)))
        if count > 2 * _COLOUR_LAG:
            self._distant_differences.add(abs(value - 2 * fifth + ninth))
        if value < self._rise.best:
            self._rise = RiseSinceBest(value)
            self._measure_scale(value)
        else:
            if count <= 3:
                self._measure_scale(value)
            self._rise.add(value, self._scale)
        if train is not None:
            self._train.add(train, self._rise.since)

    def _add_median(self, median: float, mean: float) -> None:
        """Add the median and the mean of the newest three values."""
        medians = self._medians
        medians.append(median)
        self._records.add(median, self.count - 1)
        short, middle, long = self._blocks
        short.add(mean)
        if len(medians) < _WIDTHS[1]:
            return
        middle.add(sum(medians[-_WIDTHS[1] :]) / _WIDTHS[1])
        if len(medians) >= _WIDTHS[2]:
            del medians[: -_WIDTHS[2]]
            long.add(sum(medians) / _WIDTHS[2])

    def _measure_scale(self, value: float) -> None:
        """Measure what changes with a new best, or with one of the first three values."""
        if len(self._opening) < 3:
            self._opening.append(value)
        best = self._rise.best
        self._learned = learned = max(min(self._opening) - best, 0.0)
        self._scale = best if best > 0.02 * learned else learned or abs(best) or _TINY

    def vector(self) -> list[float]:
        """Return the predictors in the order of ``PREDICTORS``; NaN where the run is too short for one."""
        if self.count < 3:
            return [math.nan] * len(PREDICTORS)
        count, since, scale = self.count, self._rise.since, self._scale
        noise = STD_PER_THIRD_DIFFERENCE * self._third_differences.median() + _LEAST_NOISE * scale
        distant = STD_PER_SECOND_DIFFERENCE * self._distant_differences.median()
        level = self._medians[-1]
        rise, first = level - self._rise.best, median_of_3(*self._opening)
        reached = count - self._records.first_at(level)
        smaller_noise, trend = self._trend_predictors(noise, scale)
        long = self._blocks[2]
        simple = [
            float(count),
            since / count,
            noise / scale,
            math.nan if count < _MIN_COLOUR_VALUES else distant / noise if noise else 0.0,
            rise / scale,
            *self._block_predictors(noise, scale),
            *trend,
            self._rise.clear / since if since else 0.0,
            self._learned / scale,
            ratio(min(rise, self._rise.last), self._rise.path),
            float(self._rising_streak),
            ratio(rise, smaller_noise),
            since / reached,
            reached / count,
            *self._train.measure(level, first),
        ]
        own27 = long.std()
        last = self._rise.last / scale
        simple += last, ratio(self._rise.last, noise), long.rise / own27 if own27 else math.nan
        simple += combine(_pick_joined(simple))
        return simple

    def _block_predictors(self, noise: float, scale: float) -> list[float]:
        short, middle, long = self._blocks
        learned = self._learned or scale
        rise3, rise9, rise27 = short.rise, middle.rise, long.rise
        own3, own9 = short.std(), middle.std()
        return [
            rise3 / own3 if own3 else math.nan,
            rise3 * 3**0.5 / noise if noise else 0.0,
            rise3 / learned,
            rise9 / scale,
            rise9 / own9 if own9 else math.nan,
            rise9 / learned,
            rise9 / middle.past if middle.past else math.nan,
            rise27 / scale,
            rise27 * 27**0.5 / noise if noise else 0.0,
        ]

    def _trend_predictors(self, noise: float, scale: float) -> tuple[float, list[float]]:
        """Return the smaller of *noise* and the residuals of the trend, and the predictors of the trend."""
        trend = self._rise.trend()
        if trend is None:
            return noise, [math.nan] * 5 + [noise / scale]
        own = trend.residual_std
        residuals = own + _LEAST_NOISE * scale
        slope, larger_noise = trend.slope * trend.spread, max(own, noise)
        z_score = slope / larger_noise if larger_noise else 0.0
        predictors = [
            trend.slope * (self._rise.since + 1) / scale,
            z_score,
            trend.correlation,
            z_score / trend.inflation,
            slope / residuals if residuals else 0.0,
            residuals / scale,
        ]
        return min(residuals, noise), predictors

    def clone(self) -> Predictors:
        """Return an independent copy."""
        copy = shallow_copy(self)
        copy._recent, copy._medians, copy._opening = self._recent.copy(), self._medians.copy(), self._opening.copy()
        copy._rise, copy._records, copy._train = self._rise.clone(), self._records.clone(), self._train.clone()
        copy._blocks = [block.clone() for block in self._blocks]
        copy._third_differences = self._third_differences.clone()
        copy._distant_differences = self._distant_differences.clone()
        return copy
