"""The word of a verdict says how sure it is, and the evidence says why it is not surer."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.loss_curves import assess, falling, noisy, sentences

from lossmon.core.assessment import Assessment
from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.detector import DEFAULTS
from lossmon.detector.calibration import held_share

SEEDS = range(6)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rises", [1, 2, 3, 4])
def test_just_after_a_sharp_turn_below_train_learning_is_no_firm_verdict(rises: int, seed: int) -> None:
    val = noisy(falling(14, 1.0, 0.3, 6), 0.002, seed) + [0.45, 0.6, 0.75, 0.9][:rises]
    train = [loss + 0.6 for loss in falling(14 + rises, 1.0, 0.3, 6)]
    before, last = assess(train, val)[-rises - 1], assess(train, val)[-1]
    assert before.verdict is Verdict.LEARNING
    if last.verdict is Verdict.LEARNING:
        assert last.confidence < min(0.8, before.confidence)
        assert last.watch or last.is_weak or rises < 2


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sigma", [0.0, 0.01])
@pytest.mark.parametrize("level", [0.7, 1.0, 2.0])
def test_a_rise_beside_a_train_loss_that_never_fell_is_at_most_maybe_overfitting(
    level: float, sigma: float, seed: int
) -> None:
    train = noisy([level] * 40, sigma, seed)
    val = noisy([*falling(12, 1.0, 0.6, 3), *[0.6 + 0.02 * i for i in range(28)]], sigma, seed + 50)
    assessments = assess(train, val)
    assert not any(each.verdict is Verdict.OVERFITTING and not each.is_weak for each in assessments)
    assert any("train never fell" in one for one in sentences(assessments[-1], train, val))


def test_a_train_loss_at_its_floor_from_the_start_need_not_fall_for_overfitting() -> None:
    val = [*falling(12, 1.0, 0.6, 3), *[0.6 + 0.02 * i for i in range(28)]]
    assert assess([0.0001] * 40, val)[-1].verdict is Verdict.OVERFITTING


@pytest.mark.parametrize("seed", [0, 3, 5])
def test_where_noise_hides_everything_a_late_run_cannot_be_told_and_says_so_first(seed: int) -> None:
    val = noisy([0.69] * 12, 0.1, seed)
    last = assess(noisy([0.7] * 12, 0.1, seed + 50), val)[-1]
    assert last.verdict is Verdict.WARMING_UP
    assert (last.word, last.sign) == ("cannot tell", Verdict.WARMING_UP.sign)
    assert "cannot-tell" in last.flags
    assert sentences(last, val, val)[0].startswith("cannot be told yet: ")


def test_a_run_of_few_evaluations_is_warming_up() -> None:
    for each in assess([0.7, 0.7, 0.7], [0.69, 0.69, 0.69]):
        assert each.word == "warming-up"
        assert "cannot-tell" not in each.flags


def test_soon_after_a_restart_late_in_a_run_the_restart_is_the_reason() -> None:
    train = falling(40, 2.0, 0.2, 8) + falling(30, 1.2, 0.2, 8)
    val = [loss * 1.1 for loss in train]
    told = [each for each in assess(train, val)[40:] if "cannot-tell" in each.flags]
    for each in told:
        assert each.word == "cannot tell"
    restarted = [sentences(each, train, val)[0] for each in told if each.verdict is Verdict.WARMING_UP]
    assert all(one.startswith("cannot be told yet: ") for one in restarted)


def maybe_healthy(assessments: list[Assessment]) -> list[Assessment]:
    return [each for each in assessments if each.is_weak and each.verdict in HEALTHY]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_healthy_verdict_that_is_not_likely_is_a_maybe_and_says_why(seed: int) -> None:
    val = noisy([*falling(20, 1.0, 0.7), *[0.7] * 30], 0.12, seed)
    train = [loss * 0.9 for loss in val]
    assessments = assess(train, val)
    for index, each in enumerate(assessments):
        if each.verdict in HEALTHY and each.confidence < 0.45:
            assert each.word == f"maybe {each.verdict.value}"
        if each in maybe_healthy([each]):
            said = sentences(each, train[: index + 1], val[: index + 1])
            assert any(one.startswith("not beyond doubt: ") for one in said)
            assert not each.needs_action


@given(st.lists(st.floats(0.01, 3.0), min_size=1, max_size=80))
@settings(max_examples=60, deadline=None)
def test_a_word_is_firm_or_not_and_seldom_changes_once_a_run_is_long(losses: list[float]) -> None:
    words = [each.is_weak for each in assess(losses, losses) if each.verdict in HEALTHY]
    changes = sum(a is not b for a, b in pairwise(words[DEFAULTS.early_values :]))
    assert changes <= 1 + len(words) / 4


@pytest.mark.parametrize("verdict", sorted(HEALTHY))
def test_what_seems_more_probable_is_never_held_for_less(verdict: Verdict) -> None:
    held = [held_share(verdict, at / 100) for at in range(101)]
    assert held == sorted(held)
    assert 0 <= held[0] < held[-1] < 1


def reasons_of(train: list[float], val: list[float]) -> tuple[str, tuple[str, ...]]:
    last = assess(train, val)[-1]
    return last.verdict.value, last.reasons


@pytest.mark.parametrize(
    ("train", "val", "verdict", "word"),
    [
        (falling(40, 2, 0.2, 30), falling(40, 2.1, 0.4, 30), "learning", "to improve enough to matter"),
        (falling(60, 2, 0.2, 4), falling(60, 2.1, 0.4, 4), "converged", "no change"),
        ([0.693] * 30, [0.694] * 30, "underfitting", "would be learning"),
        (falling(20, 2, 0.2) + [40.0] * 15, falling(20, 2, 0.3) + [60.0] * 15, "diverged", "outside the range"),
    ],
)
def test_each_verdict_has_reasons_of_its_own(train: list[float], val: list[float], verdict: str, word: str) -> None:
    said, reasons = reasons_of(train, val)
    assert said == verdict
    assert any(word in one for one in reasons)


def test_overfitting_has_its_terms_instead_of_reasons() -> None:
    val = falling(12, 2, 0.5, 3) + [0.5 + 0.05 * i for i in range(28)]
    last = assess(falling(40, 2, 0.05, 10), val)[-1]
    assert last.verdict is Verdict.OVERFITTING
    assert last.reasons == ()


def test_a_validation_that_stays_at_its_start_while_train_falls_is_not_said_to_be_noise() -> None:
    train, val = falling(60, 0.8, 0.4, 20), [0.69 + 0.0002 * (i % 3) for i in range(60)]
    last = assess(train, val)[-1]
    assert last.word == "cannot tell"
    assert "noise" not in sentences(last, train, val)[0]


def test_beside_overfitting_train_is_not_said_to_have_risen() -> None:
    val = falling(12, 2, 0.5, 3) + [0.5 + 0.05 * i for i in range(28)]
    train = [*falling(30, 2, 0.05, 6), *[0.2 + 0.001 * i for i in range(10)]]
    for index, each in enumerate(assess(train, val)):
        if each.verdict is Verdict.OVERFITTING:
            assert not any("train rose" in one for one in sentences(each, train[: index + 1], val[: index + 1]))
