from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.core.snapshot import EvaluationHistory
from lossmon.core.verdict import Verdict
from lossmon.runs import Evaluator, span_edges

OVERFIT = [1.0 * 0.7**i + 0.3 + 0.02 * max(0, i - 9) for i in range(40)]
TRAIN = [1.0 * 0.85**i for i in range(40)]


def history(train: list[float] | None, val: list[float] | None, unlogged: int = 0) -> EvaluationHistory:
    x = np.arange(float(len(val if val is not None else train or [])))
    return EvaluationHistory(
        "epoch",
        x,
        np.full(len(x), np.nan),
        None if train is None else np.array(train),
        None if val is None else np.array(val),
        unlogged,
    )


def told(evaluator: Evaluator, run: EvaluationHistory) -> tuple[object, ...]:
    """Return what *evaluator* says of *run*, as values that can be compared."""
    evaluation = evaluator.evaluate(run)
    return evaluation.assessment, evaluation.timeline, repr(evaluation.probabilities.tolist())


def test_an_overfitting_history_gets_that_verdict_and_its_onset() -> None:
    assessment, timeline, _ = Evaluator().evaluate(history(TRAIN, OVERFIT))
    assert assessment.verdict is Verdict.OVERFITTING
    assert assessment.onset == int(np.argmin(OVERFIT))
    assert timeline[-1].verdict is Verdict.OVERFITTING
    assert timeline[0].index == 0


def test_a_growing_history_gets_the_same_result_as_the_whole_history() -> None:
    growing = Evaluator()
    for length in range(1, len(OVERFIT) + 1):
        run = history(TRAIN[:length], OVERFIT[:length])
        assert told(growing, run) == told(Evaluator(), run)


@pytest.mark.parametrize("fewer", [1, 2, 39])
def test_a_history_that_became_shorter_is_evaluated_as_if_it_had_never_been_longer(fewer: int) -> None:
    evaluator = Evaluator()
    evaluator.evaluate(history(TRAIN, OVERFIT))
    shorter = history(TRAIN[:-fewer], OVERFIT[:-fewer])
    assert told(evaluator, shorter) == told(Evaluator(), shorter)


@pytest.mark.parametrize("released", [1, 20, 40])
def test_a_run_that_continues_after_its_end_is_evaluated_as_if_it_had_never_ended(released: int) -> None:
    evaluator = Evaluator()
    evaluator.evaluate(history(TRAIN[:released], OVERFIT[:released]))
    evaluator.release()
    assert told(evaluator, history(TRAIN, OVERFIT)) == told(Evaluator(), history(TRAIN, OVERFIT))


def test_the_evaluator_of_a_run_that_has_ended_needs_less_than_half_the_memory() -> None:
    evaluator = Evaluator()
    evaluator.evaluate(history(TRAIN[:20], OVERFIT[:20]))
    before = len(pickle.dumps(evaluator))
    evaluator.release()
    assert len(pickle.dumps(evaluator)) < before / 2


def test_the_verdict_at_any_evaluation_is_that_of_the_whole_timeline() -> None:
    _, timeline, _ = Evaluator().evaluate(history(TRAIN, OVERFIT))
    for length in range(1, len(OVERFIT) + 1):
        assessment, *_ = Evaluator().evaluate(history(TRAIN[:length], OVERFIT[:length]))
        expected = [change.verdict for change in timeline if change.index < length][-1]
        assert assessment.verdict is expected


def test_a_train_loss_that_arrives_late_is_evaluated_as_if_it_had_been_in_time() -> None:
    evaluator = Evaluator()
    evaluator.evaluate(history([*TRAIN[:19], TRAIN[18]], OVERFIT[:20]))
    assert told(evaluator, history(TRAIN[:20], OVERFIT[:20])) == told(Evaluator(), history(TRAIN[:20], OVERFIT[:20]))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 39))
def test_the_result_does_not_depend_on_earlier_evaluations(before: int, after: int, changed: int) -> None:
    evaluator = Evaluator()
    other = [loss + (index == changed) for index, loss in enumerate(OVERFIT)]
    evaluator.evaluate(history(TRAIN[:before], other[:before]))
    assert told(evaluator, history(TRAIN[:after], OVERFIT[:after])) == told(
        Evaluator(), history(TRAIN[:after], OVERFIT[:after])
    )


def test_a_missing_train_loss_is_not_a_nan() -> None:
    assessment, *_ = Evaluator().evaluate(history([np.nan, np.nan, *TRAIN[2:]], OVERFIT, unlogged=2))
    assert assessment.verdict is Verdict.OVERFITTING
    nan, *_ = Evaluator().evaluate(history([*TRAIN[:-2], np.nan, np.nan], [*OVERFIT[:-2], np.nan, np.nan]))
    assert nan.verdict is Verdict.DIVERGED


@pytest.mark.parametrize("only", ["train", "val"])
def test_a_single_loss_is_evaluated(only: str) -> None:
    assessment, *_ = Evaluator().evaluate(
        history(TRAIN if only == "train" else None, OVERFIT if only == "val" else None)
    )
    assert assessment.best is not None


def test_a_very_long_history_is_averaged_in_growing_spans_whose_ends_never_move() -> None:
    edges = span_edges(100_000, single=512, per_width=128)
    assert edges.tolist() == span_edges(100_000).tolist()
    assert edges[: 512 + 1].tolist() == list(range(512 + 1))
    assert len(edges) < 4 * 512
    shorter = span_edges(60_000)
    assert edges[: len(shorter)].tolist() == shorter.tolist()
    assert 100_000 - edges[-1] < 100_000 // 64
    assert (np.diff(edges) <= np.maximum(1, edges[1:] // 100)).all()


def test_indices_of_a_very_long_history_count_evaluations() -> None:
    n = 20_000
    rng = np.random.default_rng(0)
    val = np.concatenate([np.linspace(2, 1, n // 2), np.linspace(1, 1.8, n // 2)]) + 0.001 * rng.normal(size=n)
    train = np.linspace(2, 0.2, n)
    assessment, timeline, probabilities = Evaluator().evaluate(history(train.tolist(), val.tolist()))
    assert assessment.verdict is Verdict.OVERFITTING
    assert assessment.onset is not None
    assert abs(assessment.onset - n // 2) < n // 50
    assert assessment.detected is not None
    assert n // 2 < assessment.detected < n
    assert next(change.index for change in timeline if change.verdict is Verdict.OVERFITTING) == assessment.detected
    assert val[assessment.best or 0] == pytest.approx(val.min(), abs=0.005)
    assert len(probabilities) == n
    assert np.isfinite(probabilities[: span_edges(n)[-1]]).all()
    assert probabilities[n // 2 - 100] < 0.5 < probabilities[assessment.detected]


def test_the_probability_at_any_evaluation_is_the_one_given_when_it_was_the_last() -> None:
    probabilities = Evaluator().evaluate(history(TRAIN, OVERFIT)).probabilities
    assert probabilities[0] < 0.5 < probabilities[-1]
    for length in range(1, len(OVERFIT) + 1):
        assessment = Evaluator().evaluate(history(TRAIN[:length], OVERFIT[:length])).assessment
        assert assessment.probability == round(probabilities[length - 1], 3)
