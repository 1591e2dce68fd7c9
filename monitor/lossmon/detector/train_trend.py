"""The train loss beside a validation loss: its fall since validation was best, against its own noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from lossmon.detector.rise import ratio
from lossmon.detector.rolling import STD_PER_THIRD_DIFFERENCE, RollingMedian, median_of_3

_WINDOW = 9
_NOISE_VALUES = 32


@dataclass(slots=True)
class TrainTrend:
    """The newest train losses, and the level of train when validation was at its best."""

    count: int = 0
    recent: list[float] = field(default_factory=lambda: [math.nan] * _WINDOW)
    """The newest nine losses, NaN where there were none yet."""
    opening: list[float] = field(default_factory=list)
    start: float = math.nan
    """Median of the first three losses; NaN until they are known."""
    lowest: float = math.inf
    since_lowest: int = 0
    at_best: float = math.nan
    """Level at the best validation loss: the value there, then the mean of the three around it."""
    mean_at_best: float = math.nan
    """Mean of the nine values around it; NaN until they are known."""
    _differences: RollingMedian = field(default_factory=lambda: RollingMedian(_NOISE_VALUES))

    def add(self, value: float, since_best: int) -> None:
        """Add the next train loss, *since_best* evaluations after the best validation loss."""
        self.count = count = self.count + 1
        recent = self.recent
        recent.append(value)
        del recent[0]
        _, _, _, _, _, fourth, third, second, _ = recent
        if count <= 3:
            self._open(value)
        else:
            self._differences.add(abs(value - fourth + 3 * (third - second)))
        self.since_lowest += 1
        if value < self.lowest:
            self.lowest, self.since_lowest = value, 0
        if since_best == 0:
            self.at_best, self.mean_at_best = value, math.nan
        elif since_best == 1 and count > 2:
            self.at_best = (third + second + value) / 3
        elif since_best == _WINDOW // 2 and count >= _WINDOW:
            self.mean_at_best = sum(recent) / _WINDOW

    def _open(self, value: float) -> None:
        self.opening.append(value)
        if len(self.opening) == 3:
            self.start = median_of_3(*self.opening)

    def measure(self, level: float, first: float) -> list[float]:
        """Return the predictors of train; NaN for all before there are three values and a best one.

        *level* is the present level of validation, *first* the first one.
        """
        at_best, mean_at_best, start, recent = self.at_best, self.mean_at_best, self.start, self.recent
        if self.count < 3 or at_best != at_best:
            return [math.nan] * 8
        now = median_of_3(*recent[-3:])
        fall, whole = at_best - now, abs(at_best)
        noise = STD_PER_THIRD_DIFFERENCE * self._differences.median() + 1e-9 * whole
        relative_fall = mean_fall = fall / whole if whole else 0.0
        if mean_at_best == mean_at_best:
            mean_fall = ratio(mean_at_best - sum(recent) / _WINDOW, abs(mean_at_best))
        return [
            relative_fall,
            mean_fall,
            fall / noise if noise else 0.0,
            (start - now) / abs(start) if start else 0.0,
            (level - now) / abs(level) if level else 0.0,
            (first - start) / abs(first) if first else 0.0,
            (now - self.lowest) / whole if whole else 0.0,
            float(self.since_lowest),
        ]

    def clone(self) -> TrainTrend:
        """Return an independent copy."""
        return TrainTrend(
            self.count,
            self.recent.copy(),
            self.opening.copy(),
            self.start,
            self.lowest,
            self.since_lowest,
            self.at_best,
            self.mean_at_best,
            self._differences.clone(),
        )
