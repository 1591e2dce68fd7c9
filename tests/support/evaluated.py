"""Runs whose verdict the detector gave, for tests of reports."""

from __future__ import annotations

import numpy as np
from tests.support.training_logs import OVERFITTING

from lossmon.core.evidence_text import evidence_sentences
from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot
from lossmon.core.text import Name
from lossmon.runs import Evaluator

TRAIN = [1.0 * 0.85**i for i in range(30)]


def evaluated_run(name: str = "lstm", val: list[float] | None = None, length: int = 30) -> RunSnapshot:
    """Return a run after its first *length* epochs; unless *val* says otherwise it overfits."""
    losses = (val if val is not None else OVERFITTING)[:length]
    train, validation = _curve("loss", TRAIN[: len(losses)]), _curve("val_loss", losses)
    history = EvaluationHistory("epoch", train.x, train.wall_time, train.value, validation.value)
    return snapshot_of(name, "keras-csv", train, validation, history)


def snapshot_of(
    name: str, format_name: str, train: Curve, validation: Curve, history: EvaluationHistory
) -> RunSnapshot:
    """Return the snapshot of a run with these curves, whose *history* the detector judged."""
    evaluation = Evaluator().evaluate(history)
    return RunSnapshot(
        Name.of(name),
        Name.of(name),
        format_name,
        train,
        validation,
        history,
        evaluation.assessment,
        evaluation.timeline,
        evidence_sentences(evaluation.assessment.evidence, history),
        (),
        (train, validation),
        evaluation.probabilities,
    )


def _curve(tag: str, values: list[float]) -> Curve:
    x = np.arange(1.0, len(values) + 1)
    return Curve(Name.of(tag), "epoch", x, x * np.nan, np.array(values), len(values))
