"""Advice follows the verdict and the facts of the run, and is worded for its framework."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bench.histories.rivals import patience, relative_patience
from tests.bench.histories.table import is_held_out, load_records

from lossmon.advice import FRAMEWORK_CALLS, MAX_SUGGESTIONS, Evaluation, LearningRate, RunFacts, advise
from lossmon.advice.facts import PATIENCE_SHARE, STOPPED_BY_FIVE, STOPPED_BY_PATIENCE
from lossmon.core.assessment import Assessment
from lossmon.core.cause import Cause
from lossmon.core.score import Score, ScoreTrend
from lossmon.core.text import Name
from lossmon.core.verdict import Severity, Verdict

BOOSTING = ("xgboost", "lightgbm", "catboost")
FLAGS = [*(cause.value for cause in Cause), "non-finite", "gap-from-start", "restarted"]


def overfitting(severity: Severity = Severity.MODERATE, *flags: str) -> Assessment:
    return Assessment(Verdict.OVERFITTING, severity, 0.9, onset=10, best=10, flags=flags)


def facts(framework: str = "", *, best: int = 10, evaluations: int = 40, train: float = 0.4) -> RunFacts:
    """Return the facts of a run whose loss was 0.5 at evaluation *best* and is 0.75 now."""
    now = evaluations - 1
    return RunFacts(
        framework,
        evaluations=evaluations,
        planned_evaluations=evaluations,
        first=Evaluation(0, "epoch 1", 1.0, 2.0, 1.8, "1.8"),
        best=Evaluation(best, f"epoch {best + 1}", best + 1.0, 0.5, 0.45, "0.45"),
        now=Evaluation(now, f"epoch {now + 1}", now + 1.0, 0.75, train, f"{train:.4g}"),
        noise=0.004,
    )


def actions(assessment: Assessment, known: RunFacts) -> list[str]:
    return [piece.do for piece in advise(assessment, known)]


def mentions(word: str, assessment: Assessment, known: RunFacts) -> bool:
    return any(word in action for action in actions(assessment, known))


@given(
    st.sampled_from(list(Verdict)),
    st.sampled_from([*Severity, None]),
    st.lists(st.sampled_from(FLAGS), max_size=4),
    st.sampled_from([*FRAMEWORK_CALLS, "", "unheard-of"]),
    st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_there_are_at_most_three_pieces_each_with_a_reason(
    verdict: Verdict, severity: Severity | None, flags: list[str], framework: str, knows_nothing: bool
) -> None:
    assessment = Assessment(verdict, severity, flags=tuple(flags))
    pieces = advise(assessment, RunFacts(framework) if knows_nothing else facts(framework))
    assert len(pieces) <= MAX_SUGGESTIONS
    for piece in pieces:
        assert piece.do
        assert piece.because
        assert not re.search(r"\{\w+\}|nan\b|None", piece.do + piece.because + piece.expect)


@pytest.mark.parametrize("verdict", [Verdict.WARMING_UP, Verdict.LEARNING])
def test_a_run_that_learns_needs_no_advice(verdict: Verdict) -> None:
    assert advise(Assessment(verdict), facts("keras")) == ()


def test_a_maybe_is_not_acted_on_but_a_cause_is() -> None:
    assert advise(replace(overfitting(), is_weak=True), facts("keras")) == ()
    weak = Assessment(Verdict.UNDERFITTING, is_weak=True, flags=("zero-gradient",))
    assert actions(weak, facts())[0] == "Check which parameters are trained"


@pytest.mark.parametrize("framework", [name for name in FRAMEWORK_CALLS if name not in (*BOOSTING, "pytorch")])
def test_the_first_advice_against_overfitting_is_to_stop_with_the_frameworks_own_call(framework: str) -> None:
    first = actions(overfitting(), facts(framework))[0]
    assert first.startswith("Stop here and keep the checkpoint of epoch 11: ")


def test_the_advice_to_stop_has_the_losses_of_the_run_and_what_is_left() -> None:
    first = advise(overfitting(), replace(facts(), planned_evaluations=100))[0]
    assert first.do == "Stop here, with 60 of 100 evaluations to go, and keep the checkpoint of epoch 11"
    assert first.because == "validation loss was lowest there, 0.5; it is 0.75 now, 50 % higher"


@pytest.mark.parametrize("verdict", [Verdict.OVERFITTING, Verdict.CONVERGED])
@pytest.mark.parametrize("framework", [*FRAMEWORK_CALLS, ""])
@pytest.mark.parametrize("planned", [40, 100])
@pytest.mark.parametrize("rate", [None, LearningRate(0.1, 0.01, 0.001)])
def test_a_training_that_has_ended_is_not_told_to_stop(
    verdict: Verdict, framework: str, planned: int, rate: LearningRate | None
) -> None:
    known = replace(facts(framework), planned_evaluations=planned, planned_end=float(planned), learning_rate=rate)
    assessment = replace(overfitting(), verdict=verdict)
    for piece in advise(assessment, known):
        ended = piece.worded(is_ended=True)
        assert not re.search(r"\b[Ss]top\b(?! near there next time)|to go", ended.do)
        assert ended.worded(is_ended=False).do == (piece.while_running or piece.do)


@pytest.mark.parametrize(("evaluations", "expected"), [(5, 3), (10, 3), (40, 12), (150, 45)])
def test_patience_is_relative_to_the_length_of_the_run(evaluations: int, expected: int) -> None:
    known = facts("keras", best=2, evaluations=evaluations)
    assert f"patience={expected}," in actions(overfitting(), known)[0]


def test_the_figures_about_patience_are_those_of_the_table_of_histories() -> None:
    healthy = [record for record in load_records() if is_held_out(record) and record.rise < 0.02]
    rules = {STOPPED_BY_PATIENCE: relative_patience(PATIENCE_SHARE), STOPPED_BY_FIVE: patience(5)}
    for percent, rule in rules.items():
        stopped = [any(rule(record.train, record.validation)) for record in healthy]
        assert round(100 * np.mean(stopped)) == percent


def test_an_early_steep_turn_suggests_a_smaller_model_and_a_late_one_weight_decay() -> None:
    assert mentions("smaller", overfitting(Severity.SEVERE), facts(best=3))
    assert mentions("weight decay", overfitting(Severity.MODERATE), facts(best=30))
    assert mentions("weight decay", overfitting(Severity.MILD), facts(best=3))


def test_a_training_set_that_is_learned_by_heart_suggests_more_data() -> None:
    pieces = advise(overfitting(), facts(best=20, train=0.018))
    assert pieces[1].do.startswith("Get more data")
    assert "from 1.8 to 0.018, 1.0 % of its start" in pieces[1].because


def test_the_size_of_the_training_set_is_named_where_it_is_known() -> None:
    known = replace(facts(best=20, train=0.018), train_examples=1200)
    assert "1,200 examples" in advise(overfitting(), known)[1].because


def test_a_gap_from_the_start_suggests_comparing_the_data() -> None:
    piece = advise(overfitting(Severity.MILD, "gap-from-start"), facts("keras"))[1]
    assert "cached once" in piece.because
    assert "validation 2, train 1.8 at epoch 1" in piece.because


def test_a_constant_rate_should_decay_and_a_late_decay_should_come_sooner() -> None:
    constant = replace(facts(best=30), learning_rate=LearningRate(1e-3, 1e-3, 1e-3))
    assert mentions("decay", overfitting(), constant)
    late = replace(facts("huggingface", best=12), learning_rate=LearningRate(1e-4, 7e-5, 1e-6))
    assert mentions("num_train_epochs=13", overfitting(), late)
    gone = replace(facts(best=30), learning_rate=LearningRate(1e-4, 1e-6, 0.0))
    assert not mentions("rate", overfitting(), gone)


def test_a_best_evaluation_that_is_the_first_suggests_to_evaluate_more_often() -> None:
    assert actions(overfitting(), facts("lightning", best=0))[1] == (
        "Evaluate more often: Trainer(val_check_interval=0.25)"
    )


def test_noise_makes_the_best_checkpoint_partly_luck() -> None:
    noisy = replace(facts(best=20), noise=0.2)
    assert any("40 % of the best" in piece.because for piece in advise(overfitting(), noisy))


@pytest.mark.parametrize("framework", BOOSTING)
@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("best", [3, 30])
def test_boosted_trees_get_rounds_depth_and_leaves_never_dropout(framework: str, severity: Severity, best: int) -> None:
    pieces = advise(overfitting(severity), facts(framework, best=best, evaluations=200))
    said = " ".join(piece.do for piece in pieces)
    assert pieces[0].do.startswith(f"Use only the trees up to epoch {best + 1}: ")
    assert "60" in pieces[0].do
    assert not re.search("dropout|augment|checkpoint|layers|epochs", said, re.IGNORECASE)


@pytest.mark.parametrize("framework", BOOSTING)
def test_over_confident_trees_are_calibrated_without_smoothing_labels(framework: str) -> None:
    said = " ".join(actions(overfitting(Severity.SEVERE, "score-holds"), with_score(framework, "error")))
    assert "Calibrate" in said
    assert "Smooth" not in said


def with_score(framework: str, name: str, *, best: int = 39) -> RunFacts:
    """Return the facts of a run whose score is best at evaluation *best*."""
    values = np.full(40, 0.8)
    values[best] = 0.9
    score = Score(Name.of(f"eval_{name}"), name, True, values, best, 39, ScoreTrend.IMPROVING)
    return replace(facts(framework), score=score, score_labels=(f"epoch {best + 1}", "epoch 40"))


def test_an_over_confident_run_has_two_best_checkpoints() -> None:
    pieces = advise(overfitting(Severity.SEVERE, "score-still-improves"), with_score("huggingface", "accuracy"))
    assert pieces[0].do.startswith("Keep the checkpoint of epoch 40 for accuracy, that of epoch 11 for probabilities: ")
    assert 'metric_for_best_model="eval_accuracy"' in pieces[0].do
    assert [piece.do.split(":")[0] for piece in pieces[1:]] == [
        "Smooth the labels",
        "Calibrate with one temperature, fitted on validation",
    ]


def test_a_score_that_was_best_before_the_loss_leaves_one_checkpoint() -> None:
    first = actions(overfitting(Severity.SEVERE, "score-holds"), with_score("", "accuracy", best=5))[0]
    assert first == "Keep the checkpoint of epoch 6"


def test_a_score_of_other_than_classes_is_no_question_of_labels() -> None:
    said = actions(overfitting(Severity.SEVERE, "score-holds"), with_score("", "bleu"))
    assert not any("Smooth" in action or "Calibrate" in action for action in said)


def test_a_loss_of_guessing_is_recognised() -> None:
    now = Evaluation(39, "epoch 40", 40.0, 0.6935, 0.69, "0.69")
    because = [piece.because for piece in advise(Assessment(Verdict.UNDERFITTING), replace(facts(), now=now))]
    assert any("about ln 2 = 0.6931" in reason for reason in because)


def test_without_validation_nobody_is_told_to_stop() -> None:
    known = replace(facts("huggingface"), has_validation=False)
    pieces = advise(Assessment(Verdict.CONVERGED, flags=("no-validation",)), known)
    assert [piece.do.split(":")[0] for piece in pieces] == ["Evaluate on data that is not trained on"]
    assert "eval_strategy" in pieces[0].do


@pytest.mark.parametrize("verdict", [Verdict.OVERFITTING, Verdict.UNDERFITTING, Verdict.CONVERGED])
def test_reinforcement_learning_is_not_told_what_helps_a_loss(verdict: Verdict) -> None:
    said = actions(Assessment(verdict, flags=("reinforcement-learning",)), facts("huggingface"))
    assert said == ["Judge by the reward, and watch the distance to the reference model (KL)"]


def test_a_score_that_is_judged_falls_from_its_highest_value() -> None:
    known = replace(facts("keras"), judged_score="val_accuracy")
    known = replace(known, now=Evaluation(39, "epoch 40", 40.0, 0.4, 0.9, "0.9"))
    first, *rest = advise(overfitting(), known)
    assert first.because.startswith("validation score was highest there, 0.5; it is 0.4 now, 20 % lower")
    assert 'monitor="val_accuracy", mode="max"' in first.do
    assert any("fell by 20 %" in piece.because for piece in rest)
    assert not any("loss" in piece.because + piece.expect for piece in (first, *rest))
