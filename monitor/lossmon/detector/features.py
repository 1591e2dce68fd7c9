"""What is measured of a run after each evaluation; the rules look at nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lossmon.detector.noise import Noise

_NO_NOISE = Noise()


def share_of(part: float, whole: float) -> float:
    """Return *part* over the size of *whole*; infinite where that is zero and there is a part."""
    if whole:
        return part / abs(whole)
    return math.inf if part > 0 else 0.0


@dataclass(frozen=True, slots=True)
class TrainFeatures:
    """The train loss beside the judged series, as medians of three where it says now."""

    first: float
    best: float
    then: float
    """At the best evaluation of the judged series."""
    now: float
    last: float
    """The newest value itself."""

    @property
    def fell(self) -> float:
        """How far it fell since the best evaluation, as a share of what it was then."""
        return share_of(self.then - self.now, self.then)

    @property
    def learned(self) -> float:
        """How far it came down from its first value, as a share of that."""
        return share_of(self.first - self.best, self.first)


@dataclass(frozen=True, slots=True)
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
    turned_at: int = 0
    """The evaluation after which the series turned: the best, or the last that came back to it within the noise."""
    since: int = 0
    """Evaluations since the best."""
    last: float = 0.0
    level: float = 0.0
    """Median of the last three values; the last one while they climb."""
    sinking: bool = False
    """Whether the last value is the lowest of the last three."""
    climbing: int = 0
    """Evaluations that each rose above the one before, up to now."""
    noise: Noise = _NO_NOISE
    rise: float = 0.0
    """Largest rise of a block's mean over the lowest block before it, in standard deviations of such means."""
    chance: float = 0.0
    """The rise that noise alone would show among so many blocks."""
    first: float = 0.0
    """Median of the first three values."""
    gain: float = 0.0
    """How much lower the newest quarter of the segment is than the quarter before."""
    gain_noise: float = 0.0
    """Standard deviation of ``gain`` if nothing changed."""
    swing: float = 0.0
    """Width of the middle of the last sixteen values as a share of their median; 0 while they keep a direction."""
    train: TrainFeatures | None = None

    @property
    def share(self) -> float:
        """The rise of the level over the best, as a share of the best, or of the drop where that is not positive."""
        whole = self.best if self.best > 0 else self.first - self.best
        return share_of(self.level - self.best, whole)

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

    @property
    def excess(self) -> float:
        """How far the rise exceeds chance, in standard deviations."""
        return self.rise - self.chance
