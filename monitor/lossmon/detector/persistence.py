"""Keeps the verdict on everything but overfitting steady: noise alone must not change it to and fro."""

from __future__ import annotations

from dataclasses import dataclass

from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.detector.copying import shallow_copy
from lossmon.detector.features import Features
from lossmon.detector.judgement import RISING, UNDECIDED, Judgement, judge

_NOTHING = Judgement(Verdict.WARMING_UP)


@dataclass(slots=True)
class Persistence:
    """Changes the verdict after several evaluations in a row against it, at most once in so many evaluations.

    The first verdict is given at once, and while the run is short gives way at once.
    """

    verdict: Verdict = Verdict.WARMING_UP
    judgement: Judgement = _NOTHING
    """The verdict that the last measurements alone give."""
    flag: str = ""
    """The flag that came with the verdict."""
    _has_begun: bool = False
    """Whether a first verdict was given."""
    _has_diverged: bool = False
    """Whether the run had diverged before; only the first time needs no delay."""
    _contradictions: int = 0
    """Evaluations in a row whose measurements contradict the verdict."""
    _since_change: int | None = None
    """Evaluations since the last change; None before the first one after the first verdict."""

    def update(self, f: Features) -> Verdict:
        """Return the verdict after an evaluation with the measurements *f*."""
        self.judgement = judge(f)
        if self._since_change is not None:
            self._since_change += 1
        if self._is_confirmed(f):
            self._contradictions = 0
            is_vaguer = self.judgement.verdict is Verdict.DIVERGED and self.judgement.flag == RISING
            if self.judgement.verdict is self.verdict and not is_vaguer:
                self.flag = self.judgement.flag
        else:
            self._contradictions += 1
            if self._may_change(f):
                self._change()
        return self.verdict

    @property
    def confidence(self) -> float:
        """Probability that the verdict holds, by the last measurements; 0 while warming up.

        A verdict that they contradict, but not often enough to replace it, is at most as likely as not.
        """
        if self.verdict is Verdict.WARMING_UP:
            return 0.0
        if self.judgement.verdict is self.verdict:
            return self.judgement.probability
        return min(0.5, max(0.3, 1.0 - self.judgement.probability))

    def _is_confirmed(self, f: Features) -> bool:
        """Return whether the measurements agree with the verdict, or cannot decide against a healthy one."""
        t, measured = f.thresholds, self.judgement
        if measured.verdict is self.verdict:
            return True
        if measured.flag != UNDECIDED or self.verdict not in HEALTHY:
            return False
        if measured.verdict in HEALTHY:
            return measured.probability < t.preferred_probability
        return f.count < t.min_calibrated_values

    def _may_change(self, f: Features) -> bool:
        t, measured = f.thresholds, self.judgement.verdict
        if not self._has_begun or self._is_early(f):
            return True
        if self._contradictions < t.level_values:
            return False
        if measured is Verdict.DIVERGED and not self._has_diverged:
            return True
        if self._since_change is not None and self._since_change < t.min_evaluations_between_changes:
            return False
        fraction = t.relearning_fraction if measured is Verdict.LEARNING else t.long_run_fraction
        return self._contradictions >= f.counted_values * fraction

    def _is_early(self, f: Features) -> bool:
        """Return whether the first verdict stands, given before the noise was known, and now it is."""
        t = f.thresholds
        return self._since_change is None and t.min_calibrated_values <= f.count < t.early_values

    def _change(self) -> None:
        self.verdict, self.flag = self.judgement.verdict, self.judgement.flag
        self._contradictions = 0
        if self._has_begun or self._since_change is not None:
            self._since_change = 0
        self._has_begun = True
        self._has_diverged = self._has_diverged or self.verdict is Verdict.DIVERGED

    def restarted(self) -> Persistence:
        """Return the state at the start of a new segment, whose first verdict is given at once as well."""
        return Persistence(_since_change=0, _has_diverged=self._has_diverged)

    def clone(self) -> Persistence:
        """Return an independent copy."""
        return shallow_copy(self)
