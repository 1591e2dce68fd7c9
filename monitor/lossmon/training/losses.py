"""All losses of a training so far, with the names of its evaluations."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field

from lossmon.advice import Evaluation
from lossmon.detector import white_noise_std

_NOISE_VALUES = 64
"""Newest losses from which the noise is estimated."""


def _floats() -> array[float]:
    return array("d")


@dataclass(slots=True)
class Losses:
    """The losses at each evaluation, as evidence and advice name them."""

    unit: str
    """What an evaluation counts: ``epoch``, ``step`` or ``round``."""
    first: int
    """The number of the first evaluation, where it is not told."""
    x: array[float] = field(default_factory=_floats)
    """The epoch, step or round of each evaluation."""
    trains: array[float] = field(default_factory=_floats)
    """NaN where none was given."""
    vals: array[float] = field(default_factory=_floats)
    has_validation: bool = False
    has_train: bool = False
    train_points: None = None

    def add(self, train: float | None, val: float | None, at: float | None) -> None:
        """Add an evaluation; without *at* it is the next number."""
        self.x.append(float(self.first + len(self.x)) if at is None else at)
        self.trains.append(math.nan if train is None else train)
        self.vals.append(math.nan if val is None else val)
        self.has_train |= train is not None
        self.has_validation |= val is not None

    @property
    def judged(self) -> array[float]:
        """The losses that the verdict is based on."""
        return self.vals if self.has_validation else self.trains

    @property
    def train(self) -> array[float] | None:
        """The train losses; None if there are none."""
        return self.trains if self.has_train else None

    @property
    def noise(self) -> float:
        """Standard deviation of one loss about its trend, 0 if it cannot be told."""
        finite = [loss for loss in self.judged[-_NOISE_VALUES:] if math.isfinite(loss)]
        noise = white_noise_std(finite)
        return noise if math.isfinite(noise) else 0.0

    def label(self, index: int) -> str:
        """Return the name of an evaluation: ``epoch 10``."""
        return f"{self.unit} {self.x[index]:.12g}"

    def evaluation(self, index: int) -> Evaluation:
        """Return the facts of one evaluation."""
        train = self.trains[index] if self.has_train and self.has_validation else math.nan
        known = train if math.isfinite(train) else None
        return Evaluation(index, self.label(index), self.x[index], self.judged[index], known, f"{train:.4g}")
