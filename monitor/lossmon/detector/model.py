"""The model of overfitting: a sum of step functions, one a predictor, that gives the logarithmic odds.

``python -m tests.bench.histories.train`` makes the model from trainings whose true loss is known and from logs that
were labelled by eye; it is stored as data beside this module.
"""

from __future__ import annotations

import json
import math
import pkgutil
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from lossmon.core.assessment import Term
from lossmon.detector.predictors import PREDICTORS

MODEL_FILE = "overfitting_model.json"
SCHEMA = "lossmon-model/1"


class StepFunction(NamedTuple):
    """What one predictor contributes to the logarithmic odds."""

    position: int
    """Index into ``PREDICTORS``."""
    edges: list[float]
    """Values of the predictor, increasing, above which the contribution changes."""
    contributions: list[float]
    """One more than there are edges."""
    missing: float
    """Contribution where the predictor is unknown."""

    def __call__(self, value: float) -> float:
        """Return the contribution of *value*; NaN stands for unknown."""
        return self.contributions[bisect_left(self.edges, value)] if value == value else self.missing


@dataclass(slots=True)
class AdditiveModel:
    """A sum of step functions; the log odds of overfitting at one evaluation."""

    intercept: float
    functions: tuple[StepFunction, ...]
    _rows: list[tuple[int, list[float], list[float], float]] = field(init=False, repr=False, compare=False)
    """The functions as plain tuples, which Python unpacks several times as fast as named ones."""

    def __post_init__(self) -> None:
        self._rows = [(f.position, f.edges, f.contributions, f.missing) for f in self.functions]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> AdditiveModel:
        """Return the model that *data* describes; raises ValueError if it is not for these predictors."""
        if data["schema"] != SCHEMA:
            raise ValueError(f"unknown schema {data['schema']}")
        names = [predictor.name for predictor in PREDICTORS]
        functions = (
            StepFunction(names.index(name), one["edges"], one["contributions"], one["missing"])
            for name, one in data["functions"].items()
        )
        return cls(data["intercept"], tuple(functions))

    def log_odds(self, vector: Sequence[float]) -> float:
        """Return the logarithmic odds of overfitting for the predictors in *vector*."""
        total = self.intercept
        for position, edges, contributions, missing in self._rows:
            value = vector[position]
            total += contributions[bisect_left(edges, value)] if value == value else missing
        return total

    def terms(self, vector: Sequence[float], count: int) -> tuple[Term, ...]:
        """Return the *count* largest contributions to the log odds, the largest first."""
        terms = (self._term(function, vector[function.position]) for function in self.functions)
        return tuple(sorted(terms, key=lambda term: (-abs(term.log_odds), term.name))[:count])

    @staticmethod
    def _term(function: StepFunction, value: float) -> Term:
        predictor = PREDICTORS[function.position]
        known = value if math.isfinite(value) else None
        return Term(predictor.name, predictor.meaning, known, round(function(value), 4))


@cache
def overfitting_model() -> AdditiveModel:
    """Return the model that comes with this package, read once."""
    data = pkgutil.get_data(__package__, MODEL_FILE)
    assert data is not None
    return AdditiveModel.from_json(json.loads(data))


def probability(log_odds: float) -> float:
    """Return the probability with these logarithmic odds.

    >>> probability(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-log_odds)) if log_odds > -700 else 0.0


def logit(chance: float) -> float:
    """Return the logarithmic odds of a probability between 0 and 1, both excluded.

    >>> logit(0.5)
    0.0
    """
    return math.log(chance / (1 - chance))
