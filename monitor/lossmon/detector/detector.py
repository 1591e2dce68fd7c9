"""The detector: takes one evaluation after another and returns an assessment of the run."""

from __future__ import annotations

from lossmon.core.assessment import Assessment
from lossmon.core.verdict import Verdict
from lossmon.detector import rules
from lossmon.detector.calibration import estimate_confidence
from lossmon.detector.convergence import turn_probability
from lossmon.detector.copying import shallow_copy
from lossmon.detector.doubt import Told
from lossmon.detector.explanation import explain
from lossmon.detector.features import Features
from lossmon.detector.firmness import Firmness, confidence_bars
from lossmon.detector.flags import CANNOT_TELL, gap_flags, non_finite_flags
from lossmon.detector.gap import Gap
from lossmon.detector.hysteresis import Hysteresis
from lossmon.detector.judgement import UNDECIDED
from lossmon.detector.model import AdditiveModel
from lossmon.detector.non_finite import NonFinite
from lossmon.detector.persistence import Persistence
from lossmon.detector.reasons import argue
from lossmon.detector.restart import RestartDetector
from lossmon.detector.segment import Segment
from lossmon.detector.thresholds import DEFAULTS, Thresholds

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
        "_firmness",
        "_gap",
        "_has_validation",
        "_hysteresis",
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
        self._firmness = Firmness()
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
        self._firmness = self._firmness.after(verdict, self._confidence(), self.features)
        return verdict

    def _next_verdict(self, index: int) -> Verdict:
        if self._non_finite.is_divergence:
            return self._hysteresis.set(Verdict.DIVERGED, index)
        if self._non_finite.is_now:
            return self._hysteresis.verdict
        return self._hysteresis.update(self.features, index, self._other.update(self.features))

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
            self._segment, self._was_restarted = Segment.empty(self._thresholds, is_resumed=True), True
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
        told = Told(verdict, self._flag, self.is_weak, self.probability)
        return Assessment(
            verdict=verdict,
            severity=rules.grade_severity(f) if is_overfitting else None,
            confidence=self._shown_confidence(),
            probability=round(told.probability, 3),
            is_weak=told.is_weak,
            terms=self._hysteresis.terms(f),
            onset=f.onset if is_overfitting else None,
            detected=self._hysteresis.detected,
            best=f.argmin if f.count else None,
            best_value=self._sign * f.minimum if f.count else None,
            gap=self._gap.last,
            gap_slope=self._gap.slope(),
            watch=verdict in _MAY_HIDE_A_RISE and self._needs_watch(),
            flags=self._flags(f, told),
            evidence=explain(f, told, kind=self._judged_kind, sign=self._sign, non_finite=self._non_finite),
            reasons=argue(f, told, self._non_finite),
        )

    def _confidence(self) -> float:
        """Return the probability that the verdict is right."""
        if self._non_finite.is_divergence:
            return 1.0
        hysteresis = self._hysteresis
        return estimate_confidence(hysteresis.probability, hysteresis.verdict, self._other, self._thresholds)

    def _shown_confidence(self) -> float:
        """Return the confidence, of a "maybe" no more than what would make it firm."""
        confidence = self._confidence()
        needed, _ = confidence_bars(self._hysteresis.verdict, self._thresholds)
        return min(confidence, needed) if self.is_weak else confidence

    @property
    def probability(self) -> float:
        """Probability that the run is overfitting, 0 to 1, after the last evaluation."""
        return self._hysteresis.probability

    @property
    def is_weak(self) -> bool:
        """Whether the verdict is a "maybe"; whether nothing can be told, though it is late, while there is none."""
        if self._hysteresis.verdict is Verdict.WARMING_UP:
            return self._evaluations >= self._thresholds.min_calibrated_values
        return not self._firmness.is_firm

    def _needs_watch(self) -> bool:
        """Return whether validation may be starting to rise, although it is too early for a verdict."""
        t, f = self._thresholds, self.features
        if f.since_minimum < t.min_since_minimum:
            return False
        return self._hysteresis.probability > t.watch_probability or (
            f.is_validation and turn_probability(f) > t.watch_probability
        )

    def _flags(self, f: Features, told: Told) -> tuple[str, ...]:
        return (
            *(() if self._has_validation else ("no-validation",)),
            *gap_flags(f),
            *(("restarted",) if self._was_restarted else ()),
            *non_finite_flags(self._non_finite),
            *((told.flag,) if told.flag else ()),
            *((CANNOT_TELL,) if told.is_weak and told.verdict is Verdict.WARMING_UP else ()),
        )

    @property
    def _flag(self) -> str:
        """The flag of a verdict other than overfitting; what is firm is not undecided, whatever the last values say."""
        is_told = self._hysteresis.verdict is self._other.verdict
        is_firm_after_all = self._other.flag == UNDECIDED and self._firmness.is_firm
        return self._other.flag if is_told and not is_firm_after_all else ""
