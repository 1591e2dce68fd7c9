"""What the values and steps of MLflow's metrics mean, in its database and in its files."""

from __future__ import annotations

import math
import sys


class StepCounter:
    """Numbers the values of metrics that were logged without a step.

    MLflow gives them all step 0. As long as a metric has no other step, its values are counted.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        """Values so far of the metrics that had no other step than 0."""

    def x(self, metric: str, step: int) -> int:
        """Return the x of the next value of *metric*.

        >>> steps = StepCounter()
        >>> steps.x("loss", 0), steps.x("loss", 0), steps.x("val_loss", 0), steps.x("val_loss", 10)
        (0, 1, 0, 10)
        """
        if step != 0 or self._counts.get(metric, 0) < 0:
            self._counts[metric] = -1
            return step
        self._counts[metric] = self._counts.get(metric, 0) + 1
        return self._counts[metric] - 1


def true_value(value: float) -> float:
    """Return *value*, or an infinity if it is the largest number, which MLflow stores in its place.

    >>> true_value(-sys.float_info.max), true_value(0.5)
    (-inf, 0.5)
    """
    return math.copysign(math.inf, value) if abs(value) == sys.float_info.max else float(value)
