"""Fills in the evaluations and losses that the evidence names, from the log itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lossmon.core.assessment import Evidence
from lossmon.core.snapshot import EvaluationHistory


@dataclass(frozen=True, slots=True)
class EvaluationText:
    """One evaluation of a history, with the fields that an evidence may use; as text it is its name."""

    history: EvaluationHistory
    index: int

    def __str__(self) -> str:
        """Return the name of the evaluation: ``epoch 10``."""
        return self.history.label(self.index)

    @property
    def judged(self) -> str:
        """The validation loss; the train loss if there is no validation."""
        return f"{self.history.judged[self.index]:.4g}"

    @property
    def train(self) -> str:
        """The train loss: ``0.41``, or ``a mean of 0.41`` where several were logged since the evaluation before."""
        if self.history.train is None:
            return "-"
        loss = f"{self.history.train[self.index]:.4g}"
        points = 1 if self.history.train_points is None else int(self.history.train_points[self.index])
        return f"a mean of {loss}" if points > 1 else loss if points else f"the last logged {loss}"


def evidence_sentences(evidence: Iterable[Evidence], history: EvaluationHistory | None) -> tuple[str, ...]:
    """Return the evidence as sentences for the user."""
    if history is None:
        return ()
    return tuple(one.text.format(*(EvaluationText(history, index) for index in one.at)) for one in evidence)
