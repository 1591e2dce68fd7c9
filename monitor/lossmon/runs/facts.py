"""Collects the facts of a run that advice is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lossmon.advice import BOOSTING, Evaluation, LearningRate, RunFacts
from lossmon.core.assessment import Assessment
from lossmon.core.cause import Cause
from lossmon.core.evidence_text import EvaluationText
from lossmon.core.points import Floats
from lossmon.core.score import Score
from lossmon.core.snapshot import Curve, EvaluatedSet, EvaluationHistory
from lossmon.core.text import Name
from lossmon.detector import white_noise_std
from lossmon.runs.causes import learning_rates
from lossmon.runs.series import Series
from lossmon.runs.step_to_epoch import epochs_at, find_epoch_scalar, is_named_epoch
from lossmon.sources.protocol import RunInfo

_NOISE_VALUES = 64
"""Newest losses from which the noise is estimated."""


def collect_facts(
    info: RunInfo,
    series: Mapping[Name, Series],
    history: EvaluationHistory | None,
    assessment: Assessment,
    score: Score | None,
    causes: Mapping[Cause, str],
    *,
    judged_score: str,
    planned_end: float | None,
) -> RunFacts:
    """Return the facts of a run with this *history*; *series* are all its curves, *info* is what its log says.

    *judged_score* is the tag of the score that is judged, empty if it is a loss.
    """
    if history is None:
        return RunFacts(info.framework, causes=causes)
    losses = history.judged
    best = assessment.best
    epochs = find_epoch_scalar(history.axis, [one.curve() for tag, one in series.items() if is_named_epoch(tag.text)])
    evaluation = partial(_evaluation, history, epochs=epochs)
    return RunFacts(
        framework=info.framework,
        unit=history.unit or history.axis,
        evaluations=len(losses),
        planned_evaluations=_planned_evaluations(history, planned_end),
        planned_end=planned_end,
        has_validation=history.val is not None,
        judged_score=judged_score,
        first=evaluation(0),
        best=None if best is None else evaluation(best),
        now=evaluation(len(losses) - 1),
        noise=loss_noise(losses),
        learning_rate=_learning_rate(learning_rates(series), history, best),
        train_examples=info.train_examples,
        score=score,
        score_labels=(history.label(score.best), history.label(score.last)) if score else ("", ""),
        causes=causes,
    )


def with_unit(judged: EvaluatedSet, framework: str) -> EvaluatedSet:
    """Return *judged* with its evaluations called rounds if *framework* boosts trees, one in each step."""
    history = judged.history
    if framework not in BOOSTING or history is None or history.axis != "step":
        return judged
    return replace(judged, history=replace(history, unit="round"))


def _planned_evaluations(history: EvaluationHistory, planned_end: float | None) -> int:
    """Return how many evaluations the whole run will have, at the pace so far."""
    count, passed = len(history.x), float(history.x[-1] - history.x[0])
    if planned_end is None or count < 2 or passed <= 0:
        return count
    return max(count, round(1 + (count - 1) * (planned_end - float(history.x[0])) / passed))


def _evaluation(history: EvaluationHistory, index: int, *, epochs: Curve | None) -> Evaluation:
    x = float(history.x[index])
    train = None if history.train is None or history.val is None else float(history.train[index])
    epoch = None if epochs is None else float(epochs_at(epochs, np.array([x]))[0])
    return Evaluation(
        index,
        history.label(index),
        x,
        float(history.judged[index]),
        train if train is not None and math.isfinite(train) else None,
        EvaluationText(history, index).train,
        epoch if epoch is not None and math.isfinite(epoch) else None,
    )


def loss_noise(losses: Floats) -> float:
    """Return the standard deviation of one loss about its trend, 0 if it cannot be told."""
    finite = losses[np.isfinite(losses)][-_NOISE_VALUES:]
    noise = white_noise_std(finite.tolist())
    return noise if math.isfinite(noise) else 0.0


def _learning_rate(rates: Sequence[Curve], history: EvaluationHistory, best: int | None) -> LearningRate | None:
    """Return the learning rate of the group of parameters with the highest one; None if none is logged."""
    usable = [one for one in rates if one.axis == history.axis and len(one.x) and np.isfinite(one.value).all()]
    if not usable or best is None:
        return None
    rate = max(usable, key=lambda one: float(one.value.max()))
    at_best, now = (float(rate.value[max(0, _until(rate, x) - 1)]) for x in (history.x[best], history.x[-1]))
    return LearningRate(float(rate.value.max()), at_best, now)


def _until(curve: Curve, x: float) -> int:
    """Return how many points of *curve* lie at *x* or before."""
    return int(np.searchsorted(curve.x, x, side="right"))
