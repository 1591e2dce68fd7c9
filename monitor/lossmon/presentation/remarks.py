"""What is said beside the verdict of a run: no validation, over-confidence, gradients of zero."""

from __future__ import annotations

from lossmon.core.cause import OVER_CONFIDENT, Cause, causes_of
from lossmon.core.snapshot import RunSnapshot


def cause_of(run: RunSnapshot) -> Cause | None:
    """Return the most important cause that holds for a run; None if there is none."""
    return next(iter(causes_of(run.assessment.flags)), None) if run.history is not None else None


def is_over_confident(run: RunSnapshot) -> bool:
    """Return whether validation loss rises while the score does not get worse."""
    return cause_of(run) in OVER_CONFIDENT


def remark(run: RunSnapshot) -> str:
    """Return a sentence to say beside the verdict: ``no validation: overfitting cannot be seen``; empty without one."""
    cause = cause_of(run)
    return cause.meaning.format(score=run.score.name if run.score else "the score") if cause else _watched(run)


def note(run: RunSnapshot) -> str:
    """Return the same in a few words: ``no validation``; empty without one."""
    cause = cause_of(run)
    return cause.note if cause else _watched(run)


def mark(run: RunSnapshot) -> str:
    """Return the same in at most nine cells, for a narrow list: ``no val``; empty without one."""
    cause = cause_of(run)
    return cause.mark if cause else ""


def _watched(run: RunSnapshot) -> str:
    """Return that validation may be getting worse, if it is too early for a verdict; else an empty text."""
    if not run.assessment.watch:
        return ""
    return f"validation may be starting to {'fall' if run.higher_is_better else 'rise'}"
