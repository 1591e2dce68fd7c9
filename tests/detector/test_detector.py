from __future__ import annotations

import math
from itertools import pairwise

import pytest
from tests.support.loss_curves import assess, falling, noisy, sentences, turning

from lossmon.core.verdict import Severity, Verdict


def nothing(count: int) -> list[None]:
    return [None] * count


def test_validation_that_rises_while_train_falls_is_overfitting_since_its_minimum() -> None:
    last = assess(falling(40, pace=15), turning(40, turn=12))[-1]
    assert (last.verdict, last.onset, last.best, last.severity) == (Verdict.OVERFITTING, 12, 12, Severity.SEVERE)


@pytest.mark.parametrize(("slope", "grade"), [(0.0015, "mild"), (0.004, "moderate"), (0.02, "severe")])
def test_severity_follows_the_rise_above_the_minimum(slope: float, grade: str) -> None:
    assert assess(falling(40, pace=15), turning(40, turn=12, slope=slope))[-1].severity == Severity(grade)


def test_the_first_three_evaluations_are_too_few_for_a_verdict() -> None:
    verdicts = [each.verdict for each in assess([3.0, 2.0, 1.0, 0.5], [3.0, 2.0, 1.0, 0.5])]
    assert verdicts == [Verdict.WARMING_UP] * 3 + [Verdict.LEARNING]


def test_one_bad_evaluation_is_not_overfitting() -> None:
    val = falling(40, end=0.4)
    val[25] = 1.9
    assert Verdict.OVERFITTING not in {each.verdict for each in assess(falling(40), val)}


def test_a_flat_validation_with_a_steady_gap_has_converged() -> None:
    last = assess(falling(60), noisy(falling(60, end=0.4), 0.004))[-1]
    assert (last.verdict, last.severity, last.onset) == (Verdict.CONVERGED, None, None)


def test_a_validation_that_still_falls_is_learning() -> None:
    assert assess(falling(30, pace=30), falling(30, end=0.3, pace=30))[-1].verdict is Verdict.LEARNING


def test_losses_that_stay_where_they_began_are_underfitting() -> None:
    train, val = noisy([0.693] * 20, 0.0005), noisy([0.694] * 20, 0.0005, seed=2)
    assert assess(train, val)[-1].verdict is Verdict.UNDERFITTING


def test_train_and_validation_that_rise_together_have_diverged() -> None:
    train = falling(15) + [0.4 + 0.1 * i for i in range(25)]
    val = falling(15, end=0.3) + [0.6 + 0.1 * i for i in range(25)]
    verdicts = {each.verdict for each in assess(train, val)}
    assert Verdict.DIVERGED in verdicts
    assert Verdict.OVERFITTING not in verdicts


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf, 1e200])
def test_a_loss_that_is_not_finite_or_exploded_has_diverged(broken: float) -> None:
    last = assess([*falling(10), 0.5], [*falling(10), broken])[-1]
    assert (last.verdict, last.confidence) == (Verdict.DIVERGED, 1.0)
    assert "non-finite" in last.flags


def test_zero_train_losses_beside_nan_validation_do_not_hide_the_divergence() -> None:
    last = assess([*falling(6), 0.0, 0.0, 0.0], [*falling(6), math.nan, math.nan, math.nan])[-1]
    assert last.verdict is Verdict.DIVERGED


def test_a_run_that_is_finite_again_is_judged_again() -> None:
    val = [*falling(12, end=0.4), math.nan, *falling(12, start=0.8, end=0.3)]
    verdicts = [each.verdict for each in assess(falling(25), val)]
    assert verdicts[12] is Verdict.DIVERGED
    assert verdicts[-1] is not Verdict.DIVERGED


def test_swings_as_wide_as_the_loss_are_unstable() -> None:
    val = [1.0 + 0.9 * (-1) ** i for i in range(40)]
    assert assess(falling(40), val)[-1].verdict is Verdict.UNSTABLE


def test_without_validation_train_is_judged_and_flagged() -> None:
    last = assess(falling(30, pace=30), nothing(30))[-1]
    assert last.verdict is Verdict.LEARNING
    assert "no-validation" in last.flags
    assert last.gap is None


def test_validation_alone_is_enough() -> None:
    last = assess(nothing(40), turning(40, turn=12))[-1]
    assert (last.verdict, last.onset) == (Verdict.OVERFITTING, 12)


def test_validation_that_starts_late_is_judged_from_its_start() -> None:
    val: list[float | None] = [None] * 10 + turning(40, turn=12)
    assert assess(falling(50, pace=15), val)[-1].onset == 22


def test_an_accuracy_that_falls_is_overfitting_where_higher_is_better() -> None:
    train = [1 - 0.5 * math.exp(-i / 6) for i in range(30)]
    val = [0.8 - 0.3 * math.exp(-i / 2) - 0.012 * max(0, i - 8) for i in range(30)]
    last = assess(train, val, higher_is_better=True)[-1]
    assert last.verdict is Verdict.OVERFITTING
    assert last.best_value == max(val)
    assert "score fell" in last.evidence[0].text


def test_a_likelihood_below_zero_is_judged_like_any_other_loss() -> None:
    shifted = [value - 3.0 for value in turning(40, turn=12)]
    train = [value - 3.0 for value in falling(40, pace=15)]
    assert assess(train, shifted)[-1].onset == 12


def test_losses_of_exactly_zero_are_accepted() -> None:
    last = assess([0.0] * 12, [0.0] * 12)[-1]
    assert last.verdict in (Verdict.CONVERGED, Verdict.WARMING_UP)


def test_a_huge_first_loss_does_not_hide_a_later_rise() -> None:
    val = [4e4, 3e2, *turning(40, turn=12)]
    assert assess([5e4, 4e2, *falling(40, pace=15)], val)[-1].verdict is Verdict.OVERFITTING


def test_a_drop_of_the_learning_rate_does_not_look_like_overfitting() -> None:
    val = falling(30, end=0.6) + [0.4 + 0.2 * math.exp(-i / 3) for i in range(30)]
    train = falling(30, end=0.5) + [0.2 + 0.3 * math.exp(-i / 3) for i in range(30)]
    assert Verdict.OVERFITTING not in {each.verdict for each in assess(train, val)}


def test_a_new_minimum_withdraws_the_verdict_as_in_double_descent() -> None:
    val = turning(30, turn=10) + [0.4 - 0.005 * i for i in range(20)]
    assessments = assess(falling(50, pace=20), val)
    assert assessments[29].verdict is Verdict.OVERFITTING
    assert (assessments[30].onset, assessments[30].verdict is Verdict.OVERFITTING) == (None, False)


def test_a_dip_that_stays_above_the_minimum_does_not_withdraw_the_verdict() -> None:
    val = turning(40, turn=12)
    val[30] = val[14]
    assert {each.verdict for each in assess(falling(40, pace=15), val)[25:]} == {Verdict.OVERFITTING}


def test_a_resumed_run_begins_a_new_segment() -> None:
    train = falling(20, pace=5) + falling(20, pace=5)
    val = turning(20, turn=8) + falling(20, end=0.45, pace=5)
    assessments = assess(train, val)
    assert assessments[19].verdict is Verdict.OVERFITTING
    assert "restarted" in assessments[-1].flags
    assert assessments[-1].verdict is not Verdict.OVERFITTING


def test_a_single_spike_of_train_is_not_a_restart() -> None:
    train = falling(40)
    train[25] = 2.0
    assert "restarted" not in assess(train, falling(40, end=0.3))[-1].flags


def test_validation_below_train_is_flagged_but_no_reason_for_alarm() -> None:
    last = assess(falling(30, end=0.5), falling(30, end=0.3))[-1]
    assert last.verdict in (Verdict.CONVERGED, Verdict.LEARNING)
    assert "val-below-train" in last.flags


def test_a_short_run_is_reported_three_evaluations_after_its_minimum_if_train_is_at_its_minimum() -> None:
    val = [1.0, 0.8, 0.65, 0.55, 0.5, 0.55, 0.60, 0.65]
    assessments = assess(falling(8, pace=4), val)
    assert [each.verdict is Verdict.OVERFITTING for each in assessments] == [False] * 7 + [True]


def test_a_short_run_whose_train_rises_again_is_at_most_maybe_overfitting() -> None:
    train = [1.0, 0.8, 0.65, 0.5, 0.45, 0.3, 0.31, 0.33]
    last = assess(train, [1.0, 0.8, 0.65, 0.55, 0.5, 0.51, 0.52, 0.54])[-1]
    assert last.verdict is not Verdict.OVERFITTING or last.is_weak


def test_a_rise_shorter_than_one_thirty_second_of_a_long_run_is_not_reported() -> None:
    val = noisy([*falling(200, end=0.4, pace=20), *[0.401] * 120], 0.001)
    val[300:309] = [value + 0.2 for value in val[300:309]]
    assert Verdict.OVERFITTING not in {each.verdict for each in assess(falling(320, pace=100), val)}


def test_the_watch_hint_comes_before_the_verdict() -> None:
    assessments = assess(falling(40, pace=5), noisy(turning(40, turn=12), 0.004))
    first = next(i for i, each in enumerate(assessments) if each.verdict is Verdict.OVERFITTING)
    assert any(each.watch for each in assessments[12:first])
    assert not any(each.watch for each in assessments[:12])


def test_the_gap_and_its_slope_are_computed_from_the_losses() -> None:
    last = assess([1.0, 0.9, 0.8, 0.7], [1.0, 1.0, 1.0, 1.0])[-1]
    assert last.gap == pytest.approx(0.3)
    assert last.gap_slope == pytest.approx(0.1)


@pytest.mark.parametrize("broken", [(0.6, math.nan), (math.nan, 1.0), (0.6, math.inf)])
def test_there_is_no_gap_while_a_loss_is_not_finite(broken: tuple[float, float]) -> None:
    train, val = broken
    assessments = assess([1.0, 0.9, 0.8, train, 0.5], [1.0, 1.0, 1.0, val, 1.0])
    assert (assessments[3].gap, assessments[3].gap_slope) == (None, None)
    assert assessments[4].gap == pytest.approx(0.5)


def test_detected_is_the_evaluation_at_which_the_current_verdict_was_first_given() -> None:
    assessments = assess(falling(40, pace=15), turning(40, turn=12))
    first = next(i for i, each in enumerate(assessments) if each.verdict is Verdict.OVERFITTING)
    assert {each.detected for each in assessments[first:]} == {first}


def test_evidence_quotes_the_values_of_the_curve() -> None:
    train, val = falling(40, pace=15), turning(40, turn=12)
    evidence = sentences(assess(train, val)[-1], train, val)
    assert evidence[0].startswith("validation loss rose from 0.5 (epoch 12) to 1.31 (epoch 39)")


def test_evidence_quotes_the_last_value_of_a_noisy_curve_unsmoothed() -> None:
    train, val = noisy(falling(40, pace=15), 0.02), noisy(turning(40, turn=12), 0.02)
    of_val, of_train = sentences(assess(train, val)[-1], train, val)[:2]
    assert f"to {val[-1]:.4g} (epoch 39)" in of_val
    assert f"to {train[-1]:.4g} (epoch 39)" in of_train


@pytest.mark.parametrize(("value", "word"), [(math.nan, "NaN"), (math.inf, "infinite"), (1e200, "beyond measure")])
def test_the_first_evidence_names_a_loss_that_is_not_finite_and_its_evaluation(value: float, word: str) -> None:
    evidence = assess([*falling(10), value, value], [*falling(10, end=0.3), 0.5, 0.5])[-1].evidence
    assert evidence[0].text.startswith("train loss is ")
    assert word in evidence[0].text
    assert evidence[0].at == (10,)
    assert evidence[1].at == (9,)


def test_a_minimum_at_the_last_value_is_mentioned_once() -> None:
    assert assess(falling(20), falling(20, end=0.3))[-1].evidence[0].text.endswith("({0}), its best so far")


@pytest.mark.parametrize(("slope", "verdict"), [(0.003, Verdict.WARMING_UP), (0.05, Verdict.DIVERGED)])
def test_train_without_validation_is_never_overfitting(slope: float, verdict: Verdict) -> None:
    assessments = assess(turning(60, turn=12, slope=slope), nothing(60))
    assert assessments[-1].verdict is verdict
    assert not any(assessment.verdict is Verdict.OVERFITTING or assessment.watch for assessment in assessments)


def test_a_long_run_whose_train_loss_is_mostly_noise_overfits_and_has_not_diverged() -> None:
    train, val = noisy(falling(1000, pace=200), 0.05), noisy(turning(1000, turn=500, slope=0.001), 0.02)
    verdicts = {each.verdict for each in assess(train, val)[100:]}
    assert Verdict.OVERFITTING in verdicts
    assert Verdict.DIVERGED not in verdicts


def test_a_noisy_run_that_levels_out_does_not_alternate_between_learning_and_converged() -> None:
    train, val = (noisy(falling(1000, pace=150), 0.02, seed) for seed in (1, 2))
    verdicts = [each.verdict for each in assess(train, val)]
    assert verdicts[-1] is Verdict.CONVERGED
    assert sum(before is not after for before, after in pairwise(verdicts)) <= 15


def test_a_rise_of_500_evaluations_is_reported_in_a_run_of_12000() -> None:
    train, val = falling(12_000, pace=2000, end=0.001), turning(12_000, turn=11_500, slope=0.001)
    assert assess(train, val)[-1].verdict is Verdict.OVERFITTING
