from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lossmon
from lossmon.core.snapshot import EvaluationHistory
from lossmon.runs import Evaluator

TRAIN = [0.9**epoch for epoch in range(40)]
OVERFIT = [0.6**epoch + 0.02 * epoch for epoch in range(40)]
HEALTHY = [0.3 + 0.9**epoch for epoch in range(40)]


def test_losses_at_hand_are_judged_with_onset_evidence_and_advice() -> None:
    judgement = lossmon.judge(TRAIN, OVERFIT, first=0)
    assert (judgement.verdict, judgement.severity, judgement.best) == ("overfitting", "severe", 6)
    assert judgement.stop
    assert any("from 0.1667 (epoch 6)" in sentence for sentence in judgement.evidence)
    assert any("checkpoint of epoch 6" in advice.do for advice in judgement.advice)


def test_a_live_loop_is_told_to_stop_after_overfitting_has_lasted_and_not_before_the_turn() -> None:
    monitor = lossmon.Monitor()
    stops = [monitor.update(train, val).stop for train, val in zip(TRAIN, OVERFIT, strict=True)]
    assert not any(stops[:8])
    assert stops.index(True) < 20
    assert all(stops[stops.index(True) :])


def test_a_healthy_training_is_never_told_to_stop() -> None:
    monitor = lossmon.Monitor()
    assert not any(monitor.update(train, val).stop for train, val in zip(TRAIN, HEALTHY, strict=True))


def test_a_training_that_diverged_is_told_to_stop() -> None:
    judgement = lossmon.judge([*TRAIN[:10], math.nan, math.nan, math.nan], [*HEALTHY[:10], *[math.nan] * 3])
    assert (judgement.verdict, judgement.stop) == ("diverged", True)


@pytest.mark.parametrize("beat", [5, 10, 40])
def test_single_evaluations_without_a_number_are_no_reason_to_stop_a_training_that_goes_on(beat: int) -> None:
    monitor = lossmon.Monitor()
    vals = [math.nan if epoch % beat == 4 else loss for epoch, loss in enumerate(HEALTHY)]
    assert not any(monitor.update(train, val).stop for train, val in zip(TRAIN, vals, strict=True))


def test_it_is_time_to_stop_when_validation_is_not_a_number_twice_or_train_is_not_either() -> None:
    monitor = lossmon.Monitor()
    for train, val in zip(TRAIN[:10], HEALTHY, strict=False):
        monitor.update(train, val)
    assert [monitor.update(0.3, math.nan).stop for _ in range(2)] == [False, True]
    assert lossmon.judge([*TRAIN[:10], math.nan], [*HEALTHY[:10], math.nan]).stop


def test_losses_that_leave_their_range_and_stay_out_are_a_reason_to_stop_although_they_are_finite() -> None:
    assert lossmon.judge([*TRAIN[:20], *[9.0] * 8], [*HEALTHY[:20], *[9.0] * 8]).stop


def test_a_score_is_judged_in_its_direction() -> None:
    accuracy = [0.9 - loss for loss in OVERFIT]
    judgement = lossmon.judge(val=accuracy, higher_is_better=True)
    assert judgement.best == int(np.argmax(accuracy))


def test_arrays_missing_values_and_no_values_are_accepted() -> None:
    assert lossmon.judge(np.array(TRAIN), np.array(OVERFIT)) == lossmon.judge(TRAIN, OVERFIT)
    assert lossmon.judge([None, *TRAIN], [*HEALTHY, None]).evaluations == 41
    assert lossmon.judge().verdict == "warming-up"
    assert lossmon.judge([], []).best is None


def test_columns_of_different_length_are_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="train has 2 values but val has 1; give None"):
        lossmon.judge([1.0, 0.9], [1.0])


@given(st.integers(1, 1200), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_a_training_gets_the_verdict_that_its_log_would_get(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.arange(float(count))
    val = 0.5 + np.exp(-x / 40) + 0.002 * np.maximum(0, x - count / 2) + rng.normal(0, 0.01, count)
    train = 0.2 + np.exp(-x / 30) + rng.normal(0, 0.01, count)
    history = EvaluationHistory("epoch", x, x * np.nan, train, val)
    assessment = Evaluator().evaluate(history).assessment
    judgement = lossmon.judge(train, val)
    assert (judgement.verdict, judgement.onset, judgement.best) == (
        assessment.verdict.value, assessment.onset, assessment.best,
    )  # fmt: skip
    assert judgement.probability == pytest.approx(assessment.probability, abs=0.002)


def test_a_notebook_shows_the_verdict_without_markup_of_others() -> None:
    judgement = lossmon.judge(TRAIN, OVERFIT, unit="<b>")
    assert "<b>" not in judgement._repr_html_()
    assert judgement._repr_html_().startswith("<strong>overfitting, severe")
    assert str(judgement).splitlines()[0] == judgement.headline


def test_judging_needs_neither_numpy_nor_textual() -> None:
    code = (
        "import sys; sys.modules['numpy'] = sys.modules['textual'] = None\n"
        "import lossmon; print(lossmon.judge([0.9, 0.5, 0.3, 0.2], [1.0, 0.6, 0.5, 0.45]).verdict)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "learning"


def test_the_public_names_are_these_and_each_is_imported_when_it_is_used() -> None:
    assert lossmon.__all__ == ["Judgement", "Monitor", "judge"]
    for name in lossmon.__all__:
        assert getattr(lossmon, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        lossmon.nothing  # noqa: B018
