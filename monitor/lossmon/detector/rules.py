"""From measurements to what they mean at this evaluation, before any persistence."""

from __future__ import annotations

from lossmon.detector.features import Features, share_of
from lossmon.detector.verdict import Severity, Verdict

LEAST_RISE = 0.035
"""Rises under this share of the best are nothing that two people would agree on."""
LEAST_EVALUATIONS = 4
P = {"z": 1.0, "rz": 6.0, "short": 16, "zs": 0.5, "tf": 0.05, "gap": 0.1, "since": 3, "tfs": 0.1, "gaps": 0.2, "A":5.3, "dz": 0, "tfx": 0.15, "low":1,"bz":2,"e":1}


def turned_up(f: Features, ease:float=0.0) -> bool:
    """Say whether the series lies above its best by more than noise and by enough to matter."""
    if f.since < P["since"] or f.share < LEAST_RISE-.01*bool(ease):
        return False
    if f.count < P["short"] and f.train and f.train.fell > P["tfs"] and f.gap > P["gaps"]:
        return f.rise > P["zs"]-ease or f.climbing >= 3
    rough=f.sigma*(20 - 30 * f.rho + 12 * f.rho**2 - 2 * f.rho**3)**.5
    if f.count>=7 and f.level-f.best>P["A"]*rough: return True
    doubt = max(0.0, 1 - f.train.fell / P["tfx"]) if f.train else 0.0
    support = min(max((min(f.train.fell,f.gap) - 0.15) / 0.35, 0.0), 1.0) if f.train else 0.0
    return f.rise - f.chance > P["z"] + P["rz"] * f.rho**2 + P["dz"] * doubt - P['bz']*support - ease*P["e"]


def train_rose(f: Features) -> bool:
    """Say whether train lies a tenth above what it was at the best evaluation."""
    return f.train is not None and f.train.fell < -0.1


def parted(f: Features) -> bool:
    """Say whether train kept falling below the judged series."""
    return f.train is None or (f.train.fell > P["tf"] and f.gap > P["gap"])


def state(f: Features) -> Verdict:
    """Return the verdict that the measurements alone give; most still need to persist."""
    if f.count < LEAST_EVALUATIONS:
        return Verdict.WARMING_UP
    if f.swing > 1.0:
        return Verdict.UNSTABLE
    if turned_up(f):
        if train_rose(f):
            return Verdict.DIVERGED
        if parted(f):
            return Verdict.OVERFITTING
    if never_learned(f):
        return Verdict.UNDERFITTING
    if f.gain > max(0.03 * f.drop, f.gain_noise):
        return Verdict.LEARNING
    return Verdict.CONVERGED


def never_learned(f: Features) -> bool:
    """Say whether the series, and train beside it, lie within a few hundredths of where they began."""
    if f.train is not None and share_of(f.train.first - f.train.best, f.train.first) > 0.02:
        return False
    return share_of(f.first - f.best, f.first) < 0.03


def severity(f: Features) -> Severity:
    """Grade the rise of the level over the best."""
    if f.share < 0.1:
        return Severity.MILD
    return Severity.MODERATE if f.share < 0.5 else Severity.SEVERE
