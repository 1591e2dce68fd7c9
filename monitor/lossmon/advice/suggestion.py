"""One suggestion before it is chosen and worded for a framework."""

from __future__ import annotations

from typing import NamedTuple


class Suggestion(NamedTuple):
    """Something to try."""

    weight: float
    """How strongly the facts of the run speak for it; about 1 where they say little."""
    action: str
    reason: str
    """Why, with numbers of the run."""
    expectation: str = ""
    """What to expect if it is the right thing."""
    technique: str = ""
    """Key into ``FRAMEWORK_CALLS``; empty if no framework has a call for it."""
    once_ended: str = ""
    """The action once the training has ended; empty if it is the same."""
    keeps: tuple[int, ...] = ()
    """Indices of the evaluations whose checkpoints ``action`` asks for, in its order."""
