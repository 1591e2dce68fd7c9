from __future__ import annotations

import math
from itertools import pairwise

import pytest
from tests.support.loss_curves import assess, falling, sentences

from lossmon.core.verdict import Verdict

NAN = math.nan


@pytest.mark.parametrize("beat", [2, 3, 5])
def test_a_validation_that_is_nan_on_a_beat_is_judged_by_its_finite_values(beat: int) -> None:
    val = [loss if i % beat == beat - 1 else NAN for i, loss in enumerate(falling(100, end=0.3, pace=60))]
    verdicts = [each.verdict for each in assess(falling(100, pace=60), val)]
    assert verdicts[0] is Verdict.DIVERGED
    assert verdicts[-1] is Verdict.LEARNING
    assert sum(before is not after for before, after in pairwise(verdicts)) <= 3


def test_a_loss_that_came_back_is_said_to_be_finite_again_and_where_it_was_not() -> None:
    train, val = falling(40), falling(40, end=0.3)
    val[10] = val[11] = NAN
    last = assess(train, val)[-1]
    assert last.verdict is not Verdict.DIVERGED
    assert {"non-finite", "finite-again"} <= set(last.flags)
    assert sentences(last, train, val)[-1] == "validation loss was NaN from epoch 10 to epoch 11, and is finite again"


def test_more_in_a_row_than_ever_before_is_a_divergence_again() -> None:
    val = falling(40, end=0.3)
    val[10] = NAN
    val[30:] = [NAN] * 10
    verdicts = [each.verdict for each in assess(falling(40), val)]
    assert verdicts[30] is not Verdict.DIVERGED
    assert {*verdicts[32:]} == {Verdict.DIVERGED}
