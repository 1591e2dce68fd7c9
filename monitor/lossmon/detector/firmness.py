"""Tells a verdict that is firm from one that is a "maybe", and lets neither change to and fro."""

from __future__ import annotations

from typing import NamedTuple

from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.detector.features import Features
from lossmon.detector.hysteresis import smoothing_span
from lossmon.detector.rules import may_be_sure
from lossmon.detector.thresholds import Thresholds

_IMPROBABLE = 0.45
"""Confidence in the last evaluation below which a verdict other than overfitting is a "maybe" at once."""
_KEPT_SURE = 0.05
"""By how much the probability of overfitting may fall before a verdict that was sure becomes a "maybe" again."""


class Firmness(NamedTuple):
    """Whether a verdict is firm, from its confidence: it takes more to become firm than to stay so.

    Of verdicts other than overfitting, whose probability is smooth already, the mean over a fraction of the run counts,
    so that noise about the bar changes nothing. What is improbable by the last evaluation is a "maybe" at once.
    """

    verdict: Verdict = Verdict.WARMING_UP
    is_firm: bool = False
    mean: float = 0.0
    """Mean confidence of the last evaluations."""
    since_change: int = 0
    """Evaluations since it became firm, or a "maybe"."""

    def after(self, verdict: Verdict, confidence: float, f: Features) -> Firmness:
        """Return the state after an evaluation with the measurements *f*, by which *verdict* has this *confidence*."""
        t = f.thresholds
        needed, kept = confidence_bars(verdict, t)
        is_new = verdict is not self.verdict
        if verdict is Verdict.OVERFITTING:
            is_sure = confidence >= (needed if is_new or not self.is_firm else kept)
            return Firmness(verdict, is_sure and may_be_sure(f), confidence)
        if is_new:
            return Firmness(verdict, confidence >= needed, confidence)
        span, since = smoothing_span(f.count, t), self.since_change + 1
        mean = self.mean + (confidence - self.mean) / span
        if self.is_firm:
            is_firm = mean >= kept and confidence >= _IMPROBABLE
        else:
            may_change = f.count < t.early_values or since >= max(t.min_evaluations_between_changes, 2 * span)
            is_firm = may_change and min(mean, confidence) >= needed
        return Firmness(verdict, is_firm, mean, since if is_firm is self.is_firm else 0)


def confidence_bars(verdict: Verdict, t: Thresholds) -> tuple[float, float]:
    """Return the confidence that *verdict* needs to become firm, and to stay so."""
    if verdict is Verdict.OVERFITTING:
        return t.sure_probability, t.sure_probability - _KEPT_SURE
    return (t.firm_confidence if verdict in HEALTHY else t.preferred_probability), t.preferred_probability
