"""How sure a verdict is."""

from __future__ import annotations

from lossmon.detector.features import Features
from lossmon.detector.verdict import Verdict


def of(f: Features, verdict: Verdict) -> float:
    """Return the share of such verdicts that hold."""
    if verdict is Verdict.WARMING_UP:
        return 0.0
    return 0.9 if f.count >= 8 else 0.6
