from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from lossmon.core.assessment import Assessment
from lossmon.core.verdict import Verdict
from lossmon.detector import Detector, advise

anything = st.none() | st.floats(allow_nan=True, allow_infinity=True)
ordinary = st.floats(0.01, 10)
Run = list[tuple[float, float]]
runs = st.lists(st.tuples(ordinary, ordinary), min_size=1, max_size=60)


def judged(run: Run) -> list[Assessment]:
    detector = Detector()
    return [detector.update(train, val) for train, val in run]


@given(st.lists(st.tuples(anything, anything), max_size=80), st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_input_whatever_raises(run: list[tuple[float | None, float | None]], higher: bool) -> None:
    detector = Detector(higher_is_better=higher)
    for train, val in run:
        said = detector.update(train, val)
        assert 0 <= said.confidence <= 1
        assert (said.onset is None) == (said.verdict is not Verdict.OVERFITTING)
        assert len(advise(said, "keras")) <= 3
        for fact in said.evidence:
            assert fact.text.format(*fact.at)


@given(runs, st.integers(-40, 40))
@settings(max_examples=100, deadline=None)
def test_the_verdict_is_the_same_under_scaling_by_any_positive_factor(run: Run, power: int) -> None:
    factor = 2.0**power
    scaled = judged([(train * factor, val * factor) for train, val in run])
    for mine, theirs in zip(judged(run), scaled, strict=True):
        same = ("verdict", "severity", "confidence", "onset", "detected", "best", "watch", "flags")
        assert [getattr(mine, name) for name in same] == [getattr(theirs, name) for name in same]


@given(runs, runs)
@settings(max_examples=100, deadline=None)
def test_nothing_that_comes_later_changes_what_was_said(run: Run, more: Run) -> None:
    assert judged(run + more)[: len(run)] == judged(run)


@given(runs, runs)
@settings(max_examples=100, deadline=None)
def test_a_fork_goes_its_own_way_and_leaves_the_original_alone(run: Run, more: Run) -> None:
    detector = Detector()
    for train, val in run:
        detector.update(train, val)
    twin = detector.clone()
    apart = [twin.update(train, val) for train, val in more]
    assert apart == judged(run + more)[len(run) :]
    assert [detector.update(train, val) for train, val in more] == apart


@given(runs)
@settings(max_examples=100, deadline=None)
def test_a_new_best_clears_the_marker(run: Run) -> None:
    best = min(val for _, val in run)
    said = judged([*run, (0.01, best / 2)])[-1]
    assert (said.onset, said.best) == (None, len(run))


@given(st.lists(ordinary, min_size=12, max_size=60))
@settings(max_examples=100, deadline=None)
def test_a_score_is_judged_as_the_loss_that_is_its_negative(values: list[float]) -> None:
    loss, score = Detector(), Detector(higher_is_better=True)
    for value in values:
        mine, theirs = loss.update(None, -value), score.update(None, value)
        assert replace(mine, evidence=(), best_value=None) == replace(theirs, evidence=(), best_value=None)


def _calls(work: Callable[[], object]) -> int:
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def _noisy_rise(index: int) -> float:
    return 1 + 0.05 * math.sin(index * 12.9898) + 0.001 * index


def test_one_more_evaluation_costs_as_much_late_as_early() -> None:
    detector, cost = Detector(), {}
    for index in range(6000):
        if index in (100, 5999):
            cost[index] = _calls(lambda at=index: detector.update(1 / (at + 1), _noisy_rise(at)))  # type: ignore[misc]
        else:
            detector.update(1 / (index + 1), _noisy_rise(index))
    assert cost[5999] <= 1.5 * cost[100]


def _held(thing: object, seen: set[int]) -> int:
    if id(thing) in seen:
        return 0
    seen.add(id(thing))
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    inside = [*getattr(thing, "__dict__", {}).values(), *(getattr(thing, name) for name in slots if name[:2] != "__")]
    if isinstance(thing, (list, tuple)) or hasattr(thing, "popleft"):
        inside += list(thing)  # type: ignore[call-overload]
    return 1 + sum(_held(part, seen) for part in inside if not isinstance(part, (int, float, str, Verdict)))


def test_memory_stays_bounded() -> None:
    detector, sizes = Detector(), []
    for index in range(4000):
        detector.update(1 / (index + 1), _noisy_rise(index))
        if index in (300, 3999):
            sizes.append(_held(detector, set()))
    assert sizes[1] <= 2 * sizes[0] + 200
