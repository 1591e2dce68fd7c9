from __future__ import annotations

import math

import pytest
from tests.support.loss_curves import assess, falling, noisy, sentences

from lossmon.core.verdict import Verdict

DIVERGED, OVERFITTING = Verdict.DIVERGED, Verdict.OVERFITTING


def collapsing(end: float) -> list[float]:
    return falling(30, start=2.3, end=end) + noisy([2.3] * 20, 0.02, seed=int(end * 10))


def test_losses_that_jump_back_to_where_they_began_have_collapsed_and_do_not_overfit() -> None:
    train, val = collapsing(0.3), collapsing(0.5)
    assessments = assess(train, val)
    assert OVERFITTING not in {each.verdict for each in assessments}
    assert (assessments[-1].verdict, assessments[33].verdict) == (DIVERGED, DIVERGED)
    assert "collapsed" in assessments[-1].flags
    assert sentences(assessments[-1], train, val)[0].startswith("the model has collapsed: validation loss is")


def test_validation_alone_that_jumps_back_and_stays_has_collapsed() -> None:
    last = assess([None] * 50, collapsing(0.5))[-1]
    assert (last.verdict, "collapsed" in last.flags) == (DIVERGED, True)


@pytest.mark.parametrize("seed", range(5))
def test_a_loss_that_explodes_at_once_and_stays_far_above_has_a_learning_rate_far_too_high(seed: int) -> None:
    train, val = [4.0, *noisy([40.0] * 40, 6.0, seed)], [2.3, *noisy([35.0] * 40, 6.0, seed + 9)]
    assessments = assess(train, val)
    assert (assessments[-1].verdict, assessments[6].verdict) == (DIVERGED, DIVERGED)
    assert "learning-rate-too-high" in assessments[-1].flags
    assert sentences(assessments[-1], train, val)[0].startswith("the learning rate is far too high")


@pytest.mark.parametrize("factor", [5, 20, 100])
def test_losses_that_rise_many_times_over_together_have_diverged_and_not_converged(factor: int) -> None:
    rise = [factor ** (i / 19) for i in range(20)] + [factor * 1.0] * 20
    train, val = falling(30, end=0.05) + [0.1 * r for r in rise], falling(30, end=0.08) + [0.12 * r for r in rise]
    assert assess(train, val)[-1].verdict is DIVERGED


@pytest.mark.parametrize("seed", range(20))
def test_train_that_comes_in_noisy_single_batches_beside_a_flat_validation_has_not_diverged(seed: int) -> None:
    train = [
        loss * math.exp(noise) for loss, noise in zip(falling(80, 0.7, 0.2), noisy([0.0] * 80, 0.3, seed), strict=True)
    ]
    val = noisy(falling(80, 0.7, 0.25), 0.006, seed + 99)
    assert DIVERGED not in {each.verdict for each in assess(train, val)}


@pytest.mark.parametrize("seed", range(20))
def test_validation_that_doubles_while_train_stays_at_its_floor_has_not_diverged(seed: int) -> None:
    train = [abs(loss) for loss in noisy([1.0, 0.3, 0.05] + [0.001] * 57, 0.0004, seed)]
    val = falling(15, 1.0, 0.4, 4) + [0.4 + 0.012 * i for i in range(45)]
    assert DIVERGED not in {each.verdict for each in assess(train, noisy(val, 0.01, seed))}


def test_two_bad_evaluations_are_no_divergence() -> None:
    train, val = falling(40), falling(40, end=0.4)
    for i in (25, 26):
        train[i], val[i] = 5.0, 6.0
    assert DIVERGED not in {each.verdict for each in assess(train, val)}


def test_losses_that_return_to_their_range_are_judged_again() -> None:
    train = falling(30, end=0.1) + [3.0] * 6 + falling(60, start=1.0, end=0.1)
    val = falling(30, end=0.2) + [3.0] * 6 + falling(60, start=1.0, end=0.2)
    verdicts = [each.verdict for each in assess(train, val)]
    assert verdicts[33] is DIVERGED
    assert verdicts[-1] is not DIVERGED


def test_a_loss_that_was_low_at_the_very_start_and_has_fallen_ever_since_a_jump_is_learning() -> None:
    train = [0.01, 0.02, 0.03, 0.04, *falling(40, 1.3, 0.05, 10)]
    last = assess(train, [0.01, 0.02, 0.03, 0.04, *falling(40, 1.4, 0.3, 15)])[-1]
    assert last.verdict is Verdict.LEARNING


@pytest.mark.parametrize("seed", range(20))
def test_noise_as_wide_as_the_loss_has_not_diverged(seed: int) -> None:
    train = [abs(loss) + 0.05 for loss in noisy([1.2] * 60, 0.5, seed)]
    val = [abs(loss) + 0.1 for loss in noisy([1.0] * 60, 0.7, seed + 99)]
    assert DIVERGED not in {each.verdict for each in assess(train, val)}


@pytest.mark.parametrize("seed", range(20))
def test_losses_that_swing_within_the_range_they_have_shown_have_not_diverged(seed: int) -> None:
    train = noisy((1 + 0.3 * math.sin(i / 3) for i in range(100)), 0.03, seed)
    val = noisy((1.1 + 0.3 * math.sin(i / 3 + 0.5) for i in range(100)), 0.05, seed + 99)
    assert DIVERGED not in {each.verdict for each in assess(train, val)}


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("pace", [60.0, math.inf])
def test_a_learning_rate_that_is_raised_every_thirty_epochs_does_not_make_a_run_diverge(pace: float, seed: int) -> None:
    cycles = [math.exp(-i / pace) * math.exp(-(i % 30) / 6) for i in range(120)]
    train = noisy((0.3 * math.exp(-i / pace) + loss for i, loss in enumerate(cycles)), 0.005, seed)
    val = noisy((0.5 * math.exp(-i / pace) + loss for i, loss in enumerate(cycles)), 0.01, seed + 99)
    assert DIVERGED not in {each.verdict for each in assess(train, val)}


def test_a_loss_that_swings_and_then_stays_at_the_top_of_its_swings_for_far_longer_has_diverged() -> None:
    swings = [0.3 + 0.25 * math.sin(i / 2) for i in range(40)]
    train = falling(20, end=0.3, pace=3) + swings + [0.55] * 10 + [1.5] * 10
    assert assess(train, [loss + 0.1 for loss in train])[-1].verdict is DIVERGED
