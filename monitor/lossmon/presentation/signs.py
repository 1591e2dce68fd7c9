"""A sign for each verdict: colour is never the only carrier of a state."""

from __future__ import annotations

from lossmon.core.verdict import Verdict

UNICODE = {
    Verdict.WARMING_UP: "·",
    Verdict.LEARNING: "○",
    Verdict.CONVERGED: "✓",
    Verdict.OVERFITTING: "●",
    Verdict.UNDERFITTING: "□",
    Verdict.UNSTABLE: "≈",
    Verdict.DIVERGED: "✕",
}
ASCII = {
    Verdict.WARMING_UP: ".",
    Verdict.LEARNING: "o",
    Verdict.CONVERGED: "=",
    Verdict.OVERFITTING: "!",
    Verdict.UNDERFITTING: "v",
    Verdict.UNSTABLE: "~",
    Verdict.DIVERGED: "x",
}
