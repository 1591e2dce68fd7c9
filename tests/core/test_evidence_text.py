from __future__ import annotations

import numpy as np
import pytest

from lossmon.core.assessment import Evidence
from lossmon.core.evidence_text import evidence_sentences
from lossmon.core.snapshot import EvaluationHistory

X = np.array([10.0, 20.0, 30.0])
HISTORY = EvaluationHistory("step", X, X, np.array([3.0, 2.0, 2.0]), np.array([4.0, 3.5, 3.25]), 0, np.array([1, 8, 0]))


def test_an_evaluation_is_named_as_the_log_counts_it() -> None:
    assert HISTORY.label(1) == "step 20"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("validation is {0.judged} ({0})", "validation is 4 (step 10)"),
        ("train is {0.train} ({0})", "train is 3 (step 10)"),
        ("train is {1.train} ({1})", "train is a mean of 2 (step 20)"),
        ("train is {2.train} ({2})", "train is the last logged 2 (step 30)"),
    ],
)
def test_losses_come_from_the_log_and_a_mean_is_called_one(text: str, sentence: str) -> None:
    assert evidence_sentences([Evidence(text, (0, 1, 2))], HISTORY) == (sentence,)


def test_without_validation_the_judged_loss_is_train() -> None:
    history = EvaluationHistory("epoch", X, X, np.array([3.0, 2.0, 1.0]), None)
    assert evidence_sentences([Evidence("{0.judged} ({0})", (2,))], history) == ("1 (epoch 30)",)
