"""The words for what an alert can be about: a verdict on a run, or what has become of it.

This module imports no dataclasses: ``lossmon --help`` needs it and has 60 ms.
"""

from __future__ import annotations

from lossmon.core.verdict import Verdict

MAYBE = "maybe-"
"""Before a verdict that is a "maybe"."""
VERDICT_CONDITIONS = tuple(
    f"{prefix}{verdict.value}" for prefix in ("", MAYBE) for verdict in Verdict if verdict is not Verdict.WARMING_UP
)
STATUS_CONDITIONS = ("ended", "failed", "stalled", "gone")
CONDITIONS = (*VERDICT_CONDITIONS, *STATUS_CONDITIONS)


def verdict_condition(verdict: Verdict, *, is_weak: bool) -> str:
    """Return the word for a verdict; empty if there is none yet.

    >>> verdict_condition(Verdict.OVERFITTING, is_weak=True), verdict_condition(Verdict.WARMING_UP, is_weak=False)
    ('maybe-overfitting', '')
    """
    if verdict is Verdict.WARMING_UP:
        return ""
    return f"{MAYBE}{verdict.value}" if is_weak else verdict.value
