"""From measurements to what they mean at this evaluation, before any persistence."""

from __future__ import annotations

import math

from lossmon.core.verdict import Severity, Verdict
from lossmon.detector.features import Features
from lossmon.detector.window import RECENT

LEAST_RISE = 0.035
"""Rises under this share of the best are nothing that two people would agree on."""
LEAST_EVALUATIONS = 4
_SHORT = 12
"""Below this many evaluations noise cannot be told from trend; there the train loss must speak as well."""
_LASTING = 3
"""Evaluations that a rise must last, and a sixteenth of a long run."""
_UPHILL = -0.6
"""Standard deviations that a climb may begin below the level before it; 2 % of white plateaus climb so by chance."""
_BACK = 0.75
"""Share of its rise that a short run may have lost again without being on its way back to the best."""
_WIDE = 1.0
"""Width of the swings, as a share of their median, from which on no trend can be told."""
_DOUBLED = 1.0
"""Rise of a train loss, as a share of its best, from which on it has exploded."""
_FLAT = 0.025
"""A loss that came down by less than this share never learned."""


def turned_up(f: Features, ease: float = 0.0) -> bool:
    """Say whether the series lies above its best by more than noise and by enough to matter.

    *ease* lowers the bar, in standard deviations: less is asked to keep a verdict than to give it.
    """
    if f.since < max(_LASTING, f.horizon / 16) or f.share < LEAST_RISE - (0.01 if ease else 0.0):
        return False
    if f.count < _SHORT and f.train is not None and f.train.fell > 0.1 and f.gap > 0.2:
        return f.rise > 0.5 - ease if ease else f.train.lowest and _clear(f)
    return f.excess > _bar(f) - ease


def _clear(f: Features) -> bool:
    """Say whether a rise is plain to see in a run too short for its noise to be known."""
    climbs, stays = f.climbing >= _LASTING, f.above_best(f.floor) >= LEAST_RISE
    return f.rise > 0.5 or (climbs and f.rise > _UPHILL) or (stays and f.rise >= 0)


def _bar(f: Features) -> float:
    """Return the standard deviations beyond chance that are asked for.

    Fewer the further train has parted; more in a long run, which is looked at more often.
    """
    bar = 2.3 + f.noise.rho**2 + 0.5 * math.log(max(f.count / RECENT, 1.0))
    if f.train is None or train_rose(f):
        return bar
    doubt = min(max(0.0, 1 - f.train.fell / 0.15), 1.0)
    parted = min(max((min(f.train.fell, f.gap) - 0.15) / 0.35, 0.0), 1.0)
    return bar + 3 * doubt - 3 * parted


def falling_back(f: Features) -> bool:
    """Say whether the newest value is on its way back to the best, so that a verdict had better wait."""
    return f.sinking and (f.count >= _SHORT or f.last - f.best < _BACK * (f.level - f.best))


def train_rose(f: Features) -> bool:
    """Say whether train lies a tenth above what it was at the best evaluation."""
    return f.train is not None and f.train.fell < -0.1


def parted(f: Features) -> bool:
    """Say whether train kept falling below the judged series."""
    return f.train is None or (f.train.fell > 0.05 and f.gap > 0.1)


def still_up(f: Features) -> bool:
    """Say whether nothing speaks against a verdict of overfitting once it was given."""
    falling = f.train is None or f.train.fell > 0
    return f.since > 1 and f.swing <= _WIDE and falling and turned_up(f, 1.5)


def state(f: Features) -> Verdict:
    """Return the verdict that the measurements alone give; most still need to persist."""
    if f.count < LEAST_EVALUATIONS:
        return Verdict.WARMING_UP
    if f.swing > _WIDE:
        return Verdict.UNSTABLE
    if turned_up(f) and (train_rose(f) or parted(f)):
        return _risen(f)
    if never_learned(f):
        return Verdict.UNDERFITTING
    return Verdict.LEARNING if improving(f) else Verdict.CONVERGED


def _risen(f: Features) -> Verdict:
    """Return what a rise means: train alone that rises does not overfit, it went astray."""
    if not f.validated:
        return Verdict.DIVERGED if f.share > _DOUBLED else Verdict.UNSTABLE
    return Verdict.DIVERGED if train_rose(f) else Verdict.OVERFITTING


def improving(f: Features) -> bool:
    """Say whether the newest quarter is lower than the one before by more than noise and a twentieth of the drop."""
    recent = f.since < max(3, f.horizon / 32)
    return recent and f.gain > max((0.03 if f.since == 0 else 0.05) * f.drop, f.gain_noise)


def never_learned(f: Features) -> bool:
    """Say whether the series, and train beside it, lie within a few hundredths of where they began."""
    came_down = f.first - f.best
    if came_down > 0.03 * abs(f.first):
        return False
    return f.train is None or f.train.learned < (0.1 if came_down < 0.012 * abs(f.first) else _FLAT)


def severity(f: Features) -> Severity:
    """Grade the rise of the level over the best."""
    if f.share < 0.1:
        return Severity.MILD
    return Severity.MODERATE if f.share < 0.5 else Severity.SEVERE


def suspicious(f: Features) -> bool:
    """Say whether the series may be turning, though it is too early to say so."""
    if not f.validated or f.count < LEAST_EVALUATIONS or f.since < 2 or f.sinking or train_rose(f) or not parted(f):
        return False
    return f.share > LEAST_RISE / 2 and (f.excess > 0 or f.climbing > 1)
