"""Hysteresis: overfitting is reported above one probability, and withdrawn below a lower one."""

from __future__ import annotations

from dataclasses import dataclass

from lossmon.core.assessment import Term
from lossmon.core.verdict import Verdict
from lossmon.detector import rules
from lossmon.detector.copying import shallow_copy
from lossmon.detector.features import Features
from lossmon.detector.model import AdditiveModel, logit, overfitting_model, probability
from lossmon.detector.thresholds import Thresholds

_PRECEDING = frozenset({Verdict.DIVERGED, Verdict.UNSTABLE})
"""Verdicts beside which a rise is not overfitting."""


def smoothing_span(count: int, t: Thresholds) -> float:
    """Return over how many evaluations the log odds are averaged after *count* of them: a fraction of the run.

    A long run is tested often, so noise would otherwise pass the bar at some time.
    """
    return min(t.max_smoothing, max(1.0, count * t.smoothing_fraction))


@dataclass(slots=True)
class Hysteresis:
    """Adds overfitting to the other verdicts, by log odds that are smoothed over a fraction of the run."""

    model: AdditiveModel | None = None
    """The model; None for the one that comes with the package."""
    verdict: Verdict = Verdict.WARMING_UP
    detected: int = 0
    """Index of the evaluation at which the current verdict was first given."""
    _reports: int = 0
    """How often overfitting was reported."""
    _log_odds: float | None = None
    """Smoothed log odds of overfitting; None before any."""

    @property
    def probability(self) -> float:
        """Probability that the run is overfitting; 0 while nothing is known."""
        return 0.0 if self._log_odds is None else probability(self._log_odds)

    def update(self, f: Features, index: int, other: Verdict) -> Verdict:
        """Return the verdict after evaluation *index*, which has the measurements *f*; *other* if not overfitting."""
        if not f.is_validation or f.count < f.thresholds.min_evaluations:
            self._log_odds = None
            return self.set(other, index)
        log_odds = self._smooth(f)
        is_probable = f.since_minimum and other not in _PRECEDING and log_odds > logit(self._bar(f))
        if is_probable and not rules.train_has_risen(f) and self._may_report(f):
            other = Verdict.OVERFITTING
        return self.set(other, index)

    def terms(self, f: Features) -> tuple[Term, ...]:
        """Return the largest contributions to the log odds by the measurements *f*, the largest first."""
        if not f.predictors or f.count < f.thresholds.min_evaluations:
            return ()
        return (self.model or overfitting_model()).terms(f.predictors, f.thresholds.max_terms)

    def _bar(self, f: Features) -> float:
        """Return the probability that the verdict needs: less to keep it than to give it."""
        is_reported = self.verdict is Verdict.OVERFITTING
        return f.thresholds.kept_probability if is_reported else rules.required_probability(f)

    def _may_report(self, f: Features) -> bool:
        """Return whether overfitting may be reported, or go on being so.

        Not beside a train loss that is higher than at the best time in a short run; nor again soon after it was
        withdrawn, or verdicts would flip.
        """
        if self.verdict is Verdict.OVERFITTING:
            return not rules.train_is_above_best_time(f, f.thresholds.train_rise)
        is_due = f.count >= self._reports * f.thresholds.evaluations_between_reports
        return is_due and not rules.train_is_above_best_time(f, 0.0)

    def _smooth(self, f: Features) -> float:
        log_odds = (self.model or overfitting_model()).log_odds(f.predictors)
        held = log_odds if self._log_odds is None else self._log_odds
        self._log_odds = smoothed = held + (log_odds - held) / smoothing_span(f.count, f.thresholds)
        return smoothed

    def set(self, verdict: Verdict, index: int) -> Verdict:
        """Replace the current verdict by *verdict* from evaluation *index* on, if they differ, and return it."""
        if verdict is not self.verdict:
            self._reports += verdict is Verdict.OVERFITTING
            self.verdict, self.detected = verdict, index
        return verdict

    def clone(self) -> Hysteresis:
        """Return an independent copy."""
        return shallow_copy(self)
