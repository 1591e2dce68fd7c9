from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest

from lossmon.core.assessment import Assessment
from lossmon.core.verdict import Severity, Verdict
from lossmon.detector import Detector

Losses = Sequence[float | None]


def judged(train: Losses, val: Losses, *, higher_is_better: bool = False) -> list[Assessment]:
    detector = Detector(higher_is_better=higher_is_better)
    return [detector.update(t, v) for t, v in zip(train, val, strict=True)]


def nothing(count: int) -> list[None]:
    return [None] * count


def falling(count: int, start: float = 2.0, end: float = 0.1, pace: float = 8.0) -> list[float]:
    return [end + (start - end) * math.exp(-i / pace) for i in range(count)]


def turning(count: int, turn: int, slope: float = 0.03, floor: float = 0.5) -> list[float]:
    down = [floor + 1.5 * (1 - i / turn) ** 2 for i in range(turn)]
    return down + [floor + slope * i for i in range(count - turn)]


def noisy(values: Iterable[float], sigma: float, seed: int = 1) -> list[float]:
    draw = random.Random(seed)
    return [value + draw.gauss(0, sigma) for value in values]


def test_validation_that_turns_while_train_falls_is_overfitting_since_the_turn() -> None:
    last = judged(falling(40, pace=15), turning(40, turn=12))[-1]
    assert (last.verdict, last.onset, last.best, last.severity) == (Verdict.OVERFITTING, 12, 12, Severity.SEVERE)


@pytest.mark.parametrize(("slope", "grade"), [(0.0015, "mild"), (0.004, "moderate"), (0.02, "severe")])
def test_severity_is_the_rise_over_the_best(slope: float, grade: str) -> None:
    assert judged(falling(40, pace=15), turning(40, turn=12, slope=slope))[-1].severity == Severity(grade)


def test_the_first_three_evaluations_are_too_few() -> None:
    verdicts = [j.verdict for j in judged([3.0, 2.0, 1.0, 0.5], [3.0, 2.0, 1.0, 0.5])]
    assert verdicts == [Verdict.WARMING_UP] * 3 + [Verdict.LEARNING]


def test_one_bad_evaluation_is_not_overfitting() -> None:
    val = falling(40, end=0.4)
    val[25] = 1.9
    assert Verdict.OVERFITTING not in {j.verdict for j in judged(falling(40), val)}


def test_a_flat_validation_with_a_steady_gap_has_converged() -> None:
    last = judged(falling(60), noisy(falling(60, end=0.4), 0.004))[-1]
    assert (last.verdict, last.severity, last.onset) == (Verdict.CONVERGED, None, None)


def test_a_validation_that_still_falls_is_learning() -> None:
    assert judged(falling(30, pace=30), falling(30, end=0.3, pace=30))[-1].verdict is Verdict.LEARNING


def test_losses_that_stay_where_they_began_are_underfitting() -> None:
    train, val = noisy([0.693] * 20, 0.0005), noisy([0.694] * 20, 0.0005, seed=2)
    assert judged(train, val)[-1].verdict is Verdict.UNDERFITTING


def test_train_and_validation_that_rise_together_have_diverged() -> None:
    train = falling(15) + [0.4 + 0.1 * i for i in range(25)]
    val = falling(15, end=0.3) + [0.6 + 0.1 * i for i in range(25)]
    verdicts = {j.verdict for j in judged(train, val)}
    assert Verdict.DIVERGED in verdicts
    assert Verdict.OVERFITTING not in verdicts


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf, 1e200])
def test_a_loss_that_is_not_finite_or_exploded_has_diverged(broken: float) -> None:
    last = judged([*falling(10), 0.5], [*falling(10), broken])[-1]
    assert (last.verdict, last.confidence) == (Verdict.DIVERGED, 1.0)
    assert "non-finite" in last.flags


def test_the_zero_train_loss_that_follows_nan_weights_does_not_hide_the_divergence() -> None:
    last = judged([*falling(6), 0.0, 0.0, 0.0], [*falling(6), math.nan, math.nan, math.nan])[-1]
    assert last.verdict is Verdict.DIVERGED


def test_a_run_that_is_finite_again_is_judged_again() -> None:
    val = [*falling(12, end=0.4), math.nan, *falling(12, start=0.8, end=0.3)]
    verdicts = [j.verdict for j in judged(falling(25), val)]
    assert verdicts[12] is Verdict.DIVERGED
    assert verdicts[-1] is not Verdict.DIVERGED


def test_swings_as_wide_as_the_loss_are_unstable() -> None:
    val = [1.0 + 0.9 * (-1) ** i for i in range(40)]
    assert judged(falling(40), val)[-1].verdict is Verdict.UNSTABLE


def test_without_validation_train_is_judged_and_flagged() -> None:
    last = judged(falling(30, pace=30), nothing(30))[-1]
    assert last.verdict is Verdict.LEARNING
    assert "no-validation" in last.flags
    assert last.gap is None


def test_validation_alone_is_enough() -> None:
    last = judged(nothing(40), turning(40, turn=12))[-1]
    assert (last.verdict, last.onset) == (Verdict.OVERFITTING, 12)


def test_validation_that_comes_late_is_judged_from_where_it_begins() -> None:
    val: list[float | None] = [None] * 10 + turning(40, turn=12)
    assert judged(falling(50, pace=15), val)[-1].onset == 22


def test_an_accuracy_that_falls_is_overfitting_where_higher_is_better() -> None:
    train = [1 - 0.5 * math.exp(-i / 6) for i in range(30)]
    val = [0.8 - 0.3 * math.exp(-i / 2) - 0.012 * max(0, i - 8) for i in range(30)]
    last = judged(train, val, higher_is_better=True)[-1]
    assert last.verdict is Verdict.OVERFITTING
    assert last.best_value == max(val)
    assert "score fell" in last.evidence[0].text


def test_a_likelihood_below_zero_is_judged_like_any_other_loss() -> None:
    shifted = [value - 3.0 for value in turning(40, turn=12)]
    train = [value - 3.0 for value in falling(40, pace=15)]
    assert judged(train, shifted)[-1].onset == 12


def test_a_loss_of_exactly_zero_is_no_trouble() -> None:
    last = judged([0.0] * 12, [0.0] * 12)[-1]
    assert last.verdict in (Verdict.CONVERGED, Verdict.UNDERFITTING)


def test_a_huge_first_loss_does_not_hide_the_turn() -> None:
    val = [4e4, 3e2, *turning(40, turn=12)]
    assert judged([5e4, 4e2, *falling(40, pace=15)], val)[-1].verdict is Verdict.OVERFITTING


def test_a_drop_of_the_learning_rate_does_not_look_like_overfitting() -> None:
    val = falling(30, end=0.6) + [0.4 + 0.2 * math.exp(-i / 3) for i in range(30)]
    train = falling(30, end=0.5) + [0.2 + 0.3 * math.exp(-i / 3) for i in range(30)]
    assert Verdict.OVERFITTING not in {j.verdict for j in judged(train, val)}


def test_a_new_best_takes_the_verdict_back_as_in_double_descent() -> None:
    val = turning(30, turn=10) + [0.4 - 0.005 * i for i in range(20)]
    said = judged(falling(50, pace=20), val)
    assert said[29].verdict is Verdict.OVERFITTING
    assert (said[30].onset, said[30].verdict is Verdict.OVERFITTING) == (None, False)


def test_a_dip_that_stays_above_the_best_does_not_withdraw_the_verdict() -> None:
    val = turning(40, turn=12)
    val[30] = val[14]
    assert {j.verdict for j in judged(falling(40, pace=15), val)[25:]} == {Verdict.OVERFITTING}


def test_a_resumed_run_begins_a_new_segment() -> None:
    train = falling(20, pace=5) + falling(20, pace=5)
    val = turning(20, turn=8) + falling(20, end=0.45, pace=5)
    said = judged(train, val)
    assert said[19].verdict is Verdict.OVERFITTING
    assert "restarted" in said[-1].flags
    assert said[-1].verdict is not Verdict.OVERFITTING


def test_a_single_spike_of_train_is_no_restart() -> None:
    train = falling(40)
    train[25] = 2.0
    assert "restarted" not in judged(train, falling(40, end=0.3))[-1].flags


def test_validation_below_train_is_information_not_alarm() -> None:
    last = judged(falling(30, end=0.5), falling(30, end=0.3))[-1]
    assert last.verdict in (Verdict.CONVERGED, Verdict.LEARNING)
    assert "val-below-train" in last.flags


@pytest.mark.parametrize("rise", [[0.55, 0.60, 0.65], [0.66, 0.61, 0.60]])
def test_a_short_run_is_called_three_evaluations_after_its_turn_where_train_is_at_its_lowest(rise: list[float]) -> None:
    val = [1.0, 0.8, 0.65, 0.55, 0.5, *rise]
    said = judged(falling(8, pace=4), val)
    assert [j.verdict is Verdict.OVERFITTING for j in said] == [False] * 7 + [True]


def test_a_short_run_whose_train_rises_again_is_not_called() -> None:
    train = [1.0, 0.8, 0.65, 0.5, 0.45, 0.3, 0.31, 0.33]
    assert judged(train, [1.0, 0.8, 0.65, 0.55, 0.5, 0.51, 0.52, 0.54])[-1].verdict is not Verdict.OVERFITTING


def test_a_rise_that_does_not_last_a_thirty_second_of_a_long_run_is_not_called() -> None:
    val = noisy([*falling(200, end=0.4, pace=20), *[0.401] * 120], 0.001)
    val[300:309] = [value + 0.2 for value in val[300:309]]
    assert Verdict.OVERFITTING not in {j.verdict for j in judged(falling(320, pace=100), val)}


def test_the_watch_hint_comes_before_the_verdict() -> None:
    said = judged(falling(40, pace=5), noisy(turning(40, turn=12), 0.004))
    first = next(i for i, j in enumerate(said) if j.verdict is Verdict.OVERFITTING)
    assert any(j.watch for j in said[12:first])
    assert not any(j.watch for j in said[:12])


def test_the_gap_and_its_trend_are_what_the_losses_say() -> None:
    last = judged([1.0, 0.9, 0.8, 0.7], [1.0, 1.0, 1.0, 1.0])[-1]
    assert last.gap == pytest.approx(0.3)
    assert last.gap_slope == pytest.approx(0.1)


@pytest.mark.parametrize("broken", [(0.6, math.nan), (math.nan, 1.0), (0.6, math.inf)])
def test_no_gap_is_said_while_one_of_the_losses_is_no_number(broken: tuple[float, float]) -> None:
    train, val = broken
    said = judged([1.0, 0.9, 0.8, train, 0.5], [1.0, 1.0, 1.0, val, 1.0])
    assert (said[3].gap, said[3].gap_slope) == (None, None)
    assert said[4].gap == pytest.approx(0.5)


def test_detected_is_the_evaluation_at_which_the_present_verdict_was_first_given() -> None:
    said = judged(falling(40, pace=15), turning(40, turn=12))
    first = next(i for i, j in enumerate(said) if j.verdict is Verdict.OVERFITTING)
    assert {j.detected for j in said[first:]} == {first}


def test_evidence_names_the_numbers_of_the_curve() -> None:
    text = judged(falling(40, pace=15), turning(40, turn=12))[-1].evidence[0]
    assert text.text.startswith("validation loss rose from 0.5 ({0}) to 1.31 ({1})")
    assert text.at == (12, 39)


def test_the_last_number_in_the_evidence_is_the_last_value_of_the_curve_however_noisy() -> None:
    train, val = noisy(falling(40, pace=15), 0.02), noisy(turning(40, turn=12), 0.02)
    rose, beside = judged(train, val)[-1].evidence[:2]
    assert f"to {val[-1]:.4g} ({{1}})" in rose.text
    assert f"to {train[-1]:.4g} ({{1}})" in beside.text


@pytest.mark.parametrize(("value", "word"), [(math.nan, "NaN"), (math.inf, "infinite"), (1e200, "beyond measure")])
def test_a_loss_that_is_no_number_any_more_is_the_evidence_with_its_evaluation(value: float, word: str) -> None:
    said = judged([*falling(10), value, value], [*falling(10, end=0.3), 0.5, 0.5])[-1].evidence
    assert said[0].text.startswith("train loss is ")
    assert word in said[0].text
    assert said[0].at == (10,)
    assert said[1].at == (9,)


def test_a_best_that_is_the_last_value_is_told_once() -> None:
    assert judged(falling(20), falling(20, end=0.3))[-1].evidence[0].text.endswith("({0}), its best so far")


@pytest.mark.parametrize(("slope", "verdict"), [(0.005, Verdict.UNSTABLE), (0.05, Verdict.DIVERGED)])
def test_train_alone_never_overfits_whatever_it_does(slope: float, verdict: Verdict) -> None:
    said = judged(turning(60, turn=12, slope=slope), nothing(60))
    assert said[-1].verdict is verdict
    assert not any(assessment.verdict is Verdict.OVERFITTING or assessment.watch for assessment in said)


def test_a_long_run_whose_train_loss_is_mostly_noise_overfits_and_has_not_diverged() -> None:
    train, val = noisy(falling(1000, pace=200), 0.05), noisy(turning(1000, turn=500, slope=0.001), 0.02)
    said = {assessment.verdict for assessment in judged(train, val)[100:]}
    assert Verdict.OVERFITTING in said
    assert Verdict.DIVERGED not in said


def test_a_noisy_run_that_levels_out_does_not_go_back_and_forth_between_learning_and_converged() -> None:
    said = [
        assessment.verdict for assessment in judged(*[noisy(falling(1000, pace=150), 0.02, seed) for seed in (1, 2)])
    ]
    assert said[-1] is Verdict.CONVERGED
    assert sum(before is not after for before, after in pairwise(said)) <= 15


def test_a_very_long_run_needs_no_larger_share_of_it_to_be_called_than_a_long_one() -> None:
    train, val = falling(12_000, pace=2000, end=0.001), turning(12_000, turn=11_500, slope=0.001)
    assert judged(train, val)[-1].verdict is Verdict.OVERFITTING
