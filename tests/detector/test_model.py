from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.loss_curves import assess, falling, noisy, turning

from lossmon.core.assessment import Assessment
from lossmon.core.verdict import Verdict
from lossmon.detector import DEFAULTS, Detector
from lossmon.detector.model import AdditiveModel, StepFunction, overfitting_model, probability
from lossmon.detector.predictors import PREDICTORS, Predictors

MODEL = overfitting_model()
NAMES = [predictor.name for predictor in PREDICTORS]


def parted_plateau(count: int, sigma: float, seed: int) -> tuple[list[float], list[float]]:
    """Return a train loss that falls far below a validation loss whose mean never rises."""
    return falling(count, pace=count / 4), noisy(falling(count, end=1.0, pace=count / 15), sigma, seed)


@pytest.mark.parametrize("function", MODEL.functions, ids=lambda function: NAMES[function.position])
def test_the_edges_of_each_step_function_increase_and_it_is_monotone_where_that_makes_sense(
    function: StepFunction,
) -> None:
    assert function.edges == sorted(set(function.edges))
    assert len(function.contributions) == len(function.edges) + 1
    if PREDICTORS[function.position].rises:
        assert function.contributions == sorted(function.contributions)


def test_a_model_of_another_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown schema"):
        AdditiveModel.from_json({"schema": "lossmon-model/0"})


def test_the_terms_and_the_intercept_add_up_to_the_log_odds() -> None:
    predictors = Predictors()
    for train, val in zip(falling(30, pace=10), turning(30, turn=10), strict=True):
        predictors.add(val, train)
    vector = predictors.vector()
    terms = MODEL.terms(vector, len(PREDICTORS))
    assert MODEL.intercept + sum(term.log_odds for term in terms) == pytest.approx(MODEL.log_odds(vector), abs=0.01)
    assert [abs(term.log_odds) for term in terms] == sorted((abs(term.log_odds) for term in terms), reverse=True)


def test_the_probability_rises_with_the_turn_and_is_calibrated_into_the_confidence() -> None:
    assessments = assess(falling(40, pace=15), noisy(turning(40, turn=12), 0.01))
    assert assessments[11].probability < 0.2
    assert assessments[-1].probability > 0.9
    assert assessments[-1].confidence == assessments[-1].probability
    assert {term.name for term in assessments[-1].terms} <= set(NAMES)


def test_nothing_is_known_while_warming_up() -> None:
    first = Detector().update(1.0, 1.0)
    assert (first.probability, first.terms, first.is_weak) == (0.0, (), False)


def test_extreme_log_odds_give_a_probability() -> None:
    assert (probability(-1e6), probability(1e6)) == (0.0, 1.0)


@pytest.mark.parametrize(("count", "sigma"), [(50, 0.04), (120, 0.04), (120, 0.06), (400, 0.03)])
def test_a_plateau_from_which_train_has_parted_is_not_called(count: int, sigma: float) -> None:
    called = [
        any(each.verdict is Verdict.OVERFITTING for each in assess(*parted_plateau(count, sigma, seed)))
        for seed in range(10)
    ]
    assert sum(called) <= 1


@pytest.mark.parametrize(("count", "most"), [(14, 15), (20, 8)])
def test_few_short_plateaus_from_which_train_has_parted_are_called(count: int, most: int) -> None:
    called = [
        any(each.verdict is Verdict.OVERFITTING for each in assess(*parted_plateau(count, 0.04, seed)))
        for seed in range(60)
    ]
    assert sum(called) <= most


@pytest.mark.parametrize("count", [50, 200])
def test_a_turn_of_60_percent_is_found_in_noise_of_10_percent(count: int) -> None:
    found = []
    for seed in range(12):
        level = [1 + 2 * math.exp(-10 * i / count) + 1.2 * max(0.0, i / count - 0.5) for i in range(count)]
        last = assess(falling(count, pace=count / 5), noisy(level, 0.1, seed))[-1]
        found.append(last.verdict is Verdict.OVERFITTING)
    assert sum(found) >= 9


def test_the_best_value_logged_again_at_the_end_does_not_move_the_onset() -> None:
    train, val = falling(40, pace=15), turning(40, turn=12)
    last = assess([*train, train[12]], [*val, val[12]])[-1]
    assert last.onset in (12, None)
    assert last.best == 12


def test_a_verdict_below_the_sure_probability_is_weak() -> None:
    assessments = assess(falling(60, pace=15), noisy(turning(60, turn=20, slope=0.01), 0.03))
    called = [each for each in assessments if each.verdict is Verdict.OVERFITTING]
    assert called
    assert all(each.is_weak == (each.probability < DEFAULTS.sure_probability) for each in called)


def test_a_weak_verdict_says_maybe_and_comes_after_all_that_need_action() -> None:
    weak, sure = (Assessment(Verdict.OVERFITTING, is_weak=is_weak) for is_weak in (True, False))
    underfitting, healthy = Assessment(Verdict.UNDERFITTING), Assessment(Verdict.CONVERGED)
    assert weak.word == "maybe overfitting"
    assert not weak.needs_action
    assert sorted([healthy, weak, underfitting, sure], key=lambda each: each.urgency)[:2] == [sure, underfitting]
    assert weak.sign != sure.sign


losses = st.floats(0.01, 10)


@given(st.lists(st.tuples(losses, losses), min_size=3, max_size=80), st.integers(-40, 40))
@settings(max_examples=60, deadline=None)
def test_predictors_do_not_depend_on_the_scale_of_the_losses(run: list[tuple[float, float]], power: int) -> None:
    first, second = Predictors(), Predictors()
    for train, val in run:
        first.add(val, train)
        second.add(val * 2.0**power, train * 2.0**power)
    assert first.vector() == pytest.approx(second.vector(), nan_ok=True)


@given(st.lists(st.tuples(st.floats(-1e150, 1e150), st.none() | st.floats(-1e150, 1e150)), max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_finite_losses_have_predictors(run: list[tuple[float, float | None]]) -> None:
    predictors = Predictors()
    for val, train in run:
        predictors.add(val, train)
        assert len(predictors.vector()) == len(PREDICTORS)
        assert not math.isnan(MODEL.log_odds(predictors.vector()))


def test_a_clone_of_the_predictors_is_independent() -> None:
    rng, predictors = random.Random(1), Predictors()
    for _ in range(70):
        predictors.add(rng.random(), rng.random())
    before, clone = predictors.vector(), predictors.clone()
    for _ in range(70):
        clone.add(rng.random(), rng.random())
    assert predictors.vector() == pytest.approx(before, nan_ok=True)


def test_each_meaning_of_a_predictor_can_be_read_alone() -> None:
    for predictor in PREDICTORS:
        assert not any(
            word in predictor.meaning for word in ("that line", "that correlation", "that distance", "the same")
        )
