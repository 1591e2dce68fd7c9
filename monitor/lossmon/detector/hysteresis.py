"""Hysteresis: a verdict changes only after repeated evidence against it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lossmon.core.verdict import Verdict
from lossmon.detector import rules
from lossmon.detector.features import Features

_HEALTHY = frozenset({Verdict.LEARNING, Verdict.CONVERGED})


@dataclass(slots=True)
class Hysteresis:
    """Keeps the current verdict until enough consecutive evaluations contradict it."""

    verdict: Verdict = Verdict.WARMING_UP
    detected: int = 0
    """Index of the evaluation at which the current verdict was first given."""
    _contradictions: int = 0
    """Evaluations in a row that contradict the current verdict."""
    _rises: int = 0
    """Evaluations in a row whose measurements alone mean overfitting."""

    def update(self, f: Features, index: int) -> Verdict:
        """Return the verdict after evaluation *index*, which has the measurements *f*."""
        measured = rules.classify(f)
        self._rises = self._rises + 1 if measured is Verdict.OVERFITTING else 0
        if self._is_confirmed(f, measured):
            self._contradictions = 0
            return self.verdict
        self._contradictions += 1
        if self._must_wait(f, measured):
            return self.verdict
        if measured is Verdict.OVERFITTING and self._rise_must_wait(f):
            measured = self.verdict if self.verdict in _HEALTHY else Verdict.CONVERGED
        return self.set(measured, index)

    def _is_confirmed(self, f: Features, measured: Verdict) -> bool:
        if self.verdict is Verdict.OVERFITTING and f.since_minimum:
            return measured is Verdict.OVERFITTING or rules.rise_persists(f)
        return measured is self.verdict

    def _must_wait(self, f: Features, measured: Verdict) -> bool:
        """Return whether the current verdict was not contradicted often enough to be replaced by *measured*."""
        t = f.thresholds
        if self.verdict is Verdict.OVERFITTING and f.since_minimum:
            return self._contradictions < max(t.withdrawal_evaluations, f.counted_values * t.long_run_fraction)
        fraction = t.relearning_fraction if measured is Verdict.LEARNING else t.long_run_fraction
        return {measured, self.verdict} == _HEALTHY and self._contradictions < f.counted_values * fraction

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
