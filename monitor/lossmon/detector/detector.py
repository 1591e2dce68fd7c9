"""The detector: one evaluation in, one assessment out."""

from __future__ import annotations

from lossmon.core.assessment import Assessment, Evidence
from lossmon.core.verdict import Verdict
from lossmon.detector import calibration as confidence
from lossmon.detector import explanation as evidence
from lossmon.detector import rules
from lossmon.detector.features import Features
from lossmon.detector.hysteresis import Hysteresis
from lossmon.detector.restart import RestartWatch
from lossmon.detector.segment import Segment
from lossmon.detector.window import slope

_RECOVER = 3
"""Finite evaluations after which a run that was NaN or infinite is judged again."""
_LARGEST = 1e150
"""A loss beyond this has exploded, and its square would overflow."""
_GAPS = 16
"""Evaluations over which the trend of the gap is taken."""


_NOTHING = Features(0)


def _finite(value: float | None) -> bool:
    return value is None or abs(value) < _LARGEST


class Detector:
    """Judges one run, one evaluation at a time; a pure function of what it was shown.

    An evaluation costs the same however many came before it, and memory stays bounded. Nothing it is shown raises.
    """

    __slots__ = (
        "_break_fact",
        "_broken",
        "_gap_known",
        "_gaps",
        "_has_val",
        "_n",
        "_non_finite",
        "_restart",
        "_restarted",
        "_segment",
        "_sign",
        "_standing",
        "features",
    )

    def __init__(self, *, higher_is_better: bool = False) -> None:
        self._sign = -1.0 if higher_is_better else 1.0
        self._n = 0
        self._has_val = False
        self._segment = Segment()
        self._restart = RestartWatch()
        self._restarted = False
        self._non_finite = False
        self._broken = 0
        self._break_fact: Evidence | None = None
        self._standing = Hysteresis()
        self._gaps: tuple[float, ...] = ()
        self._gap_known = False
        self.features = _NOTHING
        """The measurements behind the last assessment."""

    def clone(self) -> Detector:
        """Return an independent copy, so that the next evaluation can be judged twice."""
        twin = Detector.__new__(Detector)
        for name in Detector.__slots__:
            setattr(twin, name, getattr(self, name))
        twin._segment = self._segment.clone()
        twin._restart = self._restart.clone()
        twin._standing = self._standing.clone()
        return twin

    def paused(self) -> Detector:
        """Return an independent copy that can go on, but not say again what it said last: that takes much memory."""
        twin = self.clone()
        twin.features = _NOTHING
        return twin

    def update(self, train: float | None, val: float | None) -> Assessment:
        """Judge the run after one more evaluation; None stands for what was not logged, NaN and infinities are data."""
        self.update_verdict(train, val)
        return self.assessment()

    def update_verdict(self, train: float | None, val: float | None) -> Verdict:
        """Take one more evaluation and return the verdict alone, without the cost of explaining it."""
        index = self._n
        self._n += 1
        if val is not None and not self._has_val:
            self._has_val, self._segment, self._restart = True, Segment(), RestartWatch()
        value, beside = (val, train) if self._has_val else (train, None)
        if value is not None:
            self._take(index, value, beside)
        self.features = self._segment.measure(self._n, validated=self._has_val)
        if self._broken:
            return self._standing.set(Verdict.DIVERGED, index)
        return self._standing.update(self.features, index)

    def _take(self, index: int, value: float, train: float | None) -> None:
        self._gap_known = train is not None and _finite(value) and _finite(train)
        if not (_finite(value) and _finite(train)):
            self._break(index, value, train)
            return
        self._broken = max(0, self._broken - 1)
        evaluation = (index, self._sign * value, None if train is None else self._sign * train)
        begun = self._restart.add(evaluation)
        if begun:
            self._segment, self._restarted = Segment(), True
            self._standing.set(Verdict.WARMING_UP, index)
        for at in begun or [evaluation]:
            self._segment.add(*at)
        if train is not None:
            self._gaps = (*self._gaps[1 - _GAPS :], value - train)

    def _break(self, index: int, value: float, train: float | None) -> None:
        if not self._broken:
            own = "validation" if self._has_val else "train"
            kind, culprit = ("train", train) if train is not None and not _finite(train) else (own, value)
            self._break_fact = evidence.broken(kind, culprit, index)
        self._broken, self._non_finite = _RECOVER, True

    def assessment(self) -> Assessment:
        """Return all that can be said after the last evaluation."""
        f, verdict = self.features, self._standing.verdict
        over = verdict is Verdict.OVERFITTING
        return Assessment(
            verdict=verdict,
            severity=rules.severity(f) if over else None,
            confidence=1.0 if self._broken else confidence.of(f, verdict),
            onset=f.turned_at if over else None,
            detected=self._standing.given_at,
            best=f.best_at if f.count else None,
            best_value=self._sign * f.best if f.count else None,
            gap=self._gaps[-1] if self._gap_known else None,
            gap_slope=slope(self._gaps) if self._gap_known and len(self._gaps) > 2 else None,
            watch=not over and rules.suspicious(f),
            flags=self._flags(f),
            evidence=evidence.facts(
                f,
                verdict,
                kind="validation" if self._has_val else "train",
                sign=self._sign,
                broken=self._break_fact if self._broken else None,
            ),
        )

    def _flags(self, f: Features) -> tuple[str, ...]:
        found = {
            "no-validation": not self._has_val,
            "val-below-train": f.gap < 0,
            "val-far-below-train": f.gap < -0.5,
            "gap-from-start": f.count > 7 and f.first_gap > 0.3 and f.gap > 0.3,
            "restarted": self._restarted,
            "non-finite": self._non_finite,
        }
        return tuple(name for name, holds in found.items() if holds)
