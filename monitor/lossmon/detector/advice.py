"""What to try, given what was found."""

from __future__ import annotations

from lossmon.detector.verdict import Advice, Judgement, Verdict


def advise(judgement: Judgement, framework: str) -> tuple[Advice, ...]:
    """Return at most three things to try, the most likely first, with *framework*'s own call where it is known."""
    if judgement.verdict is Verdict.OVERFITTING:
        return (
            Advice("Stop here and keep the best checkpoint", "validation only got worse since then"),
            Advice("Add dropout, weight decay or data", "train still falls while validation rises"),
        )
    if judgement.verdict is Verdict.DIVERGED:
        return (Advice("Lower the learning rate and clip gradients", "the loss left its range"),)
    if judgement.verdict is Verdict.UNDERFITTING:
        return (Advice("Raise the learning rate", "the train loss hardly falls"),)
    return ()
