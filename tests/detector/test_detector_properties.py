from __future__ import annotations

import math
import pickle
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.calls import count_calls
from tests.support.loss_curves import assess, sentences

from lossmon.core.assessment import Assessment
from lossmon.core.verdict import Verdict
from lossmon.detector import Detector

anything = st.none() | st.floats(allow_nan=True, allow_infinity=True)
ordinary = st.floats(0.01, 10)
Run = list[tuple[float, float]]
runs = st.lists(st.tuples(ordinary, ordinary), min_size=1, max_size=60)


def assess_pairs(run: Run) -> list[Assessment]:
    return assess([train for train, _ in run], [val for _, val in run])


@given(st.lists(st.tuples(anything, anything), max_size=80), st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_input_raises_an_error(run: list[tuple[float | None, float | None]], higher: bool) -> None:
    detector = Detector(higher_is_better=higher)
    for train, val in run:
        assessment = detector.update(train, val)
        assert 0 <= assessment.confidence <= 1
        assert (assessment.onset is None) == (assessment.verdict is not Verdict.OVERFITTING)
        assert all(sentences(assessment, [loss for loss, _ in run], [loss for _, loss in run]))


@given(runs, st.integers(-40, 40))
@settings(max_examples=100, deadline=None)
def test_scaling_all_losses_by_a_power_of_two_changes_no_verdict(run: Run, power: int) -> None:
    factor = 2.0**power
    scaled = assess_pairs([(train * factor, val * factor) for train, val in run])
    same = ("verdict", "severity", "confidence", "onset", "detected", "best", "watch", "flags")
    for first, second in zip(assess_pairs(run), scaled, strict=True):
        assert [getattr(first, name) for name in same] == [getattr(second, name) for name in same]


@given(runs, runs)
@settings(max_examples=100, deadline=None)
def test_later_evaluations_do_not_change_earlier_assessments(run: Run, more: Run) -> None:
    assert assess_pairs(run + more)[: len(run)] == assess_pairs(run)


@given(runs, runs)
@settings(max_examples=100, deadline=None)
def test_a_clone_and_its_original_do_not_influence_each_other(run: Run, more: Run) -> None:
    detector = Detector()
    for train, val in run:
        detector.update(train, val)
    clone = detector.clone()
    later = [clone.update(train, val) for train, val in more]
    assert later == assess_pairs(run + more)[len(run) :]
    assert [detector.update(train, val) for train, val in more] == later


@given(runs, runs)
@settings(max_examples=100, deadline=None)
def test_a_clone_still_gives_its_assessment_after_its_original_went_on(run: Run, more: Run) -> None:
    detector = Detector()
    for train, val in run:
        detector.update(train, val)
    clone, expected = detector.clone(), detector.assessment()
    for train, val in more:
        detector.update_verdict(train, val)
    assert clone.assessment() == expected


@given(runs, st.integers(0, 2**60))
@settings(max_examples=100, deadline=None)
def test_asking_for_an_assessment_changes_none_of_the_later_ones(run: Run, asked: int) -> None:
    detector, silent = Detector(), Detector()
    for index, (train, val) in enumerate(run):
        silent.update_verdict(train, val)
        detector.update_verdict(train, val)
        if asked >> index & 1:
            detector.assessment()
        assert (detector.probability, detector.is_weak) == (silent.probability, silent.is_weak)
    assert detector.assessment() == silent.assessment()


@given(runs)
@settings(max_examples=100, deadline=None)
def test_a_new_minimum_clears_the_onset(run: Run) -> None:
    best = min(val for _, val in run)
    last = assess_pairs([*run, (0.01, best / 2)])[-1]
    assert (last.onset, last.best) == (None, len(run))


@given(st.lists(ordinary, min_size=12, max_size=60))
@settings(max_examples=100, deadline=None)
def test_a_score_is_judged_like_the_loss_that_is_its_negative(values: list[float]) -> None:
    loss, score = Detector(), Detector(higher_is_better=True)
    for value in values:
        first, second = loss.update(None, -value), score.update(None, value)
        assert replace(first, evidence=(), best_value=None) == replace(second, evidence=(), best_value=None)


def _noisy_rise(index: int) -> float:
    return 1 + 0.05 * math.sin(index * 12.9898) + 0.001 * index


def test_an_evaluation_costs_as_much_late_in_a_run_as_early() -> None:
    detector, cost = Detector(), {}
    for index in range(6000):
        if index in (100, 5999):
            cost[index] = count_calls(lambda at=index: detector.update(1 / (at + 1), _noisy_rise(at)))  # type: ignore[misc]
        else:
            detector.update(1 / (index + 1), _noisy_rise(index))
    assert cost[5999] <= 1.5 * cost[100]


def test_memory_is_bounded() -> None:
    detector, sizes = Detector(), []
    for index in range(4000):
        detector.update(1 / (index + 1), _noisy_rise(index))
        if index in (300, 3999):
            sizes.append(len(pickle.dumps(detector)))
    assert sizes[1] <= 1.2 * sizes[0]
