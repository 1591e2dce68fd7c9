"""The verdict that stands: what the measurements say only counts once it persists."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lossmon.core.verdict import Verdict
from lossmon.detector import rules
from lossmon.detector.features import Features

_WITHDRAW = 5
"""Evaluations without a sign of overfitting before that verdict is withdrawn."""
_LONG = 32
"""In a long run it takes one in so many evaluations to say overfitting, to withdraw it, or to go to converged."""
_BACK = 16
"""The same to go from converged back to learning, which noise alone often hints at."""
_MILD = frozenset({Verdict.LEARNING, Verdict.CONVERGED})


@dataclass(slots=True)
class Hysteresis:
    """A verdict, the evaluation at which it was first given, and how many evaluations in a row spoke against it."""

    verdict: Verdict = Verdict.WARMING_UP
    given_at: int = 0
    _against: int = 0
    _risen: int = 0
    """Evaluations in a row that looked like overfitting."""

    def update(self, f: Features, index: int) -> Verdict:
        """Take the measurements of evaluation *index* and return the verdict that stands now."""
        state = rules.state(f)
        self._risen = self._risen + 1 if state is Verdict.OVERFITTING else 0
        if self._agrees(f, state):
            self._against = 0
            return self.verdict
        self._against += 1
        if self._holds(f, state):
            return self.verdict
        if state is Verdict.OVERFITTING and (self._risen < f.horizon / _LONG or rules.falling_back(f)):
            state = self.verdict if self.verdict in _MILD else Verdict.CONVERGED
        return self.set(state, index)

    def _holds(self, f: Features, state: Verdict) -> bool:
        if self.verdict is Verdict.OVERFITTING and f.since:
            return self._against < max(_WITHDRAW, f.horizon / _LONG)
        takes = _BACK if state is Verdict.LEARNING else _LONG
        return {state, self.verdict} == _MILD and self._against < f.horizon / takes

    def _agrees(self, f: Features, state: Verdict) -> bool:
        if self.verdict is Verdict.OVERFITTING and f.since:
            return state is Verdict.OVERFITTING or rules.still_up(f)
        return state is self.verdict

    def set(self, verdict: Verdict, index: int) -> Verdict:
        """Let *verdict* stand from evaluation *index* on, unless it stands already."""
        self._against = 0
        if verdict is not self.verdict:
            self.verdict, self.given_at = verdict, index
        return verdict

    def clone(self) -> Hysteresis:
        """Return an independent copy."""
        return replace(self)
