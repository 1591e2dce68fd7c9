"""What the curves beside the judged loss tell of a run: its score, causes that explain it, and facts for advice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from lossmon.advice import RunFacts, advise
from lossmon.core.assessment import Advice, Assessment
from lossmon.core.cause import OVER_CONFIDENT, Cause, causes_of
from lossmon.core.evidence_text import evidence_sentences
from lossmon.core.score import Score
from lossmon.core.snapshot import Curve, EvaluatedSet, EvaluationHistory, VerdictChange
from lossmon.core.text import Name
from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.runs.causes import find_causes
from lossmon.runs.facts import collect_facts
from lossmon.runs.score import describe_score, evaluate_score, find_score
from lossmon.runs.series import Series
from lossmon.runs.tag_selection import TagSelection
from lossmon.sources.protocol import RunInfo


@dataclass(frozen=True, slots=True)
class Companions:
    """What is known of a run beside its verdict."""

    assessment: Assessment
    """The assessment with the flags of the causes."""
    score: Score | None
    causes: Mapping[Cause, str]
    """For each cause that holds, a sentence with its numbers."""
    facts: RunFacts
    history: EvaluationHistory | None
    timeline: tuple[VerdictChange, ...] = ()
    """The verdicts so far, with what the causes leave of them."""

    @property
    def advice(self) -> tuple[Advice, ...]:
        """What to try."""
        return advise(self.assessment, self.facts)

    @property
    def evidence(self) -> tuple[str, ...]:
        """The evidence in sentences: first why nothing is learned, other causes after the first measurement."""
        if self.history is None:
            return ()
        sentences = evidence_sentences(self.assessment.evidence, self.history)
        first = [sentence for cause, sentence in self.causes.items() if cause.stops_learning]
        told = [cause for cause in causes_of(tuple(self.causes)) if not cause.stops_learning]
        rest = [self.causes[cause] for cause in told]
        return (*first, *sentences[:1], *rest, *self._score_sentence(), *sentences[1:])

    def _score_sentence(self) -> Iterable[str]:
        """Yield that the score gets worse with the loss, if it does."""
        is_told = any(cause in self.causes for cause in OVER_CONFIDENT)
        if self.score is None or self.history is None or is_told or self.assessment.onset is None:
            return
        if sentence := describe_score(self.score, self.history, self.assessment.best):
            yield sentence


def read_companions(
    series: Mapping[Name, Series],
    selection: TagSelection,
    train: Curve | None,
    judged: EvaluatedSet,
    info: RunInfo,
    *,
    flags: Iterable[str],
    planned_end: float | None,
) -> Companions:
    """Return what the curves in *series* tell beside the *judged* validation set; *flags* are added to its flags."""
    history, assessment = judged.history, judged.assessment
    score = _score(series, selection, judged, info)
    causes = find_causes(series, selection, train, judged, score)
    all_flags = dict.fromkeys((*assessment.flags, *flags, *(cause.value for cause in causes)))
    if Cause.FAR_BELOW_TRAIN not in causes:
        all_flags.pop(Cause.FAR_BELOW_TRAIN.value, None)
    if tuple(all_flags) != assessment.flags:
        assessment = replace(assessment, flags=tuple(all_flags))
    assessment = _with_causes(assessment, causes, is_by_score=selection.higher_is_better)
    is_by_loss = Cause.REINFORCEMENT in causes and not selection.higher_is_better
    judged_score = _judged_tag(judged, train) if selection.higher_is_better else ""
    facts = collect_facts(
        info, series, history, assessment, score, causes, judged_score=judged_score, planned_end=planned_end
    )
    timeline = _weak_by_loss(judged.timeline) if is_by_loss else judged.timeline
    return Companions(assessment, score, causes, facts, history, timeline)


def _with_causes(assessment: Assessment, causes: Iterable[Cause], *, is_by_score: bool) -> Assessment:
    """Return *assessment* with the verdict that *causes* leave: less is sure where the loss says little."""
    verdict = assessment.verdict
    if verdict in HEALTHY and any(cause.stops_learning for cause in causes):
        # The weights do not change any more, so the loss stays where it is.
        measured = tuple(one for one in assessment.evidence if one.at)  # that is, without any doubt and any trend
        sure = replace(assessment, verdict=Verdict.CONVERGED, confidence=1.0, is_weak=False)
        return replace(sure, evidence=measured, reasons=())
    if Cause.REINFORCEMENT in causes and not is_by_score and verdict not in _HOLD_BY_LOSS:
        return replace(assessment, is_weak=True, confidence=min(_LITTLE_CONFIDENCE, assessment.confidence))
    return assessment


_HOLD_BY_LOSS = (Verdict.DIVERGED, Verdict.WARMING_UP)
"""What the loss of reinforcement learning tells as well as any other."""
_LITTLE_CONFIDENCE = 0.5
"""Confidence, at most, in any other verdict by such a loss."""


def _weak_by_loss(timeline: Iterable[VerdictChange]) -> tuple[VerdictChange, ...]:
    """Return the *timeline* of a run of reinforcement learning that is judged by its loss."""
    weak = (one if one.verdict in _HOLD_BY_LOSS else replace(one, is_weak=True) for one in timeline)
    kept: list[VerdictChange] = []
    for one in weak:
        if not kept or (one.verdict, one.is_weak) != (kept[-1].verdict, kept[-1].is_weak):
            kept.append(one)
    return tuple(kept)


def _judged_tag(judged: EvaluatedSet, train: Curve | None) -> str:
    curve = judged.val or train
    return curve.tag.text if curve else ""


def _score(series: Mapping[Name, Series], selection: TagSelection, judged: EvaluatedSet, info: RunInfo) -> Score | None:
    if judged.history is None or judged.val is None:
        return None
    found = find_score(series, replace(selection, val=(judged.val.tag,)), info.best_metric)
    return found and evaluate_score(found, series, judged.history, judged.assessment.best)
