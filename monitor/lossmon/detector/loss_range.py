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
    is_resumed: bool = False
    """Whether training was resumed here after a jump: its opening level is one that it came back from."""
    largest_rise: float = 0.0
    """Largest rise above the lowest level from which it came back near that."""
    ceiling: float = 0.0
    """Level at the top of that rise."""
    longest_away: int = 0
    """Most values that it took to come back."""
    _base: float = 0.0
    """Lowest level when it was last near that."""
    _peak: float = 0.0
    """Highest level since then."""
    _away: int = 0
    """Values since then."""

    def add(self, value: float, t: Thresholds) -> None:
        """Add the next finite *value*."""
        values, lowest = self.values, self.lowest
        if not values:
            self.values, self.recent = 1, (value,)
            self.opening = self.first = self.lowest = self._base = self._peak = value
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
        self._note_return(level, t)

    def _note_return(self, level: float, t: Thresholds) -> None:
        """Note the height and the length of the way up and back, if *level* is near the lowest one again."""
        self._away += 1
        if level > self._peak:
            self._peak = level
        elif level - self.lowest <= t.range_near * (self._peak - self.lowest):
            if self._peak - self._base > self.largest_rise:
                self.largest_rise, self.ceiling = self._peak - self._base, self._peak
            self.longest_away = max(self.longest_away, self._away)
            self._base, self._peak, self._away = self.lowest, level, 0

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

    def is_familiar(self, t: Thresholds) -> bool:
        """Return whether the loss came back from about so high before, and has not stayed there far longer this time.

        So do losses that swing, and those under a learning rate that is raised and lowered in cycles.
        """
        rise, longest = self.largest_rise, self.longest_away
        if rise > t.range_near * (self.ceiling - self.lowest):
            rise = max(rise, self.ceiling - self.lowest)
        if self.is_resumed:
            rise, longest = max(rise, self.fall), max(longest, self.lowest_at)
        return self.level - self.lowest <= t.range_familiar * rise and self._away <= t.range_familiar_stay * longest

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
