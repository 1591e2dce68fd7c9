from __future__ import annotations

import pytest

from lossmon.core.assessment import Assessment
from lossmon.core.verdict import Severity, Verdict
from lossmon.detector import advise

FRAMEWORKS = (
    "keras",
    "lightning",
    "huggingface",
    "pytorch",
    "xgboost",
    "lightgbm",
    "catboost",
    "ultralytics",
    "fastai",
)


def overfitting(onset: int, severity: Severity, *flags: str) -> Assessment:
    return Assessment(
        Verdict.OVERFITTING, severity, 0.9, onset=onset, detected=onset + 4, best=onset, best_value=0.5, flags=flags
    )


@pytest.mark.parametrize("framework", [*FRAMEWORKS, "", "unheard-of"])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_there_are_at_most_three_suggestions_each_with_a_reason(verdict: Verdict, framework: str) -> None:
    suggestions = advise(Assessment(verdict, flags=("non-finite", "gap-from-start", "val-far-below-train")), framework)
    assert len(suggestions) <= 3
    assert all(suggestion.do and suggestion.because for suggestion in suggestions)


@pytest.mark.parametrize("verdict", [Verdict.WARMING_UP, Verdict.LEARNING])
def test_a_run_that_learns_needs_no_advice(verdict: Verdict) -> None:
    assert advise(Assessment(verdict), "keras") == ()


@pytest.mark.parametrize("framework", [f for f in FRAMEWORKS if f != "pytorch"])
def test_the_first_advice_against_overfitting_is_to_stop_with_the_frameworks_own_call(framework: str) -> None:
    first = advise(overfitting(10, Severity.MODERATE), framework)[0].do
    assert first.startswith("Stop here and keep the checkpoint")
    assert ": " in first


def test_an_early_severe_rise_suggests_a_smaller_model() -> None:
    assert "smaller" in advise(overfitting(2, Severity.SEVERE), "")[1].do


def test_a_late_mild_rise_suggests_weight_decay() -> None:
    assert advise(overfitting(40, Severity.MILD), "huggingface")[1].do.endswith("TrainingArguments(weight_decay=0.01)")


def test_a_gap_from_the_start_suggests_comparing_the_data() -> None:
    suggestions = advise(overfitting(40, Severity.MILD, "gap-from-start"), "keras")
    assert "cached once" in suggestions[1].because


def test_a_validation_far_below_train_suggests_leakage() -> None:
    assert "leakage" in advise(Assessment(Verdict.CONVERGED, flags=("val-far-below-train",)), "")[0].because


def test_boosted_trees_get_a_smaller_depth() -> None:
    assert advise(overfitting(2, Severity.SEVERE), "xgboost")[1].do.endswith("max_depth=4")
