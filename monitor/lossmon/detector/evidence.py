"""The sentences behind a verdict, with numbers a person can check against the curve."""

from __future__ import annotations

from lossmon.detector.features import Features
from lossmon.detector.verdict import Fact, Verdict


def facts(f: Features, verdict: Verdict, *, has_val: bool) -> tuple[Fact, ...]:
    """Return what was measured that led to *verdict*, the weightiest first."""
    if not f.count:
        return ()
    kind = "validation" if has_val else "train"
    last = f.n - 1
    found: list[Fact] = []
    if verdict is Verdict.OVERFITTING:
        text = f"{kind} loss rose from {f.best:.4g} ({{0}}) to {f.level:.4g} ({{1}})"
        found.append(Fact(text, (f.best_at, last)))
    else:
        text = f"{kind} loss is {f.level:.4g} ({{1}}), its best {f.best:.4g} ({{0}})"
        found.append(Fact(text, (f.best_at, last)))
    if f.train is not None:
        word = "fell" if f.train.now < f.train.then else "rose"
        text = f"train loss {word} from {f.train.then:.4g} ({{0}}) to {f.train.now:.4g} ({{1}})"
        found.append(Fact(text, (f.best_at, last)))
    return tuple(found)
