from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable

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


def test_a_loss_that_rises_is_no_reason_to_stop_while_a_score_still_improves() -> None:
    accuracies = [0.9 - 0.5 * 0.95**epoch for epoch in range(40)]
    monitor = lossmon.Monitor()
    judgements = [
        monitor.update(*losses, accuracy=accuracy) for *losses, accuracy in zip(TRAIN, OVERFIT, accuracies, strict=True)
    ]
    last = judgements[-1]
    assert not any(judgement.stop for judgement in judgements)
    assert (last.verdict, last.flags) == ("overfitting", ("score-still-improves",))
    assert last.headline.endswith("over-confident: validation loss rises, accuracy still improves")
    assert last.evidence[1].startswith("accuracy still improves: from 0.5325 (epoch 7) it got")
    assert any(advice.do.startswith("Keep the checkpoint of epoch 40 for accuracy") for advice in last.advice)


def beside_overfitting(monitor: lossmon.Monitor, **scores: Callable[[int], float | None]) -> lossmon.Judgement:
    """Return the last judgement on a loss that rises, with the scores of each epoch."""
    judgements = [
        monitor.update(train, val, **{name: score(epoch) for name, score in scores.items()})
        for epoch, (train, val) in enumerate(zip(TRAIN, OVERFIT, strict=True))
    ]
    return judgements[-1]


def test_one_score_that_improves_among_several_is_enough_and_the_others_do_not_hide_it() -> None:
    judgement = beside_overfitting(
        lossmon.Monitor(), accuracy=lambda epoch: 0.5 + 0.4 * 0.9**epoch, f1=lambda epoch: 0.9 - 0.5 * 0.95**epoch
    )
    assert judgement.score is not None
    assert (judgement.score.name, judgement.score.trend, judgement.stop) == ("f1", "improving", False)


@pytest.mark.parametrize("score", [0.5, None, math.nan, math.inf])
def test_a_score_that_tells_nothing_does_not_keep_a_training_going(score: float | None) -> None:
    assert beside_overfitting(lossmon.Monitor(), accuracy=lambda _: score).stop


def test_an_error_rate_that_falls_is_a_score_that_improves() -> None:
    assert "score-still-improves" in beside_overfitting(lossmon.Monitor(), wer=lambda epoch: 0.95**epoch).flags


def test_of_a_score_whose_direction_is_unknown_the_user_is_asked_once() -> None:
    monitor = lossmon.Monitor()
    with pytest.warns(UserWarning, match=r"whether a higher elo is better .* Monitor\(modes=\{'elo': 'max'\}\)"):
        monitor.update(1.0, 1.0, elo=1200)
    monitor.update(1.0, 1.0, elo=1300)  # another warning would be an error
    assert not beside_overfitting(lossmon.Monitor(modes={"elo": "max"}), elo=lambda epoch: 1000.0 + 10 * epoch).stop


def test_evaluations_are_named_by_the_step_at_which_they_were() -> None:
    monitor = lossmon.Monitor(unit="step")
    judgements = [
        monitor.update(train, val, at=500 * (index + 1))
        for index, (train, val) in enumerate(zip(TRAIN, OVERFIT, strict=True))
    ]
    assert "(step 3500)" in judgements[-1].evidence[0]


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
