"""The scores of the validation set, such as accuracy, and how they develop beside a loss that rises."""

from __future__ import annotations

import math
import warnings
from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from lossmon.core.score import ScoreTrend

if TYPE_CHECKING:
    from lossmon.core.evidence_text import NamedEvaluations
    from lossmon.core.score import Score

Mode = Literal["min", "max"]
"""Whether a lower or a higher score is better."""
_MOST_WANTED_FIRST = (ScoreTrend.IMPROVING, ScoreTrend.HOLDING, ScoreTrend.WORSENING, ScoreTrend.UNKNOWN)


class Scores:
    """The scores at each evaluation; without numpy none is judged."""

    def __init__(self, modes: Mapping[str, Mode]) -> None:
        self._modes: dict[str, Mode | None] = dict(modes)
        self._values: dict[str, array[float]] = {}

    def add(self, index: int, scores: Mapping[str, float | None]) -> None:
        """Add the scores of evaluation *index*; None for one that was not measured."""
        for name, value in scores.items():
            if value is None or self._mode(name) is None:
                continue
            values = self._values.setdefault(name, array("d"))
            values.extend([math.nan] * (index - len(values)))
            values.append(float(value))

    def judged(self, evaluations: int, best_loss: int | None) -> Score | None:
        """Return the score that tells most about a loss that was best at *best_loss*; None if none is known.

        That is one that still improves; of several the one that is given first.
        """
        scores = [self._score(name, evaluations, best_loss) for name in self._values]
        known = [score for score in scores if score is not None]
        return min(known, key=lambda score: _MOST_WANTED_FIRST.index(score.trend), default=None)

    def _score(self, name: str, evaluations: int, best_loss: int | None) -> Score | None:
        import numpy as np

        from lossmon.core.text import Name
        from lossmon.runs.score import make_score

        values = np.full(evaluations, np.nan)
        values[: len(self._values[name])] = self._values[name]
        tag = Name.of(name)
        return make_score(tag, tag.text, values, best_loss, higher_is_better=self._mode(name) == "max")

    def _mode(self, name: str) -> Mode | None:
        """Return the direction of a score, by its name unless it was given; None if neither tells it, or no numpy."""
        if name not in self._modes:
            self._modes[name] = _mode_by_name(name)
        return self._modes[name]


def _mode_by_name(name: str) -> Mode | None:
    try:
        from lossmon.runs.score import direction
        from lossmon.runs.tag_parser import parse_tag
    except ImportError:
        return None
    higher_is_better = direction(parse_tag(name).metric)
    if higher_is_better is None:
        say = f"Monitor(modes={{{name!r}: 'max'}}) says it"
        warnings.warn(f"lossmon does not know whether a higher {name} is better and ignores it; {say}", stacklevel=5)
        return None
    return "max" if higher_is_better else "min"


def describe(score: Score, evaluations: NamedEvaluations, best_loss: int | None) -> str:
    """Return a sentence on a score beside a loss that rises; empty if its trend is not known."""
    from lossmon.runs.score import describe_score

    return describe_score(score, evaluations, best_loss)
