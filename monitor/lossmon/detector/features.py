"""What is measured of a run after each evaluation; the rules look at nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lossmon.detector.noise import Noise, estimate, recent_roughness

_RETURN = 0.07
"""Share of the rise within which a value counts as back at the best, where the noise allows for as much."""

_FARTHEST = 512


def share_of(part: float, whole: float) -> float:
    """Return *part* over the size of *whole*; infinite where that is zero and there is a part."""
    if whole:
        return part / abs(whole)
    return math.inf if part > 0 else 0.0


@dataclass(frozen=True, slots=True)
class TrainFeatures:
    """The train loss beside the judged series."""

    first: float
    best: float
    then: float
    """At the best evaluation of the judged series; of a long run the mean around it."""
    now: float
    """Median of the last three values, the last one while they fall; of a long run the mean of several."""
    last: float

    @property
    def lowest(self) -> bool:
        """Whether the last value is the lowest so far."""
        return self.last <= self.best

    @property
    def fell(self) -> float:
        """How far it fell since the best evaluation, as a share of what it was then."""
        return share_of(self.then - self.now, self.then)

    @property
    def learned(self) -> float:
        """How far it came down from its first value, as a share of that."""
        return share_of(self.first - self.best, self.first)


@dataclass(frozen=True)
class Features:
    """Measurements of the judged series, lower is better; times count evaluations."""

    n: int
    """Evaluations of the run so far."""
    validated: bool = True
    """Whether the judged series is validation; else it is train alone."""
    count: int = 0
    """Evaluations of the present segment that had a value."""
    best: float = 0.0
    best_at: int = 0
    since: int = 0
    """Evaluations since the best."""
    last: float = 0.0
    level: float = 0.0
    """Median of the last three values; the last one while they climb."""
    floor: float = 0.0
    """The lowest of the last three values."""
    climbing: int = 0
    """Evaluations that each rose above the one before, up to now."""
    first: float = 0.0
    """Median of the first three values."""
    gain: float = 0.0
    """How much lower the newest quarter of the segment is than the quarter before."""
    swing: float = 0.0
    """Width of the middle of the last sixteen values as a share of their median; 0 while they keep a direction."""
    train: TrainFeatures | None = None
    recent: Sequence[float] = ()
    """The newest values, for what is measured only when it is asked for; never written to again, like the next two."""
    blocks: Sequence[tuple[int, float, float]] = ()
    """Of each length of block its evaluations, the mean of the newest, and the lowest mean before that."""
    lows: Sequence[tuple[int, float]] = ()
    """Evaluations and values since the best after which the series never was as low again."""

    @property
    def horizon(self) -> int:
        """Evaluations whose shares are asked for where something must last: all, and of the longest runs 512.

        Those are judged in spans that grow with them, so that shares of all would be shares of the early ones.
        """
        return min(self.count, _FARTHEST)

    @cached_property
    def rough(self) -> float:
        """Standard deviation of third differences of the newest values."""
        return recent_roughness(self.recent)

    @cached_property
    def noise(self) -> Noise:
        """The noise of the newest values; their memory is asked for only once the series has risen."""
        risen = self.since > 2 and share_of(self.level - self.best, self.best) > 0.02
        return estimate(self.recent, self.since if risen else 0, self.rough)

    @cached_property
    def turned_at(self) -> int:
        """The evaluation after which the series turned: the best, or the last that came back to it within the noise."""
        bound = self.best + min(_RETURN * (self.level - self.best), self.noise.sigma / 16)
        return next((at for at, value in reversed(self.lows) if value <= bound), self.best_at)

    @property
    def gain_noise(self) -> float:
        """Standard deviation of ``gain`` if nothing changed."""
        return self.noise.of_mean(max(3, self.count // 4)) * math.sqrt(2)

    @property
    def rise(self) -> float:
        """Largest rise of a block's mean over the lowest block before it, in standard deviations of such means."""
        return self._against_chance[0]

    @property
    def excess(self) -> float:
        """How far the rise exceeds what noise alone would show among so many blocks, in standard deviations."""
        rise, chance = self._against_chance
        return rise - chance

    @cached_property
    def _against_chance(self) -> tuple[float, float]:
        """The largest rise beyond chance over all lengths of block, and that chance, in standard deviations.

        Among b independent blocks chance reaches about 2 sqrt(2 ln b): the lowest before, the highest now.
        """
        found, by_chance = 0.0, 0.0
        if not self.noise.rough and self.count < 6:
            return found, by_chance
        lucky = self.best + self.noise.sigma * math.sqrt((1 - self.noise.rho) * 2 * math.log(max(self.count, 1)))
        for width, now, lowest in self.blocks:
            if self.since < width or self.count < 2 * width:
                continue
            rise = share_of(now - min(lowest, lucky), self.noise.of_mean(width))
            number = max(self.count / max(width, self.noise.memory), 1.2)
            chance = 2 * math.sqrt(2 * math.log(number)) - 1.2
            if rise - chance > found - by_chance or not found:
                found, by_chance = rise, chance
        return found, by_chance

    @property
    def sinking(self) -> bool:
        """Whether the last value is the lowest of the last three."""
        return self.last <= self.floor

    def above_best(self, value: float) -> float:
        """Return how far *value* lies over the best, as a share of the best, or of the drop if that is below zero."""
        return share_of(value - self.best, self.best if self.best > 0 else self.first - self.best)

    @cached_property
    def share(self) -> float:
        """The rise of the level over the best, as ``above_best`` counts it."""
        return self.above_best(self.level)

    @property
    def drop(self) -> float:
        """How far the series came down; more than four times a positive level counts as that."""
        return min(self.first - self.best, 4 * self.level) if self.level > 0 else self.first - self.best

    @property
    def gap(self) -> float:
        """How far the level lies above train, as a share of the level; 0 without train."""
        return share_of(self.level - self.train.now, self.level) if self.train else 0.0

    @property
    def first_gap(self) -> float:
        """How far the series lay above train at the start, as a share of itself; 0 without train."""
        return share_of(self.first - self.train.first, self.first) if self.train else 0.0
