from __future__ import annotations

import random

import pytest
from tests.support.loss_curves import Losses, assess, noisy

from lossmon.core.verdict import Verdict

OVERFITTING = Verdict.OVERFITTING


def is_surely_overfitting(train: Losses, val: Losses) -> bool:
    """Return whether that was said after any of the evaluations."""
    return any(each.verdict is OVERFITTING and not each.is_weak for each in assess(train, val))


def test_validation_that_rises_is_no_overfitting_beside_a_train_that_ends_above_where_it_was_at_the_best() -> None:
    train, val = [2.07, 1.385, 1.35, 1.11, 0.45, 1.63], [1.12, 0.446, 0.59, 1.49, 1.79, 1.63]
    assert assess(train, val)[-1].verdict is not OVERFITTING


def test_ten_evaluations_of_nothing_but_noise_are_hardly_ever_called_overfitting_for_sure() -> None:
    runs = [random.Random(seed) for seed in range(300)]
    noise = [([r.gauss(1.2, 0.5) for _ in range(10)], [r.gauss(1.0, 0.7) for _ in range(10)]) for r in runs]
    positive = [([abs(loss) for loss in train], [abs(loss) + 0.1 for loss in val]) for train, val in noise]
    assert sum(is_surely_overfitting(train, val) for train, val in positive) <= 6


@pytest.mark.parametrize("seed", range(10))
def test_a_short_run_that_turns_beside_a_train_that_falls_steadily_overfits_for_sure(seed: int) -> None:
    train = noisy([1.1, 0.6, 0.32, 0.16, 0.08], 0.005, seed)
    assert is_surely_overfitting(train, noisy([0.42, 0.38, 0.45, 0.55, 0.66], 0.005, seed + 99))
