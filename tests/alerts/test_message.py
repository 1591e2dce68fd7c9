from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.evaluated import evaluated_run
from tests.support.training_logs import IMPROVING

from lossmon.alerts.message import condition_message
from lossmon.core.assessment import Advice
from lossmon.core.cause import Cause
from lossmon.core.checkpoint import Checkpoint
from lossmon.core.snapshot import RunSnapshot, RunStatus
from lossmon.core.text import Name

OVERFITS, IMPROVES = evaluated_run(), evaluated_run("cnn", IMPROVING)
DIVERGES = evaluated_run("rnn", [*IMPROVING[:9], float("nan"), float("nan")])
MAYBE = next(
    run for run in (evaluated_run(length=n) for n in range(1, 31)) if run.assessment.word == "maybe overfitting"
)


@pytest.mark.parametrize(
    ("condition", "run", "message"),
    [
        ("overfitting", OVERFITS, "lstm is overfitting since epoch 10 (val 0.34 → 0.9); "
         "keep the checkpoint of epoch 10"),
        ("maybe-overfitting", MAYBE, "lstm is maybe overfitting since epoch 10 (val 0.34 → "),
        ("diverged", DIVERGES, "rnn has diverged at epoch 10: validation loss is NaN since epoch 10; "
         "keep the checkpoint of epoch 9"),
        ("learning", IMPROVES, "cnn is learning: validation loss is 0.1471 (epoch 30), its best so far"),
        ("maybe-converged", IMPROVES, "cnn has maybe converged: "),
        ("ended", IMPROVES, "cnn has ended at epoch 30 (learning, best 0.147 at epoch 30)"),
        ("stalled", OVERFITS, "lstm has stalled at epoch 30 (overfitting, best 0.34 at epoch 10)"),
        ("gone", replace(OVERFITS, history=None), "lstm is gone"),
    ],
)  # fmt: skip
def test_a_message_says_what_has_happened_since_when_and_what_to_keep(
    condition: str, run: RunSnapshot, message: str
) -> None:
    assert condition_message(condition, run).startswith(message)


def saved(number: int) -> Checkpoint:
    """Return the checkpoint of an epoch."""
    return Checkpoint(Name.of(f"lstm/{number}.pt"), 1000, 0.0, x=float(number), evaluation=number - 1, known_by="name")


@pytest.mark.parametrize(
    ("checkpoints", "advice"),
    [
        ((saved(5), saved(10), saved(15)), "; keep 10.pt, the checkpoint of epoch 10"),
        ((saved(5), saved(15)), "; keep 15.pt, the best checkpoint on disk; that of epoch 10 is not there"),
    ],
)
def test_the_file_of_the_checkpoint_is_named_where_it_is_known(
    checkpoints: tuple[Checkpoint, ...], advice: str
) -> None:
    run = replace(OVERFITS, checkpoints=checkpoints, status=RunStatus.ENDED)
    assert condition_message("overfitting", run).endswith(advice)


def test_the_message_names_the_checkpoint_that_the_advice_names() -> None:
    by_score = Advice("Keep the checkpoint of epoch 8", "accuracy was 0.9 there", keeps=(7,))
    run = replace(OVERFITS, advice=(by_score,), checkpoints=(saved(8), saved(10)))
    assert condition_message("overfitting", replace(run, checkpoints=())).endswith("; keep the checkpoint of epoch 8")
    assert condition_message("overfitting", run).endswith("; keep the checkpoint of epoch 8 (8.pt)")


def test_what_to_keep_of_a_boosted_model_is_in_the_words_of_the_advice() -> None:
    trees = Advice("Keep the trees up to round 9 for auc: booster[:9]", "auc is best there", call="booster[:9]")
    flags = (*OVERFITS.assessment.flags, Cause.SCORE_IMPROVES.value)
    run = replace(OVERFITS, advice=(trees,), assessment=replace(OVERFITS.assessment, flags=flags))
    assert condition_message("overfitting", run).endswith("; keep the trees up to round 9 for auc")


def test_a_maybe_is_not_acted_on() -> None:
    assert "keep" not in condition_message("maybe-overfitting", MAYBE)
