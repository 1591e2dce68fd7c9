"""How sure a verdict is: of verdicts given with a confidence of 0.9, nine in ten hold."""

from __future__ import annotations

import math
from operator import mul

from lossmon.core.verdict import Verdict
from lossmon.detector.features import Features

OVERFITTING = (-2.025, 1.861, 0.111, 2.025, 0.175)
"""Weights of one and of the four traits in the log-odds that a verdict of overfitting holds.

Fitted by ``tests/bench/histories/calibrate.py`` to histories of 21 task families whose true loss is known; it reports
how they do on 21 others.
"""
NOT_OVERFITTING = (3.233, -1.363, -0.089, -3.322, -0.498)
"""The same for verdicts that deny overfitting."""
_MOST = 0.99
_UNCALIBRATED = 8
"""Below this many evaluations nothing was calibrated."""
_LEAST = 0.05


def traits(f: Features) -> tuple[float, float, float, float]:
    """Return what confidence depends on: rise, its excess over noise, how far train has parted, and length."""
    return (
        math.log(min(max(f.share, 0.005), 1.0) / 0.035),
        math.asinh(min(max(f.excess, -10.0), 100.0)),
        min(max(min(f.train.fell, f.gap), -0.2), 0.6) if f.train else 0.15,
        math.log2(min(max(f.count, 4), 128) / 16),
    )


def of(f: Features, verdict: Verdict) -> float:
    """Return the share of such verdicts that hold, 0.05 to 0.99; 0 while warming up, 0.7 at most before eight."""
    if verdict is Verdict.WARMING_UP:
        return 0.0
    weights = OVERFITTING if verdict is Verdict.OVERFITTING else NOT_OVERFITTING
    odds = weights[0] + sum(map(mul, weights[1:], traits(f)))
    ceiling = _MOST if f.count >= _UNCALIBRATED else 0.7
    return round(min(max(1 / (1 + math.exp(-odds)), _LEAST), ceiling), 3)
