"""Fills in the evaluations and losses that the evidence names, from the log itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lossmon.core.assessment import Evidence

if TYPE_CHECKING:
    from lossmon.core.points import Floats, Ints


class NamedEvaluations(Protocol):
    """Evaluations that have a name and losses: those of a log, or of a training that goes on."""

    @property
    def judged(self) -> Floats | Sequence[float]:
        """The losses that the verdict is based on."""

    @property
    def train(self) -> Floats | Sequence[float] | None:
        """The train losses; None if there are none."""

    @property
    def train_points(self) -> Ints | None:
        """How many train losses were logged since the evaluation before; None if one each."""

    def label(self, index: int) -> str:
        """Return the name of an evaluation: ``epoch 10``."""


@dataclass(frozen=True, slots=True)
class EvaluationText:
    """One evaluation of a history, with the fields that an evidence may use; as text it is its name."""

    history: NamedEvaluations
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


def evidence_sentences(evidence: Iterable[Evidence], history: NamedEvaluations | None) -> tuple[str, ...]:
    """Return the evidence as sentences for the user."""
    if history is None:
        return ()
    return tuple(one.text.format(*(EvaluationText(history, index) for index in one.at)) for one in evidence)
