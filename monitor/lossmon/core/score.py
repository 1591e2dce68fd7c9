"""The score of the validation set whose loss is judged, such as accuracy, and how it develops beside that loss."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from lossmon.core.text import Name

if TYPE_CHECKING:
    from lossmon.core.points import Floats


class ScoreTrend(str, Enum):
    """How a score develops since the evaluation with the best loss."""

    IMPROVING = "improving"
    """It is better now than at the best loss, by more than its noise, and near its own best."""
    HOLDING = "holding"
    """It is as good now as at the best loss, and near its own best."""
    WORSENING = "worsening"
    """It is below its own best by more than its noise, and by enough to matter."""
    UNKNOWN = "unknown"
    """There are too few values, it never changes, or its noise hides what it does."""


@dataclass(frozen=True, slots=True)
class BestMetric:
    """The metric by which a training keeps its best checkpoint, as its log says."""

    tag: str
    higher_is_better: bool | None = None
    """Which way it improves; None if unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """A score at each evaluation; an index counts the evaluations of the run from 0."""

    tag: Name
    name: str
    """What it is called in sentences: ``accuracy``."""
    higher_is_better: bool
    values: Floats
    """Shape (n,), one for each evaluation; NaN where none was logged."""
    best: int
    """Index of the evaluation with the best score, the first of several."""
    last: int
    """Index of the last evaluation with a score."""
    trend: ScoreTrend

    @property
    def best_value(self) -> float:
        """The best score so far."""
        return float(self.values[self.best])

    @property
    def last_value(self) -> float:
        """The newest score."""
        return float(self.values[self.last])
