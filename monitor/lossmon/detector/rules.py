"""From measurements to what they mean at this evaluation, before any persistence."""

from __future__ import annotations

from lossmon.detector.features import Features, share_of
from lossmon.detector.verdict import Severity, Verdict

LEAST_RISE = 0.035
"""Rises under this share of the best are nothing that two people would agree on."""


def turned_up(f: Features) -> bool:
    """Say whether validation lies above its best by more than its noise and by enough to matter."""
    bar = 1.75 if f.below_train else 1.0
    return f.rise_z > bar and f.share > LEAST_RISE


def state(f: Features) -> Verdict:
    """Return the verdict that the measurements alone give; overfitting still needs to persist."""
    if turned_up(f):
        return Verdict.DIVERGED if f.train_rose else Verdict.OVERFITTING
    if f.n < 4 or f.best is None:
        return Verdict.WARMING_UP
    if _never_learned(f):
        return Verdict.UNDERFITTING
    if f.gain > max(0.03 * f.drop, f.gain_noise):
        return Verdict.LEARNING
    return Verdict.CONVERGED


def _never_learned(f: Features) -> bool:
    if f.train_first is not None and f.train_best is not None:
        return f.train_first - f.train_best < 0.02 * abs(f.train_first)
    return f.best is not None and f.first - f.best < 0.03 * abs(f.best)


def severity(f: Features) -> Severity:
    """Grade the rise of the level over the best."""
    rise = f.share
    if f.best is not None and f.best <= 0:
        rise = share_of(f.level - f.best, f.drop)
    if rise < 0.1:
        return Severity.MILD
    return Severity.MODERATE if rise < 0.5 else Severity.SEVERE
