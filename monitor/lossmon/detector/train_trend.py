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

    recent: list[float] = field(default_factory=list)
    opening: list[float] = field(default_factory=list)
    lowest: float = math.inf
    since_lowest: int = 0
    at_best: float = math.nan
    """Level at the best validation loss: the value there, then the mean of the three around it."""
    mean_at_best: float = math.nan
    """Mean of the nine values around it; NaN until they are known."""
    _differences: RollingMedian = field(default_factory=lambda: RollingMedian(_NOISE_VALUES))

    def add(self, value: float, since_best: int) -> None:
        """Add the next train loss, *since_best* evaluations after the best validation loss."""
        recent = self.recent
        recent.append(value)
        if len(recent) > _WINDOW:
            del recent[0]
        if len(self.opening) < 3:
            self.opening.append(value)
        self.since_lowest += 1
        if value < self.lowest:
            self.lowest, self.since_lowest = value, 0
        if len(recent) > 3:
            self._differences.add(abs(value - recent[-4] + 3 * (recent[-3] - recent[-2])))
        self._mark(value, since_best)

    def _mark(self, value: float, since_best: int) -> None:
        recent = self.recent
        if since_best == 0:
            self.at_best, self.mean_at_best = value, math.nan
        elif since_best == 1 and len(recent) > 2:
            self.at_best = (recent[-3] + recent[-2] + value) / 3
        elif since_best == _WINDOW // 2 and len(recent) == _WINDOW:
            self.mean_at_best = sum(recent) / _WINDOW

    def measure(self, level: float, first: float) -> list[float]:
        """Return the predictors of train; NaN for all before there are three values and a best one.

        *level* is the present level of validation, *first* the first one.
        """
        at_best = self.at_best
        if len(self.opening) < 3 or at_best != at_best:
            return [math.nan] * 8
        recent = self.recent
        now, start = median_of_3(recent[-3], recent[-2], recent[-1]), median_of_3(*self.opening)
        fall, whole = at_best - now, abs(at_best)
        mean_fall = ratio(self.mean_at_best - sum(recent) / len(recent), abs(self.mean_at_best))
        noise = STD_PER_THIRD_DIFFERENCE * self._differences.median() + 1e-9 * whole
        relative_fall = ratio(fall, whole)
        return [
            relative_fall,
            mean_fall if mean_fall == mean_fall else relative_fall,
            ratio(fall, noise),
            ratio(start - now, abs(start)),
            ratio(level - now, abs(level)),
            ratio(first - start, abs(first)),
            ratio(now - self.lowest, whole),
            float(self.since_lowest),
        ]

    def clone(self) -> TrainTrend:
        """Return an independent copy."""
        return TrainTrend(
            self.recent.copy(),
            self.opening.copy(),
            self.lowest,
            self.since_lowest,
            self.at_best,
            self.mean_at_best,
            self._differences.clone(),
        )
