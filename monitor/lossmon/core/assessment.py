"""What the detector returns: the assessment of a run with its evidence, and advice."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lossmon.core.verdict import Severity, Verdict

WEAK_SIGN, WEAK_ASCII_SIGN = "◐", "*"
"""The signs of a verdict that is a "maybe"."""
_MOST_SEVERE_FIRST = (*reversed(Severity), None)


def verdict_word(verdict: Verdict, *, is_weak: bool) -> str:
    """Return the word of a verdict for people: ``overfitting``, ``maybe overfitting``.

    Where there is no verdict, it is *is_weak* that says that there could be one by now.

    >>> verdict_word(Verdict.WARMING_UP, is_weak=True)
    'cannot tell'
    """
    if verdict is Verdict.WARMING_UP:
        return "cannot tell" if is_weak else verdict.value
    return f"maybe {verdict.value}" if is_weak else verdict.value


@dataclass(frozen=True, slots=True)
class Assessment:
    """The state of a run after one evaluation; an index counts the evaluations of the run from 0."""

    verdict: Verdict = Verdict.WARMING_UP
    severity: Severity | None = None
    """None unless overfitting."""
    confidence: float = 0.0
    """Probability that the verdict is right, 0 to 1."""
    probability: float = 0.0
    """Probability that the run is overfitting now, 0 to 1, whatever the verdict."""
    is_weak: bool = False
    """Whether the verdict is a "maybe": it neither sorts to the top, nor fails a script, nor is acted on. Without a
    verdict: whether nothing can be told, although there were evaluations enough."""
    terms: tuple[Term, ...] = ()
    """The largest contributions to ``probability``, for and against overfitting, the largest first."""
    onset: int | None = None
    """Index of the evaluation after which validation rose; None unless overfitting."""
    detected: int | None = None
    """Index of the evaluation at which the current verdict was first given."""
    best: int | None = None
    """Index of the evaluation with the best loss so far."""
    best_value: float | None = None
    gap: float | None = None
    """Validation loss minus train loss at the last evaluation; None if one is missing or not finite."""
    gap_slope: float | None = None
    """Slope of the gap per evaluation, over the last evaluations."""
    watch: bool = False
    """Whether validation may be starting to rise, although it is too early for a verdict."""
    flags: tuple[str, ...] = ()
    """Conditions that are reported with any verdict, for instance ``no-validation`` or ``val-below-train``."""
    evidence: tuple[Evidence, ...] = ()
    """The measurements behind the verdict, the most important first."""
    reasons: tuple[str, ...] = ()
    """What speaks for a verdict other than overfitting, by the rule that gave it: sentences for the explanation."""

    @property
    def needs_action(self) -> bool:
        """Whether the person training should do something."""
        return self.verdict.needs_action and not self.is_weak

    @property
    def word(self) -> str:
        """The verdict for people: ``overfitting``, ``maybe overfitting``."""
        return verdict_word(self.verdict, is_weak=self.is_weak)

    @property
    def sign(self) -> str:
        """One cell of Unicode that stands for the verdict."""
        return WEAK_SIGN if self.is_maybe else self.verdict.sign

    @property
    def ascii_sign(self) -> str:
        """The same where the terminal has only ASCII."""
        return WEAK_ASCII_SIGN if self.is_maybe else self.verdict.ascii_sign

    @property
    def is_maybe(self) -> bool:
        """Whether there is a verdict, but one that is not yet sure."""
        return self.is_weak and self.verdict is not Verdict.WARMING_UP

    @property
    def urgency(self) -> tuple[int, int]:
        """A sort key that puts the most urgent first: the urgency of the verdict, then the severity.

        A verdict that is a "maybe" comes after all that need action.
        """
        rank = Verdict.CONVERGED.urgency if self.is_weak else self.verdict.urgency
        return rank, _MOST_SEVERE_FIRST.index(self.severity)


@dataclass(frozen=True, slots=True)
class Term:
    """One contribution to the probability of overfitting; contributions add up to its logarithmic odds."""

    name: str
    """The feature, an identifier."""
    meaning: str
    """What the feature measures, in words."""
    value: float | None
    """Value of the feature; None where the run is too short to have one."""
    log_odds: float
    """Contribution: positive speaks for overfitting, negative against it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One measurement behind a verdict, in a sentence whose numbers come from the log.

    ``{0}``, ``{1}``… in *text* stand for the evaluations with index *at*, ``{0.judged}`` for the loss that is judged
    there, and ``{0.train}`` for the train loss there.
    """

    text: str
    at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to try."""

    do: str
    because: str
    """Why, with numbers of the run."""
    expect: str = ""
    """What to expect if it helps; empty if that is plain."""
    while_running: str = ""
    """What to do while the training goes on; empty if that does not matter."""
    once_ended: str = ""
    """What to do once it has ended."""
    call: str = ""
    """How each of these ends: the framework's own call, after ``: ``; empty without one."""
    keeps: tuple[int, ...] = ()
    """Indices of the evaluations whose checkpoints it asks for, in the order in which it names them."""

    def worded(self, *, is_ended: bool) -> Advice:
        """Return the advice for a training that goes on, or one that *is_ended*: there it is too late to stop."""
        action = self.once_ended if is_ended else self.while_running
        return replace(self, do=action) if action and action != self.do else self
