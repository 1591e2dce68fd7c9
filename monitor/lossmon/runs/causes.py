"""Causes that the curves beside the loss tell: a loss, gradients or a learning rate of exactly zero, no validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lossmon.core.assessment import Assessment
from lossmon.core.cause import CAUSES_BY_TREND, Cause
from lossmon.core.evidence_text import EvaluationText
from lossmon.core.points import Floats
from lossmon.core.score import Score
from lossmon.core.snapshot import Curve, EvaluatedSet, EvaluationHistory
from lossmon.core.text import Name
from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.runs.rewards import is_episode_reward
from lossmon.runs.score import describe_score
from lossmon.runs.series import Series
from lossmon.runs.tag_parser import is_gradient_norm, is_learning_rate
from lossmon.runs.tag_selection import TagSelection

_MIN_ZEROS = 3
"""Zeros in a row that are no accident."""
_MIN_ZERO_SHARE = {Cause.ZERO_GRADIENT: 0.2, Cause.ZERO_LEARNING_RATE: 0.05}
"""Share of a curve that must be zero at its end; many a schedule ends at 0 on its last step."""
_MAX_ROUNDED_DECIMALS, _MAX_ROUNDED_UNITS = 8, 99
"""A curve of whole multiples of so many decimals, of which the smallest is so few, was rounded: its 0 may be more."""


def gradient_norms(series: Mapping[Name, Series]) -> list[Curve]:
    """Return the curves of gradient norms."""
    return [one.curve() for tag, one in series.items() if is_gradient_norm(tag.text)]


def learning_rates(series: Mapping[Name, Series]) -> list[Curve]:
    """Return the curves of learning rates, one for each group of parameters."""
    return [one.curve() for tag, one in series.items() if is_learning_rate(tag.text)]


def has_no_loss(train: Curve | None, gradients: Sequence[Curve]) -> bool:
    """Return whether a train loss is exactly 0 from the first point on, and no gradient says that it was NaN.

    Hugging Face's Trainer logs a loss of 0 where it is NaN, but then the norm of the gradient is not finite. With every
    label masked both are exactly 0.
    """
    if train is None or len(train.value) < _MIN_ZEROS or train.value.any():
        return False
    return bool(gradients) and not any(curve.value.any() for curve in gradients)


def find_causes(
    series: Mapping[Name, Series],
    selection: TagSelection,
    train: Curve | None,
    judged: EvaluatedSet,
    score: Score | None,
) -> dict[Cause, str]:
    """Return for each cause that holds a sentence with numbers that stand in the log."""
    gradients, rates = gradient_norms(series), learning_rates(series)
    history, assessment = judged.history, judged.assessment
    found = {
        Cause.ZERO_LOSS: _describe_zero_loss(train) if has_no_loss(train, gradients) else "",
        Cause.ZERO_GRADIENT: _describe_zeros(gradients, "gradient norm", Cause.ZERO_GRADIENT),
        Cause.ZERO_LEARNING_RATE: _describe_zeros(rates, "learning rate", Cause.ZERO_LEARNING_RATE),
        Cause.REINFORCEMENT: _describe_reinforcement(series, selection, history, judged.val or train),
        **_score_cause(score, history, assessment),
        Cause.FAR_BELOW_TRAIN: _describe_far_below(history, assessment, selection),
        Cause.NO_VALIDATION: _NO_VALIDATION if Cause.NO_VALIDATION.value in assessment.flags and history else "",
    }
    if selection.is_reward:
        found[Cause.NO_VALIDATION] = ""  # the reward is measured anew in each step
    if found[Cause.ZERO_LOSS]:
        found[Cause.ZERO_GRADIENT] = ""  # it follows from the loss
    return {cause: sentence for cause, sentence in found.items() if sentence}


_NO_VALIDATION = "no validation loss is logged, and train loss alone does not show overfitting"


def _describe_zero_loss(train: Curve | None) -> str:
    assert train is not None
    return f"train loss and gradient norm are exactly 0 at all {len(train.value)} points"


def _describe_zeros(curves: Sequence[Curve], name: str, cause: Cause) -> str:
    """Return since when all *curves* are exactly 0; empty if one is not, or if they may have been rounded."""
    starts = [_start_of_zeros(curve, _MIN_ZERO_SHARE[cause]) for curve in curves]
    if not curves or any(start is None for start in starts):
        return ""
    curve, start = max(zip(curves, (start or 0 for start in starts), strict=True), key=lambda pair: pair[1])
    if cause is Cause.ZERO_LEARNING_RATE and (not start or _is_rounded(curve.value[:start])):
        return ""
    if not start:
        return f"{name} is exactly 0 at all {len(curve.value)} points"
    before = f"{curve.value[start - 1]:.4g} ({curve.axis} {curve.x[start - 1]:.12g})"
    return f"{name} is exactly 0 since {curve.axis} {curve.x[start]:.12g}; before it was {before}"


def _start_of_zeros(curve: Curve, min_share: float) -> int | None:
    """Return the index from which *curve* is 0 up to its end; None if that are too few points."""
    nonzero = np.flatnonzero(curve.value != 0)  # NaN differs from 0
    start = int(nonzero[-1]) + 1 if len(nonzero) else 0
    zeros = len(curve.value) - start
    return start if zeros >= max(_MIN_ZEROS, min_share * len(curve.value)) else None


def _is_rounded(values: Floats) -> bool:
    """Return whether all *values* are whole multiples of a power of ten, so that small ones would become 0.

    >>> _is_rounded(np.array([0.001, 0.0006, 0.0002])), _is_rounded(np.array([0.001, 0.00066667, 0.00033333]))
    (True, False)
    """
    positive = values[np.isfinite(values) & (values > 0)]
    for decimals in range(1, _MAX_ROUNDED_DECIMALS if len(positive) else 0):
        units = positive * 10.0**decimals
        if np.allclose(units, np.round(units), rtol=0, atol=1e-6):
            return bool(units.min() <= _MAX_ROUNDED_UNITS)
    return False


def _describe_reinforcement(
    series: Mapping[Name, Series], selection: TagSelection, history: EvaluationHistory | None, judged: Curve | None
) -> str:
    """Return the first and the last reward; empty if the run is none of reinforcement learning."""
    if selection.is_reward:
        return _describe_reward(history, judged)
    rewards = [one.curve() for tag, one in series.items() if is_episode_reward(tag)]
    longest = max(rewards, key=lambda curve: len(curve.x), default=None)
    if longest is None or judged is None or not len(longest.x):
        return ""
    first, last = (f"{longest.value[at]:.4g} at {longest.axis} {longest.x[at]:.12g}" for at in (0, -1))
    return f"reinforcement learning, whose loss says little: {longest.tag.text} was {first} and is {last}"


def _describe_reward(history: EvaluationHistory | None, reward: Curve | None) -> str:
    if history is None or reward is None or not len(history.x):
        return ""
    values = history.judged
    return (
        f"reinforcement learning is judged by {reward.tag.text}: {values[0]:.4g} ({history.label(0)}), "
        f"now {values[-1]:.4g} ({history.label(len(values) - 1)})"
    )


def _score_cause(score: Score | None, history: EvaluationHistory | None, assessment: Assessment) -> dict[Cause, str]:
    """Return that a run is over-confident: its loss rises, and its score does not get worse."""
    if score is None or history is None or assessment.verdict is not Verdict.OVERFITTING:
        return {}
    cause = CAUSES_BY_TREND.get(score.trend)
    return {cause: describe_score(score, history, assessment.best)} if cause else {}


def _describe_far_below(history: EvaluationHistory | None, assessment: Assessment, selection: TagSelection) -> str:
    if Cause.FAR_BELOW_TRAIN.value not in assessment.flags or history is None or selection.is_reward:
        return ""
    if history.val is None or history.train is None or assessment.verdict not in HEALTHY:
        return ""
    if not selection.higher_is_better and min(history.val[-1], history.train[-1]) < 0:
        return ""  # a negative log-likelihood has no zero to compare with
    kind, way = ("score", "above") if selection.higher_is_better else ("loss", "below")
    now = f"validation {kind} is {history.val[-1]:.4g} ({history.label(len(history.x) - 1)})"
    train = EvaluationText(history, len(history.x) - 1).train
    return f"{now}, far {way} train {kind}, {train}"
