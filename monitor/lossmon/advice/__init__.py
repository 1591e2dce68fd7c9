"""Suggests what to try against the state of a run, from what this run shows."""

from __future__ import annotations

from lossmon.advice.advise import MAX_SUGGESTIONS, advise
from lossmon.advice.calls import FRAMEWORK_CALLS
from lossmon.advice.facts import BOOSTING, MIN_PATIENCE, PATIENCE_SHARE, Evaluation, LearningRate, RunFacts

__all__ = [
    "BOOSTING",
    "FRAMEWORK_CALLS",
    "MAX_SUGGESTIONS",
    "MIN_PATIENCE",
    "PATIENCE_SHARE",
    "Evaluation",
    "LearningRate",
    "RunFacts",
    "advise",
]
