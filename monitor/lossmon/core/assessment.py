"""What the detector returns after one evaluation: the verdict, the evidence behind it, and advice."""

from __future__ import annotations

from dataclasses import dataclass

from lossmon.core.verdict import Severity, Verdict


@dataclass(frozen=True, slots=True)
class Assessment:
    """What can be said after one evaluation; indices count evaluations from 0."""

    verdict: Verdict = Verdict.WARMING_UP
    severity: Severity | None = None
    """None unless overfitting."""
    confidence: float = 0.0
    """0 to 1: the share of verdicts given with this confidence that hold."""
    onset: int | None = None
    """The evaluation after which validation turned; None unless overfitting."""
    detected: int | None = None
    """The evaluation at which the verdict that still holds was first given."""
    best: int | None = None
    """The evaluation with the best loss so far."""
    best_value: float | None = None
    gap: float | None = None
    """Validation minus train at the last evaluation; None also while one of them is no number."""
    gap_slope: float | None = None
    """Trend of the gap per evaluation over the recent window."""
    watch: bool = False
    """A quiet hint: validation may be turning, but it is too early to say so."""
    flags: tuple[str, ...] = ()
    """Conditions worth knowing whatever the verdict, for instance ``no-validation`` or ``val-below-train``."""
    evidence: tuple[Evidence, ...] = ()
    """The measurements behind the verdict, the weightiest first."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One measurement behind a verdict; ``{0}`` and ``{1}`` in *text* stand for the evaluations *at*."""

    text: str
    at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to try, and why."""

    do: str
    because: str
