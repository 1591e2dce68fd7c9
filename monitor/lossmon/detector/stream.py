"""The detector: one evaluation in, one judgement out."""

from __future__ import annotations

import math

from lossmon.detector import evidence, rules
from lossmon.detector.features import Features
from lossmon.detector.series import Series
from lossmon.detector.verdict import Judgement, Verdict

_WITHDRAW = 3
"""Evaluations without a sign of overfitting before the verdict is withdrawn."""
_LARGEST = 1e150
"""A loss beyond this has exploded, and its square would overflow."""


class Detector:
    """Judges one run, one evaluation at a time; a pure function of what it was shown.

    An evaluation costs the same however many came before it, and memory stays bounded. Nothing it is shown raises.
    """

    def __init__(self, *, higher_is_better: bool = False) -> None:
        self._sign = -1.0 if higher_is_better else 1.0
        self._n = 0
        self._has_val = False
        self._series = Series()
        self._broken = 0
        self._calm = 0
        self._said = Verdict.WARMING_UP
        self._said_at = 0

    def fork(self) -> Detector:
        """Return an independent copy, so that the next evaluation can be judged twice."""
        twin = Detector()
        vars(twin).update(vars(self))
        twin._series = self._series.fork()
        return twin

    def observe(self, train: float | None, val: float | None) -> Judgement:
        """Judge the run after one more evaluation; None stands for what was not logged, NaN and infinities are data."""
        index = self._n
        self._n += 1
        if val is not None and not self._has_val:
            self._has_val, self._series = True, Series()
        value = val if self._has_val else train
        if value is not None:
            if abs(value) < _LARGEST and (train is None or abs(train) < _LARGEST):
                self._broken = max(0, self._broken - 1)
                beside = self._sign * train if self._has_val and train is not None else None
                self._series.add(index, self._sign * value, beside)
            else:
                self._broken = 3
        return self._judge(index, train, val)

    def _judge(self, index: int, train: float | None, val: float | None) -> Judgement:
        f = self._series.measure(self._n)
        verdict = Verdict.DIVERGED if self._broken else self._persist(rules.state(f), f)
        if verdict is not self._said:
            self._said, self._said_at = verdict, index
        over = verdict is Verdict.OVERFITTING
        return Judgement(
            verdict=verdict,
            severity=rules.severity(f) if over else None,
            confidence=0.0 if verdict is Verdict.WARMING_UP else 0.9 if self._n >= 8 else 0.6,
            onset=f.best_at if over else None,
            detected=self._said_at,
            best=f.best_at if f.count else None,
            best_value=self._sign * f.best if f.count else None,
            gap=val - train if val is not None and train is not None else None,
            flags=self._flags(f),
            evidence=evidence.facts(f, verdict, has_val=self._has_val),
        )

    def _persist(self, state: Verdict, f: Features) -> Verdict:
        if state is Verdict.OVERFITTING:
            self._calm = 0
            return state
        self._calm += 1
        if self._said is Verdict.OVERFITTING and self._calm < _WITHDRAW and f.since:
            return Verdict.OVERFITTING
        return state

    def _flags(self, f: Features) -> tuple[str, ...]:
        flags = []
        if not self._has_val:
            flags.append("no-validation")
        if self._has_val and f.gap < 0:
            flags.append("val-below-train")
        if self._broken:
            flags.append("non-finite")
        return tuple(flags)
