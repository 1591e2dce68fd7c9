"""Suggestions against causes that the curves beside the loss tell."""

from __future__ import annotations

from lossmon.advice.facts import RunFacts
from lossmon.advice.suggestion import Suggestion
from lossmon.core.cause import Cause


def against(cause: Cause, facts: RunFacts) -> list[Suggestion]:
    """Return what to do about *cause*; where no reason is given, it is the sentence with the numbers of the run."""
    sentence = facts.causes.get(cause, cause.meaning.format(score="the score"))
    return [
        Suggestion(9, action, reason or sentence, expected, technique)
        for action, reason, expected, technique in _ACTIONS.get(cause, ())
    ]


_ACTIONS: dict[Cause, tuple[tuple[str, str, str, str], ...]] = {
    Cause.ZERO_LOSS: (
        (
            "Count the labels of one batch that are not masked", "",
            "a first loss of about the logarithm of the number of classes or tokens", "labels",
        ),
        (
            "Compare the longest example with the maximal length",
            "where an example is cut, its answer goes first, and only that is not masked",
            "a loss above 0 from the first step on", "",
        ),
    ),
    Cause.ZERO_GRADIENT: (
        (
            "Check which parameters are trained", "", "a gradient norm above 0 from the first step on",
            "trained parameters",
        ),
        (
            "Look for detach(), no_grad() and argmax between model and loss",
            "each of them cuts the loss off from the parameters", "a gradient for each trained parameter", "",
        ),
    ),
    Cause.ZERO_LEARNING_RATE: (
        (
            "Give the schedule as many steps as the training has", "", "a rate that reaches 0 at the last step",
            "schedule",
        ),
        (
            "End the training where the rate reaches 0", "no step changes the weights after that",
            "the same model in less time",
            "",
        ),
    ),
    Cause.REINFORCEMENT: (
        (
            "Judge by the reward, and watch the distance to the reference model (KL)", "",
            "a reward that rises, whatever the loss does", "",
        ),
    ),
    Cause.FAR_BELOW_TRAIN: (
        (
            "Check that no validation example is in the training set", "",
            "a validation loss near the train loss once the sets are apart", "",
        ),
        (
            "Measure the train loss again without dropout and augmentation",
            "both make train loss higher and are off in validation",
            "about the validation loss, if they are the reason", "",
        ),
    ),
    Cause.NO_VALIDATION: (
        (
            "Evaluate on data that is not trained on", "",
            "a second curve, which shows overfitting within some evaluations", "validation",
        ),
    ),
}  # fmt: skip
"""For each cause: what to do, why, what to expect, and the technique by which a framework does it."""
