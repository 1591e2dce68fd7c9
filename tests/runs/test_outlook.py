"""What would change a verdict is true: evaluations as named give the verdict that is named."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.support.loss_curves import falling, noisy, turning

from lossmon.core.points import Floats
from lossmon.core.snapshot import EvaluationHistory
from lossmon.core.verdict import Verdict
from lossmon.runs import Evaluator
from lossmon.runs.outlook import Change, what_would_change


def history(train: list[float] | None, val: list[float] | None) -> EvaluationHistory:
    x = np.arange(float(len(val if val is not None else train or [])))
    first, second = (None if values is None else np.array(values) for values in (train, val))
    return EvaluationHistory("epoch", x, x, first, second)


def judged(run: EvaluationHistory) -> Floats:
    values = run.val if run.val is not None else run.train
    assert values is not None
    return values


def changes_of(run: EvaluationHistory, *, higher: bool = False) -> tuple[Change, ...]:
    assessment = Evaluator(higher_is_better=higher).evaluate(run).assessment
    return what_would_change(run, assessment, higher_is_better=higher)


def after(run: EvaluationHistory, change: Change, *, higher: bool = False) -> Verdict:
    """Return the verdict on *run* once the evaluations of *change* were logged."""
    values, count = judged(run), change.evaluations
    last = float(values[np.isfinite(values)][-1])
    bound = last if change.bound is None else change.bound
    more = np.full(count, bound) if change.must_be_better else np.linspace(last, bound, count + 1)[1:]
    train = run.train
    if train is not None and run.val is not None:
        recent = train[-5:]
        pace = 0.0 if change.must_be_better else min(0.0, (recent[-1] - recent[0]) / (len(recent) - 1))
        train = np.concatenate([train, train[np.isfinite(train)][-1] + pace * np.arange(1, count + 1)])
    longer = [*values, *more.tolist()]
    columns = (None if train is None else train.tolist(), longer) if run.val is not None else (longer, None)
    return Evaluator(higher_is_better=higher).evaluate(history(*columns)).assessment.verdict


OVERFITTING = history(falling(40), noisy(turning(40, 12), 0.01))
LEARNING = history(falling(30, pace=12), noisy(falling(30, start=2.1, end=0.5, pace=12), 0.01))
RUNS = {
    "overfitting": OVERFITTING,
    "learning": LEARNING,
    "converged": history(falling(60), noisy(falling(60, end=0.5), 0.01)),
    "warming up": history([2.0], [2.1]),
    "diverged": history([*falling(20), math.nan], [*falling(20, end=0.4), math.nan]),
    "long": history(falling(900, pace=200), noisy(turning(900, 700, 0.002), 0.01)),
    "train alone": history(falling(30), None),
}


@pytest.mark.parametrize("name", RUNS)
def test_the_evaluations_that_are_named_change_the_verdict_as_it_is_named(name: str) -> None:
    for change in changes_of(RUNS[name]):
        assert after(RUNS[name], change) is change.verdict


@pytest.mark.parametrize("name", ["overfitting", "learning", "warming up", "diverged", "long"])
def test_there_is_something_that_would_change_the_verdict(name: str) -> None:
    assert changes_of(RUNS[name])


def test_the_end_of_overfitting_is_a_good_loss_and_its_start_a_bad_one() -> None:
    first = changes_of(OVERFITTING)[0]
    assert first.must_be_better
    assert first.bound is not None
    assert first.bound < judged(OVERFITTING)[-1]
    (start,) = changes_of(LEARNING)
    assert start.verdict is Verdict.OVERFITTING
    assert start.bound is not None
    assert start.bound > judged(LEARNING)[-1]


def test_a_clearly_worse_loss_would_not_end_the_verdict() -> None:
    first = changes_of(OVERFITTING)[0]
    assert first.bound is not None
    worse = Change(first.evaluations, first.bound + 0.1, True, first.verdict)
    assert after(OVERFITTING, worse) is Verdict.OVERFITTING


def test_a_score_must_rise_to_end_the_verdict() -> None:
    score = history([1 - loss / 3 for loss in falling(40)], [1 - loss / 3 for loss in noisy(turning(40, 12), 0.01)])
    first = changes_of(score, higher=True)[0]
    assert first.bound is not None
    assert first.bound > judged(score)[-1]
    assert after(score, first, higher=True) is first.verdict


loss = st.floats(0.01, 5)


@given(st.lists(st.tuples(loss, loss), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_every_change_of_any_run_is_true(pairs: list[tuple[float, float]]) -> None:
    run = history([train for train, _ in pairs], [val for _, val in pairs])
    for change in changes_of(run):
        assert after(run, change) is change.verdict


@given(st.integers(3, 700), st.integers(1, 20), loss)
@settings(max_examples=30, deadline=None)
def test_a_trial_equals_the_evaluation_of_the_longer_history(length: int, count: int, value: float) -> None:
    assume(length > 2)
    run = history(falling(length), noisy(turning(length, max(2, length // 2)), 0.02))
    evaluator = Evaluator()
    evaluator.evaluate(run)
    tried = evaluator.assessment_if(run, np.full(count, value)).verdict
    assert run.train is not None
    longer = history([*run.train, *[float(run.train[-1])] * count], [*judged(run), *[value] * count])
    assert tried is Evaluator().evaluate(longer).assessment.verdict


anything = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, 5e-324, 1e308, -1e308, math.nan])


@given(st.lists(st.tuples(anything, anything), max_size=30), st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_losses_raise_an_error_and_every_bound_is_finite(pairs: list[tuple[float, float]], higher: bool) -> None:
    run = history([train for train, _ in pairs], [val for _, val in pairs])
    for change in changes_of(run, higher=higher) if pairs else ():
        assert change.bound is None or math.isfinite(change.bound)
        assert change.evaluations > 0
