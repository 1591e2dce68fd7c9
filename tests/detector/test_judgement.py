from __future__ import annotations

import math
from itertools import pairwise

import pytest
from tests.support.loss_curves import assess, falling, noisy, sentences

from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.detector import DEFAULTS

SEEDS = range(8)


def times_noise(values: list[float], sigma: float, seed: int) -> list[float]:
    """Return *values* with noise in proportion to them."""
    return [
        value * math.exp(noise) for value, noise in zip(values, noisy([0.0] * len(values), sigma, seed), strict=True)
    ]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("train_end", [0.6, 1e-5])
def test_a_plateau_has_converged_also_below_train_and_beside_a_train_at_its_floor(train_end: float, seed: int) -> None:
    train = times_noise(falling(80, 1.5, train_end, 5), 0.02, seed)
    last = assess(train, times_noise(falling(80, 1.2, 0.3, 5), 0.01, seed + 50))[-1]
    assert last.verdict is Verdict.CONVERGED
    assert "undecided" not in last.flags


def test_what_cannot_be_told_is_said_in_the_evidence_and_by_a_flag() -> None:
    val = noisy([*falling(20, 1.0, 0.7), *[0.7] * 10], 0.15, 3)
    assessments = assess([loss * 0.9 for loss in val], val)
    undecided = [(i, each) for i, each in enumerate(assessments) if "undecided" in each.flags]
    assert undecided
    for index, each in undecided:
        assert each.confidence < 0.8
        start = "cannot be told yet: " if each.verdict is Verdict.WARMING_UP else "not beyond doubt: "
        assert any(one.startswith(start) for one in sentences(each, val[: index + 1], val[: index + 1]))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sigma", [0.02, 0.3])
def test_a_fall_over_decades_in_noise_of_its_own_size_is_learning_and_not_unstable(sigma: float, seed: int) -> None:
    val = times_noise([2000 * 10 ** (-2.5 * i / 80) for i in range(80)], sigma, seed)
    verdicts = [each.verdict for each in assess([loss * 0.9 for loss in val], val)]
    assert Verdict.UNSTABLE not in verdicts
    assert verdicts[-1] is Verdict.LEARNING


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fall_in_jumps_is_learning(seed: int) -> None:
    levels = [2110, 1800, 1300, 900, 700, 500, 300, 190]
    val = times_noise([float(level) for level in levels for _ in range(6)], 0.02, seed)
    assert assess([loss * 0.9 for loss in val], val)[-1].verdict is Verdict.LEARNING


@pytest.mark.parametrize("seed", SEEDS)
def test_a_validation_that_rises_clearly_has_not_converged(seed: int) -> None:
    val = falling(30, 1.2, 0.33, 5) + [0.33 + 0.002 * i for i in range(40)]
    train = falling(70, 1.2, 0.33, 5)
    assert assess(noisy(train, 0.004, seed), noisy(val, 0.004, seed + 50))[-1].verdict is not Verdict.CONVERGED


def test_a_run_that_has_only_begun_is_not_underfitting() -> None:
    train = [2.303, 2.302, 2.302, 2.301, 2.300, 2.296, 2.28, 2.2, 2.0, 1.7, 1.4, 1.2]
    verdicts = [each.verdict for each in assess(train, [loss + 0.001 for loss in train])]
    assert Verdict.UNDERFITTING not in verdicts
    assert verdicts[-1] is Verdict.LEARNING


@pytest.mark.parametrize("seed", SEEDS)
def test_losses_that_stay_at_chance_in_noise_are_underfitting(seed: int) -> None:
    train, val = times_noise([0.693] * 40, 0.05, seed), times_noise([0.694] * 40, 0.01, seed + 50)
    assert assess(train, val)[-1].verdict is Verdict.UNDERFITTING


@pytest.mark.parametrize("seed", SEEDS)
def test_train_and_validation_that_rise_by_a_quarter_together_have_no_verdict(seed: int) -> None:
    val = falling(20, 1.0, 0.4, 4) + [0.4 * (1 + 0.25 * i / 40) for i in range(40)]
    train = falling(20, 1.0, 0.35, 4) + [0.35 * (1 + 0.25 * i / 40) for i in range(40)]
    last = assess(noisy(train, 0.002, seed), noisy(val, 0.002, seed + 50))[-1]
    assert (last.verdict, last.is_weak) == (Verdict.WARMING_UP, True)
    assert "rose from" in last.evidence[1].text


@pytest.mark.parametrize("floor", [0.0, 0.001])
def test_a_train_that_was_at_its_floor_from_the_start_is_not_underfitting(floor: float) -> None:
    verdicts = {each.verdict for each in assess([floor] * 14, [0.3 + 0.03 * i for i in range(14)])}
    assert verdicts.isdisjoint({Verdict.UNDERFITTING, Verdict.CONVERGED, Verdict.DIVERGED})


def test_a_loss_of_exactly_0_from_the_start_on_is_not_called_underfitting() -> None:
    last = assess([0.0] * 20, [0.0] * 20)[-1]
    assert last.verdict is Verdict.WARMING_UP
    assert "cannot be told yet: validation loss is 0 since the start" in sentences(last, [0.0] * 20, [0.0] * 20)[0]


def test_the_newest_quarter_is_compared_with_the_quarter_before_not_with_itself() -> None:
    val = [2.0] * 4 + falling(36, 2.0, 0.0, 12)
    text = sentences(assess([loss * 0.9 for loss in val], val)[-1], val, val)[-1]
    assert text.startswith("the last quarter of the run is ")
    assert 40 < float(text.split("is ")[1].split(" %")[0]) < 100


def test_validation_may_start_to_rise_only_beside_verdicts_that_do_not_say_worse() -> None:
    train = falling(30) + [0.3 + 0.03 * i for i in range(30)]
    val = falling(30, 2.1, 0.4) + [0.4 + 0.03 * i for i in range(30)]
    worse = (Verdict.DIVERGED, Verdict.UNSTABLE, Verdict.OVERFITTING)
    assert not any(each.watch for each in assess(train, val) if each.verdict in worse)


def test_a_last_evaluation_that_repeats_the_best_is_not_called_a_rise() -> None:
    train, val = falling(30, 2, 0.05), [*falling(12, 2, 0.3, 3), *[0.35 + 0.03 * i for i in range(17)]]
    val += [min(val)]
    last = assess(train, val)[-1]
    assert last.verdict is Verdict.OVERFITTING
    text = sentences(last, train, val)[0]
    assert text.startswith("validation loss rose from 0.3435 (epoch 11) to 0.83 (epoch 28)")
    assert text.endswith("is back at 0.3435 (epoch 29), as if the best checkpoint had been loaded")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_verdict_that_was_sure_becomes_a_maybe_only_when_the_probability_has_clearly_fallen(seed: int) -> None:
    val = noisy([*falling(25, 2.1, 0.4), *[0.42 + 0.004 * i for i in range(60)]], 0.03, seed)
    assessments = assess(falling(85, 2, 0.1, 12), val)
    for before, now in pairwise(assessments):
        if before.verdict is now.verdict is Verdict.OVERFITTING and now.is_weak and not before.is_weak:
            assert now.probability <= 0.8


def test_one_high_train_loss_is_not_called_a_rise_of_train_beside_overfitting() -> None:
    train = falling(40, 2, 0.05, 12)
    train[-1] = 2.0
    val = falling(12, 2, 0.3, 3) + [0.35 + 0.03 * i for i in range(28)]
    last = assess(train, val)[-1]
    assert last.verdict is Verdict.OVERFITTING
    assert not any(sentence.startswith("train rose") for sentence in sentences(last, train, val))


@pytest.mark.parametrize("seed", range(30))
def test_the_first_evaluations_of_a_slow_start_are_at_most_maybe_underfitting(seed: int) -> None:
    train = noisy(falling(19, 2.3, 0.05, 500), 0.02, seed)
    val = noisy(falling(19, 2.3, 0.8, 300), 0.06, seed + 99)
    underfitting = [each for each in assess(train, val) if each.verdict is Verdict.UNDERFITTING]
    assert all(each.is_weak for each in underfitting)
    assert all("may only learn slowly at first" in each.evidence[-1].text for each in underfitting)


def test_a_run_that_has_not_moved_for_long_is_underfitting_for_sure() -> None:
    last = assess(noisy([2.303] * 40, 0.003), noisy([2.303] * 40, 0.004, 2))[-1]
    assert (last.verdict, last.is_weak) == (Verdict.UNDERFITTING, False)


@pytest.mark.parametrize("seed", range(10))
def test_train_and_validation_that_double_in_a_smooth_line_are_not_unstable_but_diverged(seed: int) -> None:
    rise = [0.5 + 0.5 * i / 29 for i in range(30)]
    train = times_noise(falling(20, 2.3, 0.5, 4) + rise, 0.01, seed)
    val = times_noise(falling(20, 2.3, 0.6, 4) + [1.2 * loss for loss in rise], 0.02, seed + 99)
    assessments = assess(train, val)
    assert Verdict.UNSTABLE not in {each.verdict for each in assessments}
    assert assessments[-1].verdict is Verdict.DIVERGED
    assert "and train got worse too" in assessments[-1].evidence[0].text


def test_a_run_that_improves_while_it_still_counts_as_converged_says_so_and_does_not_blame_noise() -> None:
    cycles = [math.exp(-i / 60) * (0.3 + math.exp(-(i % 30) / 6)) for i in range(120)]
    assessments = assess(times_noise(cycles, 0.01, 1), times_noise([loss + 0.1 for loss in cycles], 0.01, 2))
    doubts = [each.evidence[-1].text for each in assessments if each.verdict is Verdict.CONVERGED and each.is_weak]
    assert any("has improved over the last quarter of the run, and its best was" in doubt for doubt in doubts)


@pytest.mark.parametrize("seed", [0, 4, 7, 49, 51])
def test_a_maybe_is_no_surer_than_what_would_make_it_firm(seed: int) -> None:
    val = noisy(falling(60, 2.3, 0.52, 15), 0.015, seed + 99)
    assessments = assess(noisy(falling(60, 2.2, 0.43, 15), 0.005, seed), val)
    maybes = [each.confidence for each in assessments if each.is_weak and each.verdict in HEALTHY]
    assert maybes
    assert max(maybes) <= DEFAULTS.firm_confidence
