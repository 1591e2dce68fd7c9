"""What is known of a training after an evaluation, for programs and for people."""

from __future__ import annotations

import html
from dataclasses import dataclass

from lossmon.core.assessment import Advice
from lossmon.core.cause import OVER_CONFIDENT


@dataclass(frozen=True, slots=True)
class JudgedScore:
    """A score of the validation set beside a loss that rises; an index counts the evaluations from 0."""

    name: str
    higher_is_better: bool
    best: int
    best_value: float
    last_value: float
    trend: str
    """``improving``, ``holding``, ``worsening`` or ``unknown``."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a training after its last evaluation; an index counts the evaluations from 0."""

    verdict: str
    """``warming-up``, ``learning``, ``converged``, ``overfitting``, ``underfitting``, ``unstable`` or ``diverged``."""
    word: str
    """The verdict for people: ``maybe overfitting``."""
    severity: str | None
    """``mild``, ``moderate`` or ``severe``; None unless overfitting."""
    is_weak: bool
    """Whether the verdict is a "maybe", which is not acted on."""
    probability: float
    """Probability that the training is overfitting now, 0 to 1."""
    confidence: float
    """Probability that the verdict is right, 0 to 1."""
    onset: int | None
    """The evaluation after which validation turned; None unless overfitting."""
    best: int | None
    """The evaluation with the best loss; None before the first finite one."""
    best_value: float | None
    evaluations: int
    stop: bool
    """Whether it is time to stop: overfitting or divergence that is firm and has lasted."""
    evidence: tuple[str, ...]
    """Sentences with the numbers behind the verdict."""
    advice: tuple[Advice, ...]
    """What to try, the most likely help first; at most three."""
    flags: tuple[str, ...] = ()
    """What is told beside the verdict: ``score-still-improves``, ``no-validation``, as in ``check --json``."""
    score: JudgedScore | None = None
    """Of the scores that were given the one that tells most; None unless overfitting."""

    def __str__(self) -> str:
        """Return the verdict, its evidence and advice, a line each."""
        return "\n".join((self.headline, *(f"  {line}" for line in (*self.evidence, *self._suggestions()))))

    @property
    def headline(self) -> str:
        """The verdict in one line: ``overfitting, severe, 97 % sure``."""
        parts = [self.word, *([self.severity] if self.severity else [])]
        sure = [f"{100 * self.confidence:.0f} % sure"] if self.confidence and self.verdict != "warming-up" else []
        return ", ".join(parts + sure + self._over_confidence())

    def _over_confidence(self) -> list[str]:
        """Return that the score does not get worse with the loss, if that is so."""
        cause = next((cause for cause in OVER_CONFIDENT if cause.value in self.flags), None)
        return [] if cause is None or self.score is None else [cause.meaning.format(score=self.score.name)]

    def _suggestions(self) -> list[str]:
        return [f"> {advice.do}, because {advice.because}" for advice in self.advice]

    def _repr_html_(self) -> str:
        """Return the same for a notebook."""
        lines = (*self.evidence, *self._suggestions())
        items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
        return f"<strong>{html.escape(self.headline)}</strong><ul>{items}</ul>"
