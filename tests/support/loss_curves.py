"""Loss curves of known shape, and what the detector says about them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

import numpy as np

from lossmon.core.assessment import Assessment
from lossmon.core.evidence_text import evidence_sentences
from lossmon.core.snapshot import EvaluationHistory
from lossmon.detector import DEFAULTS, Detector, Thresholds

Losses = Sequence[float | None]


def assess(
    train: Losses, val: Losses, *, higher_is_better: bool = False, thresholds: Thresholds = DEFAULTS
) -> list[Assessment]:
    """Return the assessment after each evaluation."""
    detector = Detector(higher_is_better=higher_is_better, thresholds=thresholds)
    return [detector.update(t, v) for t, v in zip(train, val, strict=True)]


def sentences(assessment: Assessment, train: Losses, val: Losses) -> list[str]:
    """Return the evidence with the numbers of the losses; evaluations are called epochs and counted from 0."""
    x = np.arange(float(len(val)))
    history = EvaluationHistory("epoch", x, x, _floats(train), _floats(val))
    return list(evidence_sentences(assessment.evidence, history))


def _floats(losses: Losses) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    if all(loss is None for loss in losses):
        return None
    return np.array([math.nan if loss is None else loss for loss in losses])


def falling(count: int, start: float = 2.0, end: float = 0.1, pace: float = 8.0) -> list[float]:
    """Return losses that fall from *start* towards *end*, in *pace* evaluations by 63 % of the way."""
    return [end + (start - end) * math.exp(-i / pace) for i in range(count)]


def turning(count: int, turn: int, slope: float = 0.03, floor: float = 0.5) -> list[float]:
    """Return losses that fall to *floor* up to evaluation *turn*, and rise by *slope* per evaluation after it."""
    down = [floor + 1.5 * (1 - i / turn) ** 2 for i in range(turn)]
    return down + [floor + slope * i for i in range(count - turn)]


def noisy(values: Iterable[float], sigma: float, seed: int = 1) -> list[float]:
    """Return *values* with normal noise of standard deviation *sigma*."""
    rng = random.Random(seed)
    return [value + rng.gauss(0, sigma) for value in values]
