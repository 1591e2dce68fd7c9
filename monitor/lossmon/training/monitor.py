"""Judges a training while it runs, one evaluation after another."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from lossmon.advice import Evaluation, RunFacts, advise
from lossmon.core.assessment import Assessment
from lossmon.core.evidence_text import evidence_sentences
from lossmon.core.verdict import Verdict
from lossmon.detector import (
    DEFAULTS,
    THIRD_DIFFERENCE_GAIN,
    Detector,
    SpanMean,
    in_evaluations,
    third_difference_std,
)
from lossmon.training.judgement import Judgement

_NOISE_VALUES = 64
"""Newest losses from which the noise is estimated."""
_HELD_SHARE, _MIN_HELD = 0.05, 2
"""How long overfitting must have lasted before it is time to stop: a share of the evaluations, and at least so many."""
_MIN_BROKEN = 2
"""Evaluations in a row that are not finite before it is time to stop, if train is still finite."""


@dataclass(slots=True)
class _Losses:
    """All losses of a training so far, as evidence and advice name them."""

    unit: str
    first: int
    """The number of the first evaluation."""
    trains: array[float]
    """NaN where none was given."""
    vals: array[float]
    has_validation: bool = False
    has_train: bool = False
    train_points: None = None

    @property
    def judged(self) -> array[float]:
        """The losses that the verdict is based on."""
        return self.vals if self.has_validation else self.trains

    @property
    def train(self) -> array[float] | None:
        """The train losses; None if there are none."""
        return self.trains if self.has_train else None

    def label(self, index: int) -> str:
        """Return the name of an evaluation: ``epoch 10``."""
        return f"{self.unit} {self.first + index}"

    def evaluation(self, index: int) -> Evaluation:
        """Return the facts of one evaluation."""
        train = self.trains[index] if self.has_train and self.has_validation else math.nan
        known = train if math.isfinite(train) else None
        x = float(self.first + index)
        return Evaluation(index, self.label(index), x, self.judged[index], known, f"{train:.4g}")


class Monitor:
    """Judges a training: call :meth:`update` after each evaluation.

    *unit* is what an evaluation counts, and *first* the number of the first one, for sentences. *framework* chooses
    the calls in advice: ``keras``, ``lightning``, ``pytorch``, ``xgboost``. *planned* is how many evaluations there
    will be, 0 if unknown.

    >>> monitor = Monitor()
    >>> for epoch in range(30):
    ...     judgement = monitor.update(train=0.9**epoch, val=0.6**epoch + 0.02 * epoch)
    ...     if judgement.stop:
    ...         break
    >>> judgement.verdict, judgement.best
    ('overfitting', 6)
    """

    def __init__(
        self,
        *,
        higher_is_better: bool = False,
        unit: str = "epoch",
        first: int = 1,
        framework: str = "",
        planned: int = 0,
    ) -> None:
        self._higher_is_better = higher_is_better
        self._framework = framework
        self._planned = planned
        self._detector = Detector(higher_is_better=higher_is_better)
        self._span = SpanMean()
        self._edges = [0]
        self._losses = _Losses(unit, first, array("d"), array("d"))
        self._broken = 0
        """Evaluations in a row up to the last with a loss that is not finite."""
        self._since_broken = 0
        """Evaluations since the last of these."""
        self._all_broken = False

    def update(self, train: float | None = None, val: float | None = None) -> Judgement:
        """Add an evaluation with its losses, None for one that was not measured, and return the verdict after it.

        NaN and infinite losses are data. A loss may be anything that ``float`` takes, such as a tensor with one value.
        """
        self._add(None if train is None else float(train), None if val is None else float(val))
        return self.judgement()

    def _add(self, train: float | None, val: float | None) -> None:
        losses = self._losses
        losses.trains.append(math.nan if train is None else train)
        losses.vals.append(math.nan if val is None else val)
        losses.has_train |= train is not None
        losses.has_validation |= val is not None
        self._note_broken([not abs(loss) < DEFAULTS.max_loss for loss in (train, val) if loss is not None])
        if (means := self._span.add(train, val)) is not None:
            self._edges.append(len(losses.trains))
            self._detector.update_verdict(*means)

    def _note_broken(self, broken: list[bool]) -> None:
        """Count an evaluation of whose losses so many are *broken*, that is, not finite."""
        is_broken = any(broken)
        self._broken = self._broken + 1 if is_broken else 0
        self._since_broken = 0 if is_broken else self._since_broken + 1
        self._all_broken = len(broken) > 1 and all(broken)

    def judgement(self) -> Judgement:
        """Return the verdict after the last evaluation."""
        losses = self._losses
        assessment = in_evaluations(
            self._detector.assessment(), self._edges, losses.judged, higher_is_better=self._higher_is_better
        )
        return Judgement(
            verdict=assessment.verdict.value,
            word=assessment.word,
            severity=assessment.severity.value if assessment.severity else None,
            is_weak=assessment.is_weak,
            probability=assessment.probability,
            confidence=assessment.confidence,
            onset=assessment.onset,
            best=assessment.best,
            best_value=assessment.best_value,
            evaluations=len(losses.trains),
            stop=self._should_stop(assessment),
            evidence=evidence_sentences(assessment.evidence, losses),
            advice=advise(assessment, self._facts(assessment)),
        )

    def _should_stop(self, assessment: Assessment) -> bool:
        """Return whether the verdict is one to stop for, is firm, and has lasted."""
        if assessment.is_weak or assessment.detected is None:
            return False
        count = len(self._losses.trains)
        held = count - assessment.detected
        if assessment.verdict is Verdict.DIVERGED:
            return self._has_diverged_for_good(held)
        return assessment.verdict is Verdict.OVERFITTING and held >= max(_MIN_HELD, _HELD_SHARE * count)

    def _has_diverged_for_good(self, held: int) -> bool:
        """Return whether a divergence, *held* evaluations old, has lasted: a single NaN of validation may be a slip."""
        if self._broken:
            return self._all_broken or self._broken >= _MIN_BROKEN
        return min(held, self._since_broken) >= DEFAULTS.recovery_evaluations

    def _facts(self, assessment: Assessment) -> RunFacts:
        """Return what advice is made of."""
        losses, count = self._losses, len(self._losses.trains)
        if not count:
            return RunFacts(self._framework)
        return RunFacts(
            framework=self._framework,
            unit=losses.unit,
            evaluations=count,
            planned_evaluations=max(count, self._planned),
            planned_end=float(losses.first + self._planned - 1) if self._planned else None,
            has_validation=losses.has_validation,
            judged_score="score" if self._higher_is_better else "",
            first=losses.evaluation(0),
            best=None if assessment.best is None else losses.evaluation(assessment.best),
            now=losses.evaluation(count - 1),
            noise=_noise(losses.judged),
        )


def judge(
    train: Iterable[float | None] | None = None,
    val: Iterable[float | None] | None = None,
    *,
    higher_is_better: bool = False,
    unit: str = "epoch",
    first: int = 1,
    framework: str = "",
) -> Judgement:
    """Return the verdict on a training whose losses are at hand: lists, arrays or columns of pandas, None for missing.

    Raise ValueError if both are given and differ in length. The options are those of :class:`Monitor`.

    >>> judge(val=[0.9, 0.7, 0.6, 0.55, 0.52, 0.5]).verdict
    'learning'
    """
    trains, vals = (None if column is None else list(column) for column in (train, val))
    if trains is not None and vals is not None and len(trains) != len(vals):
        raise ValueError(f"train has {len(trains)} values but val has {len(vals)}; give None where one is missing")
    monitor = Monitor(higher_is_better=higher_is_better, unit=unit, first=first, framework=framework)
    count = len(trains if trains is not None else vals or [])
    for index in range(count):
        losses = (None if column is None else column[index] for column in (trains, vals))
        monitor._add(*(None if loss is None else float(loss) for loss in losses))
    return monitor.judgement()


def _noise(losses: array[float]) -> float:
    """Return the standard deviation of one loss about its trend, 0 if it cannot be told."""
    finite = [loss for loss in losses[-_NOISE_VALUES:] if math.isfinite(loss)]
    noise = third_difference_std(finite) / THIRD_DIFFERENCE_GAIN
    return noise if math.isfinite(noise) else 0.0
