"""The rules in common use, and those of other programs; each says at each evaluation whether it reports overfitting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from tests.bench.histories.programs import PROGRAMS
from tests.bench.histories.rule import Rule

from lossmon.advice import MIN_PATIENCE, PATIENCE_SHARE
from lossmon.core.verdict import Verdict
from lossmon.detector import AdditiveModel, Detector


def patience(epochs: int) -> Rule:
    """Early stopping: no new best for *epochs* epochs, as in Keras and Lightning with a least change of zero."""

    def rule(train: Sequence[float], val: Sequence[float]) -> list[bool]:
        reported, best, since = [], float("inf"), 0
        for value in val:
            since = 0 if value < best else since + 1
            best = min(best, value)
            reported.append(since >= epochs)
        return list(accumulate(reported, bool.__or__))

    return rule


def relative_patience(share: float) -> Rule:
    """Early stopping with a patience of this *share* of the run, which lossmon suggests; at least three epochs."""

    def rule(train: Sequence[float], val: Sequence[float]) -> list[bool]:
        return patience(max(MIN_PATIENCE, math.ceil(share * len(val))))(train, val)

    return rule


def generalisation_loss(train: Sequence[float], val: Sequence[float]) -> list[bool]:
    """Prechelt's GL5: validation is five per cent over its best."""
    return [value - best > 0.05 * abs(best) for value, best in zip(val, accumulate(val, min), strict=True)]


def successive_rises(train: Sequence[float], val: Sequence[float]) -> list[bool]:
    """Prechelt's UP3: validation rose in each of three strips of five epochs in a row."""
    ends = val[4::5]
    reported = [False] * len(val)
    for at in range(3, len(ends)):
        if all(ends[at - back] > ends[at - back - 1] for back in range(3)):
            reported[at * 5 + 4] = True
    return list(accumulate(reported, bool.__or__))


def gap_ratio(train: Sequence[float], val: Sequence[float]) -> list[bool]:
    """SageMaker Debugger's Overfit rule: validation exceeds train by a tenth."""
    return [v - t > 0.1 * abs(t) for t, v in zip(train, val, strict=True)]


def loss_and_gap(train: Sequence[float], val: Sequence[float]) -> list[bool]:
    """GL5 and the gap ratio, both at this evaluation."""
    return [a and b for a, b in zip(generalisation_loss(train, val), gap_ratio(train, val), strict=True)]


def lossmon(model: AdditiveModel | None = None) -> Rule:
    """The detector of this project, with *model* in place of that of the package."""

    def rule(train: Sequence[float], val: Sequence[float]) -> list[bool]:
        detector = Detector(model=model)
        return [detector.update_verdict(t, v) is Verdict.OVERFITTING for t, v in zip(train, val, strict=True)]

    return rule


RULES: dict[str, Rule] = {
    **{f"early stopping, patience {epochs}": patience(epochs) for epochs in (3, 5, 10, 20)},
    "early stopping, patience 30 % of the run": relative_patience(PATIENCE_SHARE),
    "Prechelt GL5": generalisation_loss,
    "Prechelt UP3": successive_rises,
    "SageMaker Debugger, Overfit": gap_ratio,
    "GL5 and gap": loss_and_gap,
    **PROGRAMS,
}
