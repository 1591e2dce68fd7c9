"""What is measured of a run after each evaluation; the rules look at nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lossmon.detector.noise import Noise


@dataclass(frozen=True, slots=True)
class Features:
    """Measurements of one series (lower is better) and of the train loss beside it; times count evaluations."""

    n: int
    has_val: bool
    best: float | None = None
    best_at: int = 0
    since: int = 0
    """Evaluations since the best."""
    level: float = 0.0
    """Median of the last three values."""
    noise: Noise = Noise(0.0)
    rise_z: float = 0.0
    """Largest rise of a block over the lowest block before it, as a share of what noise alone would reach."""
    best_z: float = 0.0
    """The rise in multiples of the noise of one value."""
    share: float = 0.0
    """The rise of the level over the best, as a share of the best."""
    first: float = 0.0
    drop: float = 0.0
    """First level less best."""
    gain: float = 0.0
    """How far the level fell in the newest quarter of the run."""
    gain_noise: float = 0.0
    train_first: float | None = None
    train_then: float | None = None
    """Train loss at the best evaluation."""
    train_now: float | None = None
    train_best: float | None = None

    @property
    def train_rose(self) -> bool:
        """Whether the train loss lies a tenth above what it was at the best evaluation."""
        if self.train_then is None or self.train_now is None:
            return False
        return self.train_now > self.train_then + 0.1 * abs(self.train_then)

    @property
    def below_train(self) -> bool:
        """Whether validation lies below train now."""
        return self.train_now is not None and self.level < self.train_now


def share_of(part: float, whole: float) -> float:
    """Return *part* over the size of *whole*; infinite where that is zero and there is a part."""
    if whole:
        return part / abs(whole)
    return math.inf if part > 0 else 0.0
