"""The detector: takes one evaluation after another and returns an assessment of the run."""

from __future__ import annotations

from lossmon.core.assessment import Assessment
from lossmon.core.verdict import Verdict
from lossmon.detector import rules
from lossmon.detector.calibration import estimate_confidence
from lossmon.detector.copying import shallow_copy
from lossmon.detector.explanation import explain
from lossmon.detector.features import Features
from lossmon.detector.flags import gap_flags, non_finite_flags
from lossmon.detector.gap import Gap
from lossmon.detector.hysteresis import Hysteresis
from lossmon.detector.model import AdditiveModel
from lossmon.detector.non_finite import NonFinite
from lossmon.detector.persistence import Persistence
from lossmon.detector.restart import RestartDetector
from lossmon.detector.segment import Segment
from lossmon.detector.thresholds import DEFAULTS, Thresholds

_KEPT_SURE = 0.05
"""By how much the probability may fall before a verdict that was sure becomes a "maybe" again."""
_MAY_HIDE_A_RISE = frozenset({Verdict.WARMING_UP, Verdict.LEARNING, Verdict.CONVERGED})
"""Verdicts beside which the start of a rise is worth saying."""


class Detector:
    """Assesses one run, one evaluation at a time; the result depends on nothing but the losses.

    Time per evaluation does not depend on how many came before, memory is bounded, and no loss raises an error.

    >>> detector = Detector()
    >>> [detector.update(train, val).verdict.value for train, val in [(2.0, 2.1), (1.5, 1.7), (1.2, 1.4), (1.0, 1.2)]]
    ['warming-up', 'warming-up', 'warming-up', 'learning']
    """

    __slots__ = (
        "_evaluations",
        "_gap",
        "_has_validation",
        "_hysteresis",
        "_is_sure",
        "_no_features",
        "_non_finite",
        "_other",
        "_restart_detector",
        "_segment",
        "_sign",
        "_thresholds",
        "_was_restarted",
        "features",
    )

    def __init__(
        self,
        *,
        higher_is_better: bool = False,
        thresholds: Thresholds = DEFAULTS,
        model: AdditiveModel | None = None,
    ) -> None:
        self._thresholds = thresholds
        self._sign = -1.0 if higher_is_better else 1.0
        self._evaluations = 0
        self._has_validation = False
        self._segment = Segment.empty(thresholds)
        self._restart_detector = RestartDetector(thresholds)
        self._was_restarted = False
        self._non_finite = NonFinite(thresholds)
        self._other = Persistence()
        self._hysteresis = Hysteresis(model)
        self._is_sure = False
        self._gap = Gap(thresholds)
        self._no_features = Features(thresholds)
        self.features = self._no_features
        """The measurements at the last evaluation."""

    def clone(self) -> Detector:
        """Return an independent copy."""
        copy = self.paused()
        if self.features is not self._no_features:
            copy.features = copy._segment.measure(self._evaluations, is_validation=self._has_validation)
        return copy

    def paused(self) -> Detector:
        """Return an independent copy without ``features``, to save memory; call ``update`` before ``assessment``."""
        copy = shallow_copy(self)
        copy.features = self._no_features
        copy._segment = self._segment.clone()
        copy._restart_detector = self._restart_detector.clone()
        copy._non_finite = self._non_finite.clone()
        copy._other = self._other.clone()
        copy._hysteresis = self._hysteresis.clone()
        copy._gap = self._gap.clone()
        return copy

    def update(self, train: float | None, val: float | None) -> Assessment:
        """Add an evaluation and return the assessment after it.

        None stands for a loss that was not logged; NaN and infinite losses are data.
        """
        self.update_verdict(train, val)
        return self.assessment()

    def update_verdict(self, train: float | None, val: float | None) -> Verdict:
        """Add an evaluation and return the verdict after it, without the cost of a full assessment."""
        index = self._evaluations
        self._evaluations += 1
        if val is not None and not self._has_validation:
            self._has_validation = True
            self._segment = Segment.empty(self._thresholds)
            self._restart_detector = RestartDetector(self._thresholds)
            self._other = Persistence()
        judged, beside = (val, train) if self._has_validation else (train, None)
        if judged is not None:
            self._add_values(index, judged, beside)
        self.features = self._segment.measure(self._evaluations, is_validation=self._has_validation)
        verdict = self._next_verdict(index)
        self._is_sure = verdict is Verdict.OVERFITTING and self.probability >= self._bar_of_sure()
        return verdict

    def _next_verdict(self, index: int) -> Verdict:
        if self._non_finite.is_divergence:
            return self._hysteresis.set(Verdict.DIVERGED, index)
        if self._non_finite.is_now:
            return self._hysteresis.verdict
        return self._hysteresis.update(self.features, index, self._other.update(self.features))

    def _bar_of_sure(self) -> float:
        """Return the probability from which overfitting is no "maybe": less once it is none, lest it go to and fro."""
        return self._thresholds.sure_probability - (_KEPT_SURE if self._is_sure else 0.0)

    def _add_values(self, index: int, judged: float, train: float | None) -> None:
        limit = self._thresholds.max_loss  # a comparison with NaN is False
        are_finite = abs(judged) < limit and (train is None or abs(train) < limit)
        self._gap.is_known = are_finite and train is not None
        if not are_finite:
            is_train = train is not None and not abs(train) < limit
            kind = "train" if is_train else self._judged_kind
            self._non_finite.add(index, kind, train if is_train and train is not None else judged)
            return
        self._non_finite.note_finite()
        evaluation = (index, self._sign * judged, None if train is None else self._sign * train)
        restarted = self._restart_detector.update(evaluation)
        if restarted:
            self._segment, self._was_restarted = Segment.empty(self._thresholds), True
            self._other = self._other.restarted()
            self._hysteresis.set(Verdict.WARMING_UP, index)
            for each in restarted:
                self._segment.add(*each)
        else:
            self._segment.add(*evaluation)
        if train is not None:
            self._gap.add(judged - train)

    @property
    def _judged_kind(self) -> str:
        return "validation" if self._has_validation else "train"

    def assessment(self) -> Assessment:
        """Return the full assessment after the last evaluation."""
        f, verdict = self.features, self._hysteresis.verdict
        is_overfitting = verdict is Verdict.OVERFITTING
        return Assessment(
            verdict=verdict,
            severity=rules.grade_severity(f) if is_overfitting else None,
            confidence=self._confidence(),
            probability=round(self._hysteresis.probability, 3),
            is_weak=self.is_weak,
            terms=self._hysteresis.terms(f),
            onset=f.onset if is_overfitting else None,
            detected=self._hysteresis.detected,
            best=f.argmin if f.count else None,
            best_value=self._sign * f.minimum if f.count else None,
            gap=self._gap.last,
            gap_slope=self._gap.slope(),
            watch=verdict in _MAY_HIDE_A_RISE and self._needs_watch(),
            flags=self._flags(f),
            evidence=explain(
                f,
                verdict,
                kind=self._judged_kind,
                sign=self._sign,
                flag=self._other.flag,
                non_finite=self._non_finite,
            ),
        )

    def _confidence(self) -> float:
        """Return the probability that the verdict is right."""
        if self._non_finite.is_divergence:
            return 1.0
        hysteresis = self._hysteresis
        return estimate_confidence(hysteresis.probability, hysteresis.verdict, self._other, self._thresholds)

    @property
    def probability(self) -> float:
        """Probability that the run is overfitting, 0 to 1, after the last evaluation."""
        return self._hysteresis.probability

    @property
    def is_weak(self) -> bool:
        """Whether the verdict is a "maybe"."""
        return self._hysteresis.verdict is Verdict.OVERFITTING and not self._is_sure

    def _needs_watch(self) -> bool:
        """Return whether validation may be starting to rise, although it is too early for a verdict."""
        t, f = self._thresholds, self.features
        return f.since_minimum >= t.min_since_minimum and self._hysteresis.probability > t.watch_probability

    def _flags(self, f: Features) -> tuple[str, ...]:
        flags = [
            *(() if self._has_validation else ("no-validation",)),
            *gap_flags(f),
            *(("restarted",) if self._was_restarted else ()),
            *non_finite_flags(self._non_finite),
        ]
        is_told = self._hysteresis.verdict is self._other.verdict and self._other.flag
        return (*flags, self._other.flag) if is_told else tuple(flags)
