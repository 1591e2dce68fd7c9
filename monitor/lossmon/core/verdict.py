"""The verdicts and severities, each with its meaning and its signs, in one table.

The screen, the tables, JSON, README and ``--help`` all take their words from here. This module imports no dataclasses:
``lossmon --help`` needs it and has 60 ms.
"""

from __future__ import annotations

from enum import Enum


class Verdict(str, Enum):
    """The state of a run: its word, its meaning, a sign and an ASCII sign. The most urgent verdict comes first.

    >>> Verdict.CONVERGED.value, Verdict.CONVERGED.sign
    ('converged', '✓')
    """

    _value_: str
    meaning: str
    """What it means, as README and the help page say it."""
    sign: str
    """One cell of Unicode that stands for the verdict, because colour must not be the only carrier."""
    ascii_sign: str
    """The same where the terminal has only ASCII."""
    needs_action: bool
    """Whether the person training should do something."""

    DIVERGED = "diverged", "the loss became NaN or infinite, exploded, or collapsed to where it began", "✕", "x", True
    OVERFITTING = (
        "overfitting",
        "validation loss rises by more than its noise while train loss does not",
        "●",
        "!",
        True,
    )
    UNSTABLE = "unstable", "the loss swings too widely to show a trend, or spikes repeatedly", "≈", "~", True
    UNDERFITTING = "underfitting", "train loss hardly falls, or both losses stay near where they began", "□", "v", True
    LEARNING = "learning", "validation loss (else train loss) still improves by more than its noise", "○", "o", False
    CONVERGED = "converged", "the loss stays near its best and the gap is steady", "✓", "=", False
    WARMING_UP = "warming-up", "too few evaluations for a verdict, or noise hides it", "·", ".", False

    def __new__(cls, word: str, meaning: str, sign: str, ascii_sign: str, needs_action: bool) -> Verdict:
        """Make a member whose value is its word."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning, member.sign, member.ascii_sign, member.needs_action = meaning, sign, ascii_sign, needs_action
        return member

    @property
    def urgency(self) -> int:
        """The place in a list that shows the most urgent verdict first, from 0; all that need no action share one."""
        return list(Verdict).index(self) if self.needs_action else len([one for one in Verdict if one.needs_action])


HEALTHY = frozenset({Verdict.LEARNING, Verdict.CONVERGED})
"""The verdicts on a run that goes as it should."""


class Severity(str, Enum):
    """How far validation has risen over its best: under 10 %, up to 50 %, more."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
