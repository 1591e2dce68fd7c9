"""The sentences behind a verdict, with numbers a person can check against the curve."""

from __future__ import annotations

from lossmon.detector.features import Features
from lossmon.detector.verdict import Fact, Verdict


def facts(f: Features, verdict: Verdict, onset: int | None) -> tuple[Fact, ...]:
    """Return what was measured that led to *verdict*, the weightiest first."""
    if f.best is None:
        return ()
    last = f.n - 1
    kind = "validation" if f.has_val else "train"
    found: list[Fact] = []
    if verdict is Verdict.OVERFITTING and onset is not None:
        noise = f", {f.best_z:.0f} times its noise" if 1 <= f.best_z < 1000 else ""
        found.append(Fact(f"{kind} loss rose from {f.best:.4g} ({{0}}) to {f.level:.4g} ({{1}}){noise}", (onset, last)))
    else:
        found.append(Fact(f"{kind} loss is {f.level:.4g} ({{1}}), its best {f.best:.4g} ({{0}})", (f.best_at, last)))
    if f.train_then is not None and f.train_now is not None:
        word = "fell" if f.train_now < f.train_then else "rose"
        found.append(
            Fact(
                f"train loss {word} from {f.train_then:.4g} to {f.train_now:.4g} over {{0}} to {{1}}", (f.best_at, last)
            )
        )
    return tuple(found)
