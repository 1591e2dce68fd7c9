"""Hysteresis: overfitting is reported, and withdrawn, only after repeated evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lossmon.core.verdict import Verdict
from lossmon.detector import rules
from lossmon.detector.features import Features

_PRECEDING = frozenset({Verdict.DIVERGED, Verdict.UNSTABLE})
"""Verdicts beside which a rise is not overfitting."""


@dataclass(slots=True)
class Hysteresis:
    """Adds overfitting to the other verdicts, and keeps it until enough consecutive evaluations contradict it."""

    verdict: Verdict = Verdict.WARMING_UP
    detected: int = 0
    """Index of the evaluation at which the current verdict was first given."""
    _contradictions: int = 0
    """Evaluations in a row that contradict overfitting."""
    _rises: int = 0
    """Evaluations in a row whose measurements alone mean overfitting."""

    def update(self, f: Features, index: int, other: Verdict) -> Verdict:
        """Return the verdict after evaluation *index*, which has the measurements *f*; *other* if not overfitting."""
        is_overfitting = other not in _PRECEDING and rules.is_overfitting(f)
        self._rises = self._rises + 1 if is_overfitting else 0
        if self.verdict is Verdict.OVERFITTING and f.since_minimum and other is not Verdict.DIVERGED:
            return self._keep_or_withdraw(f, index, other, is_overfitting)
        if is_overfitting and not self._rise_must_wait(f):
            other = Verdict.OVERFITTING
        return self.set(other, index)

    def _keep_or_withdraw(self, f: Features, index: int, other: Verdict, is_overfitting: bool) -> Verdict:
        t = f.thresholds
        if is_overfitting or rules.rise_persists(f):
            self._contradictions = 0
            return self.verdict
        self._contradictions += 1
        if self._contradictions < max(t.withdrawal_evaluations, f.counted_values * t.long_run_fraction):
            return self.verdict
        return self.set(other, index)

    def _rise_must_wait(self, f: Features) -> bool:
        return self._rises < f.counted_values * f.thresholds.long_run_fraction or rules.is_returning(f)

    def set(self, verdict: Verdict, index: int) -> Verdict:
        """Replace the current verdict by *verdict* from evaluation *index* on, if they differ, and return it."""
        self._contradictions = 0
        if verdict is not self.verdict:
            self.verdict, self.detected = verdict, index
        return verdict

    def clone(self) -> Hysteresis:
        """Return an independent copy."""
        return replace(self)
