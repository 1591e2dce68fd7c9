"""Judges a training while it runs, one evaluation after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from lossmon.advice import RunFacts, advise
from lossmon.core.assessment import Assessment
from lossmon.core.cause import CAUSES_BY_TREND, Cause
from lossmon.core.evidence_text import evidence_sentences
from lossmon.core.score import Score
from lossmon.core.verdict import Verdict
from lossmon.detector import DEFAULTS, Detector, SpanMean, in_evaluations
from lossmon.training.judgement import JudgedScore, Judgement
from lossmon.training.losses import Losses
from lossmon.training.scores import Mode, Scores, describe

_HELD_SHARE, _MIN_HELD = 0.05, 2
"""How long overfitting must have lasted before it is time to stop: a share of the evaluations, and at least so many."""
_MIN_BROKEN = 2
"""Evaluations in a row that are not finite before it is time to stop, if train is still finite."""


class Monitor:
    """Judges a training: call :meth:`update` after each evaluation.

    *unit* is what an evaluation counts, and *first* the number of the first one, for sentences. *framework* chooses
    the calls in advice: ``keras``, ``lightning``, ``pytorch``, ``xgboost``. *planned* is how many evaluations there
    will be, 0 if unknown. *modes* says of scores whether a higher one is better, where their name does not tell it:
    ``{"elo": "max"}``.

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
        modes: Mapping[str, Mode] | None = None,
    ) -> None:
        self._higher_is_better = higher_is_better
        self._framework = framework
        self._planned = planned
        self._detector = Detector(higher_is_better=higher_is_better)
        self._span = SpanMean()
        self._edges = [0]
        self._losses = Losses(unit, first)
        self._scores = Scores(modes or {})
        self._broken = 0
        """Evaluations in a row up to the last with a loss that is not finite."""
        self._since_broken = 0
        """Evaluations since the last of these."""
        self._all_broken = False

    def update(
        self,
        train: float | None = None,
        val: float | None = None,
        *,
        at: float | None = None,
        **scores: float | None,
    ) -> Judgement:
        """Add an evaluation with its losses, None for one that was not measured, and return the verdict after it.

        NaN and infinite losses are data. A loss may be anything that ``float`` takes, such as a tensor with one value.
        *at* is the epoch or step of the evaluation, where that is not simply the next one. *scores* are of the same
        validation set: ``accuracy=0.9``. While one of them still improves, a loss that rises is no reason to stop.

        >>> monitor = Monitor()
        >>> for epoch in range(30):
        ...     judgement = monitor.update(0.9**epoch, 0.6**epoch + 0.02 * epoch, accuracy=1 - 0.5 * 0.95**epoch)
        >>> judgement.stop, judgement.score.trend
        (False, 'improving')
        """
        index = self._add(*map(_number, (train, val, at)))
        self._scores.add(index, scores)
        return self.judgement()

    def _add(self, train: float | None, val: float | None, at: float | None = None) -> int:
        """Add an evaluation and return its index."""
        self._losses.add(train, val, at)
        self._note_broken([not abs(loss) < DEFAULTS.max_loss for loss in (train, val) if loss is not None])
        count = len(self._losses.x)
        if (means := self._span.add(train, val)) is not None:
            self._edges.append(count)
            self._detector.update_verdict(*means)
        return count - 1

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
        score = self._score(assessment)
        assessment, evidence = self._beside(score, assessment)
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
            evaluations=len(losses.x),
            stop=self._should_stop(assessment),
            evidence=evidence,
            advice=advise(assessment, self._facts(assessment, score)),
            flags=assessment.flags,
            score=_judged_score(score),
        )

    def _score(self, assessment: Assessment) -> Score | None:
        """Return the score to tell beside a loss that rises."""
        if assessment.verdict is not Verdict.OVERFITTING or self._higher_is_better:
            return None
        return self._scores.judged(len(self._losses.x), assessment.best)

    def _beside(self, score: Score | None, assessment: Assessment) -> tuple[Assessment, tuple[str, ...]]:
        """Return *assessment* with the flag of the score, and the evidence with its sentence as the second."""
        evidence = evidence_sentences(assessment.evidence, self._losses)
        if score is None or not (sentence := describe(score, self._losses, assessment.best)):
            return assessment, evidence
        evidence = (*evidence[:1], sentence, *evidence[1:])
        cause = CAUSES_BY_TREND.get(score.trend)
        if cause is None:
            return assessment, evidence
        return replace(assessment, flags=(*assessment.flags, cause.value)), evidence

    def _should_stop(self, assessment: Assessment) -> bool:
        """Return whether the verdict is one to stop for, is firm, and has lasted."""
        if assessment.is_weak or assessment.detected is None or Cause.SCORE_IMPROVES.value in assessment.flags:
            return False
        count = len(self._losses.x)
        held = count - assessment.detected
        if assessment.verdict is Verdict.DIVERGED:
            return self._has_diverged_for_good(held)
        return assessment.verdict is Verdict.OVERFITTING and held >= max(_MIN_HELD, _HELD_SHARE * count)

    def _has_diverged_for_good(self, held: int) -> bool:
        """Return whether a divergence, *held* evaluations old, has lasted: a single NaN of validation may be a slip."""
        if self._broken:
            return self._all_broken or self._broken >= _MIN_BROKEN
        return min(held, self._since_broken) >= DEFAULTS.recovery_evaluations

    def _facts(self, assessment: Assessment, score: Score | None) -> RunFacts:
        """Return what advice is made of."""
        losses, count = self._losses, len(self._losses.x)
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
            noise=losses.noise,
            score=score,
            score_labels=(losses.label(score.best), losses.label(score.last)) if score else ("", ""),
        )


def _judged_score(score: Score | None) -> JudgedScore | None:
    if score is None:
        return None
    values = score.best_value, score.last_value
    return JudgedScore(score.name, score.higher_is_better, score.best, *values, score.trend.value)


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
    missing: list[float | None] = [None] * len(trains if trains is not None else vals or [])
    for losses in zip(missing if trains is None else trains, missing if vals is None else vals, strict=True):
        monitor._add(*map(_number, losses))
    return monitor.judgement()


def _number(loss: float | None) -> float | None:
    return None if loss is None else float(loss)
