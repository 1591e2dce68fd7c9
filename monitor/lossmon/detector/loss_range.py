"""The range of a loss: where it began, how low it settled, and how long it has been far above that."""

from __future__ import annotations

from dataclasses import dataclass

from lossmon.detector.copying import shallow_copy
from lossmon.detector.rolling import median_of_3
from lossmon.detector.thresholds import Thresholds


@dataclass(slots=True)
class LossRange:
    """What a loss has shown so far, in constant memory.

    A single value may be all noise, so the loss has *settled* at the median of three values in a row.
    """

    values: int = 0
    """Number of values."""
    recent: tuple[float, ...] = ()
    """The last three values."""
    opening: float = 0.0
    """Median of the first three values."""
    first: float = 0.0
    lowest: float = 0.0
    """Lowest level at which it settled; the first value counts too, as a loss may explode right after it."""
    lowest_at: int = 0
    """Number of values before that level was reached."""
    mean_rise: float = 0.0
    """Mean rise from one value to the next, 0 where it falls; of white noise 0.56 standard deviations."""
    above: int = 0
    """Values that were above the limit without a break; a break of one halves it."""
    step: float = 0.0
    """Rise in one step to the first of these values."""

    def add(self, value: float, t: Thresholds) -> None:
        """Add the next finite *value*."""
        values, lowest = self.values, self.lowest
        if not values:
            self.values, self.recent = 1, (value,)
            self.opening = self.first = self.lowest = value
            return
        rise = value - self.recent[-1]
        # The first condition follows from the second, but costs less.
        noise = t.range_mean_rises * self.mean_rise
        if value > lowest + noise and value > lowest + _limit(self.opening, lowest, noise, t):
            self.step = self.step if self.above else rise
            self.above += 1
        else:
            self.above //= 2
            self.mean_rise += ((rise if rise > 0 else 0.0) - self.mean_rise) * max(1 / values, t.range_weight)
        self.values = values = values + 1
        self.recent = recent = (*self.recent[-2:], value)
        level = median_of_3(*recent) if values > 2 else value
        if values <= 3:
            self.opening = level
        if level < lowest:
            self.lowest, self.lowest_at = level, values

    def clone(self) -> LossRange:
        """Return an independent copy."""
        return shallow_copy(self)

    @property
    def level(self) -> float:
        """The median of the last three values; the last one before there are three."""
        return median_of_3(*self.recent) if len(self.recent) > 2 else self.recent[-1]

    @property
    def start(self) -> float:
        """The opening level, or the first value if that is lower: a loss may explode right after it."""
        return min(self.opening, self.first)

    @property
    def fall(self) -> float:
        """By how much the lowest level is below the opening one."""
        return self.opening - self.lowest

    def is_returning(self, t: Thresholds) -> bool:
        """Return whether the last three values fall fast towards the lowest level."""
        if len(self.recent) < 3 or not self.recent[0] > self.recent[1] > self.recent[2]:
            return False
        return self.recent[2] - self.lowest < t.range_return * (self.recent[0] - self.lowest)

    def far_limit(self, t: Thresholds) -> float:
        """Return the rise that is far outside: the loss has doubled, or undone its whole fall where it is negative."""
        enough = self.lowest if self.lowest > 0 else max(self.fall, abs(self.lowest))
        return max(enough, t.range_mean_rises * self.mean_rise)


def _limit(opening: float, lowest: float, noise: float, t: Thresholds) -> float:
    """Return the rise above the lowest level that leaves the range seen: half of the fall undone, beyond *noise*."""
    enough = max(t.range_fall * (opening - lowest), t.range_relative * abs(lowest))
    if 0 < lowest < enough:
        enough = lowest
    return max(enough, noise)
