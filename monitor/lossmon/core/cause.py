"""Causes that the curves beside the loss tell, each with its flag and its words; imports nothing that is slow."""

from __future__ import annotations

from enum import Enum

from lossmon.core.score import ScoreTrend


class Cause(str, Enum):
    """Something to say beside the verdict: its flag, a sentence, and the same in a word or two.

    The most important one comes first.

    >>> Cause.NO_VALIDATION.value, Cause.NO_VALIDATION.note
    ('no-validation', 'no validation')
    """

    _value_: str
    meaning: str
    """What it means, as all views say it; ``{score}`` stands for the name of a score."""
    note: str
    """The same in a word or two."""
    mark: str
    """The same in at most nine cells, for a narrow list."""
    stops_learning: bool
    """Whether nothing is learned while it holds, so that advice against it replaces all other advice."""

    ZERO_LOSS = (
        "zero-loss", "the train loss is exactly 0: it is not computed, or every label is masked",
        "loss is 0", "loss 0", True,
    )  # fmt: skip
    ZERO_GRADIENT = (
        "zero-gradient", "the gradients are exactly 0: nothing is learned", "gradients are 0", "grad 0", True,
    )  # fmt: skip
    ZERO_LEARNING_RATE = (
        "zero-learning-rate", "the learning rate is 0: nothing is learned any more", "rate is 0", "rate 0", True,
    )  # fmt: skip
    REINFORCEMENT = (
        "reinforcement-learning", "reinforcement learning: its reward tells how it does, its loss says little",
        "see its reward", "reward", False,
    )  # fmt: skip
    SCORE_IMPROVES = (
        "score-still-improves", "over-confident: validation loss rises, {score} still improves",
        "over-confident", "score up", False,
    )  # fmt: skip
    SCORE_HOLDS = (
        "score-holds", "over-confident: validation loss rises, {score} stays near its best",
        "over-confident", "score ok", False,
    )  # fmt: skip
    FAR_BELOW_TRAIN = (
        "val-far-below-train",
        "validation is far better than train: the sets overlap, or only train has dropout and augmentation",
        "val far below train", "val low", False,
    )  # fmt: skip
    NO_VALIDATION = (
        "no-validation", "no validation: overfitting cannot be seen", "no validation", "no val", False,
    )  # fmt: skip

    def __new__(cls, flag: str, meaning: str, note: str, mark: str, stops_learning: bool) -> Cause:
        """Make a member whose value is its flag."""
        member = str.__new__(cls, flag)
        member._value_ = flag
        member.meaning, member.note, member.mark, member.stops_learning = meaning, note, mark, stops_learning
        return member


CAUSES_BY_TREND = {ScoreTrend.IMPROVING: Cause.SCORE_IMPROVES, ScoreTrend.HOLDING: Cause.SCORE_HOLDS}
"""What a score that does not get worse beside a rising loss is called."""
OVER_CONFIDENT = tuple(CAUSES_BY_TREND.values())
"""The flags of a run whose validation loss rises while its score does not get worse."""


def causes_of(flags: tuple[str, ...]) -> list[Cause]:
    """Return the causes among *flags*, the most important first; reinforcement learning needs no validation.

    >>> causes_of(("restarted", "no-validation"))
    [<Cause.NO_VALIDATION: 'no-validation'>]
    """
    hidden = (Cause.NO_VALIDATION, Cause.FAR_BELOW_TRAIN) if Cause.REINFORCEMENT.value in flags else ()
    return [cause for cause in Cause if cause.value in flags and cause not in hidden]
