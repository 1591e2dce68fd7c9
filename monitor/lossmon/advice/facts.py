"""What advice is made of: the numbers of one run, as they stand in its log."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from lossmon.core.cause import Cause
from lossmon.core.score import Score

BOOSTING = frozenset({"xgboost", "lightgbm", "catboost"})
"""Frameworks that grow trees, a round each: they have neither epochs nor dropout."""
PATIENCE_SHARE = 0.3
"""Patience that is suggested, as a share of the evaluations of a run.

It does about the same in short and in long runs. See tests/bench/README.md.
"""
STOPPED_BY_PATIENCE, STOPPED_BY_FIVE = 28, 41
"""Percent of the healthy runs that it stops, and that a patience of 5 evaluations stops, by tests/bench/README.md."""
MIN_PATIENCE = 3
"""Evaluations of patience that are suggested at least."""
PLATEAUS_IN_PATIENCE, MIN_PLATEAU = 3, 2
"""How often the learning rate is lowered on a plateau before training stops, and evaluations of a plateau at least."""
LOWER_RATE = 0.3
"""A lower learning rate that is suggested, as a share of the highest one so far."""
_CONSTANT_RATE = 0.95
"""A learning rate that keeps this share of its highest value is constant."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation of a run."""

    index: int
    label: str
    """Its name for the user: ``epoch 10``."""
    x: float
    loss: float
    """What is judged: the validation loss or score, or that of train if there is no validation."""
    train: float | None = None
    """The train loss, a mean if several were logged since the evaluation before."""
    train_text: str = ""
    """The train loss in words: ``0.41``, or ``a mean of 0.41``."""
    epoch: float | None = None
    """The epoch, where x counts steps and the log says the epoch too."""


@dataclass(frozen=True, slots=True)
class LearningRate:
    """The learning rate that a log holds."""

    highest: float
    at_best: float
    """At the evaluation with the best loss."""
    now: float

    @property
    def is_constant(self) -> bool:
        """Whether it is hardly lower now than at its highest."""
        return self.now >= _CONSTANT_RATE * self.highest

    @property
    def share_now(self) -> float:
        """The rate now as a share of the highest one."""
        return self.now / self.highest if self.highest else 0.0

    @property
    def share_at_best(self) -> float:
        """The rate at the best evaluation as a share of the highest one."""
        return self.at_best / self.highest if self.highest else 0.0


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known about a run beside its verdict; what is None or empty is unknown."""

    framework: str = ""
    unit: str = "epoch"
    """What x counts: ``epoch``, ``step``, or ``round`` of boosted trees."""
    evaluations: int = 0
    planned_evaluations: int = 0
    """Evaluations of the whole run, if the log says how long it will be; else those so far."""
    planned_end: float | None = None
    """The x at which the training ends."""
    has_validation: bool = True
    judged_score: str = ""
    """The tag of the score that is judged; empty if it is a loss."""
    first: Evaluation | None = None
    best: Evaluation | None = None
    now: Evaluation | None = None
    noise: float = 0.0
    """Standard deviation of one evaluation, in the unit of the loss; 0 if unknown."""
    learning_rate: LearningRate | None = None
    train_examples: int = 0
    """Examples in the training set, 0 if unknown."""
    score: Score | None = None
    score_labels: tuple[str, str] = ("", "")
    """Names of the evaluations with the best and with the newest score."""
    causes: Mapping[Cause, str] = field(default_factory=dict)
    """For each cause that holds, a sentence with its numbers."""

    @property
    def is_ended(self) -> bool:
        """Whether the training has come to its planned end."""
        return self.planned_end is not None and self.now is not None and self.now.x >= self.planned_end

    @property
    def higher_is_better(self) -> bool:
        """Whether what is judged is a score, with a sign by which higher is better."""
        return bool(self.judged_score)

    @property
    def is_boosting(self) -> bool:
        """Whether trees are boosted."""
        return self.framework in BOOSTING

    @property
    def patience(self) -> int:
        """Evaluations without a new best after which to stop; relative to the length of the run."""
        return max(MIN_PATIENCE, math.ceil(PATIENCE_SHARE * max(self.evaluations, self.planned_evaluations)))

    @property
    def epochs_to_best(self) -> int:
        """The epoch of the best evaluation, rounded up; 0 if unknown."""
        if self.best is None:
            return 0
        epoch = self.best.x if self.unit == "epoch" else self.best.epoch
        return math.ceil(epoch) if epoch is not None and math.isfinite(epoch) and epoch > 0 else 0

    @property
    def share_before_best(self) -> float:
        """The share of the whole run that came before the best evaluation."""
        total = max(self.evaluations, self.planned_evaluations)
        return self.best.index / (total - 1) if self.best and total > 1 else 0.0

    @property
    def metric(self) -> str:
        """What is judged, in sentences."""
        return f"{'validation' if self.has_validation else 'train'} {'score' if self.higher_is_better else 'loss'}"

    @property
    def was_best(self) -> str:
        """What the best value is among all."""
        return "highest" if self.higher_is_better else "lowest"

    @property
    def is_worse(self) -> str:
        """What a worse value is."""
        return "lower" if self.higher_is_better else "higher"

    @property
    def worsened(self) -> str:
        """What a value did that became worse."""
        return "fell" if self.higher_is_better else "rose"

    @property
    def rise(self) -> float:
        """How much worse the newest loss is than the best, relative to the best; NaN if that is not positive."""
        if not self.best or not self.now or self.best.loss <= 0:
            return math.nan
        return abs(self.now.loss - self.best.loss) / self.best.loss

    @property
    def train_left(self) -> float:
        """The train loss now, as a share of the first one; NaN if unknown, not positive, or a score."""
        if self.higher_is_better:
            return math.nan
        first, now = (one.train if one else None for one in (self.first, self.now))
        return now / first if first is not None and now is not None and first > 0 <= now else math.nan


def number(value: float) -> str:
    """Return *value* with four significant digits, as all sentences write it."""
    return f"{value:.4g}"


def percent(share: float) -> str:
    """Return a share in percent.

    >>> percent(0.4567), percent(0.012)
    ('46 %', '1.2 %')
    """
    return f"{100 * share:.1f} %" if abs(share) < 0.0995 else f"{100 * share:.0f} %"
