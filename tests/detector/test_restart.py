from __future__ import annotations

import math
from itertools import pairwise

import pytest
from tests.support.loss_curves import assess, falling, turning

from lossmon.core.verdict import Verdict


@pytest.mark.parametrize("period", [5, 8, 20])
def test_a_train_that_jumps_up_and_falls_again_does_not_wipe_the_memory_of_validation(period: int) -> None:
    train = [0.2 + 0.8 * math.exp(-(i % period) / 4) * math.exp(-i / 80) for i in range(80)]
    last = assess(train, turning(80, turn=30, slope=0.004))[-1]
    assert "restarted" not in last.flags
    assert last.best == 30


def test_train_and_validation_that_both_jump_up_and_fall_again_are_a_restart() -> None:
    last = assess(falling(20, pace=5) * 2, falling(20, end=0.4, pace=5) + falling(20, end=0.5, pace=5))[-1]
    assert "restarted" in last.flags
    assert last.best == 39


@pytest.mark.parametrize("period", [8, 12, 20])
def test_jumps_of_both_that_return_on_a_beat_are_a_cycle_and_wipe_the_memory_only_once(period: int) -> None:
    cycles = 8
    train = [0.1 + 1.9 * math.exp(-(i % period) / 3) for i in range(period * cycles)]
    assessments = assess(train, [loss + 0.1 for loss in train])
    changes = [before.verdict is not after.verdict for before, after in pairwise(assessments)]
    assert sum(changes) <= 3 + len(train) / 10
    assert assessments[-1].verdict is not Verdict.WARMING_UP
