"""The sentences behind a verdict, with numbers a person can check against the curve."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lossmon.detector.features import Features, TrainFeatures
from lossmon.detector.verdict import Fact, Verdict


def facts(f: Features, verdict: Verdict, *, kind: str, sign: float) -> tuple[Fact, ...]:
    """Return what was measured that led to *verdict*, the weightiest first.

    *kind* is ``validation`` or ``train``; *sign* is -1 where higher values are better.
    """
    return tuple(_facts(f, verdict, kind, sign)) if f.count else ()


def _facts(f: Features, verdict: Verdict, kind: str, sign: float) -> Iterator[Fact]:
    loss = "loss" if sign > 0 else "score"
    best, level, now = _number(sign * f.best), _number(sign * f.level), f.n - 1
    if verdict is Verdict.OVERFITTING:
        way = "rose" if sign > 0 else "fell"
        yield Fact(f"{kind} {loss} {way} from {best} ({{0}}) to {level} ({{1}}){_against_noise(f)}", (f.best_at, now))
    elif verdict is Verdict.UNSTABLE:
        yield Fact(f"{kind} {loss} swings by {100 * f.swing:.0f} % of its level in the last 16 evaluations", ())
    elif verdict is Verdict.UNDERFITTING:
        yield Fact(f"{kind} {loss} began at {_number(sign * f.first)} and is {level} ({{0}})", (now,))
    else:
        yield Fact(f"{kind} {loss} is {level} ({{0}}), its best {best} ({{1}})", (now, f.best_at))
    if f.train is not None:
        yield _beside(f.train, f.best_at, now, sign)
    if verdict in (Verdict.LEARNING, Verdict.CONVERGED) and f.count > 7:
        part = f.gain / abs(f.level) if f.level else 0.0
        word = "better" if part >= 0 else "worse"
        yield Fact(f"the last quarter of the run is {100 * abs(part):.1f} % {word} than the quarter before", ())


def _beside(train: TrainFeatures, best_at: int, now: int, sign: float) -> Fact:
    then, last = _number(sign * train.then), _number(sign * train.now)
    if then == last:
        return Fact(f"train stayed at {last} from {{0}} to {{1}}", (best_at, now))
    way = "fell" if sign * train.now < sign * train.then else "rose"
    return Fact(f"train {way} from {then} ({{0}}) to {last} ({{1}})", (best_at, now))


def _against_noise(f: Features) -> str:
    times = (f.level - f.best) / f.noise.sigma if f.noise.sigma else math.inf
    return f", {times:.0f} times its noise" if 2 <= times < 1000 else ""


def _number(value: float) -> str:
    return f"{value:.4g}"
