"""The sentences behind a verdict, with numbers a person can check against the curve."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lossmon.core.assessment import Evidence
from lossmon.core.verdict import Verdict
from lossmon.detector.features import Features, TrainFeatures


def facts(f: Features, verdict: Verdict, *, kind: str, sign: float, broken: Evidence | None) -> tuple[Evidence, ...]:
    """Return what was measured that led to *verdict*, the weightiest first.

    *kind* is ``validation`` or ``train``; *sign* is -1 where higher values are better; *broken* says which loss is no
    number any more, and since when.
    """
    if broken is not None:
        best = [Evidence(f"the best {kind} loss was {_number(sign * f.best)} ({{0}})", (f.best_at,))] if f.count else []
        return (broken, *best)
    return tuple(_facts(f, verdict, kind, sign)) if f.count else ()


def broken(kind: str, value: float, index: int) -> Evidence:
    """Return the fact that the *kind* loss has been *value*, which is no loss, since evaluation *index*."""
    word = "NaN" if math.isnan(value) else "infinite" if math.isinf(value) else f"{value:.3g}, beyond measure,"
    return Evidence(f"{kind} loss is {word} since {{0}}", (index,))


def _facts(f: Features, verdict: Verdict, kind: str, sign: float) -> Iterator[Evidence]:
    loss = "loss" if sign > 0 else "score"
    best, last, now = _number(sign * f.best), _number(sign * f.last), f.n - 1
    if verdict is Verdict.OVERFITTING:
        way = "rose" if sign > 0 else "fell"
        yield Evidence(
            f"{kind} {loss} {way} from {best} ({{0}}) to {last} ({{1}}){_against_noise(f)}", (f.best_at, now)
        )
    elif verdict is Verdict.UNSTABLE and f.swing:
        yield Evidence(f"{kind} {loss} swings by {100 * f.swing:.0f} % of its level in the last 16 evaluations", ())
    elif verdict is Verdict.UNDERFITTING:
        yield Evidence(f"{kind} {loss} began at {_number(sign * f.first)} and is {last} ({{0}})", (now,))
    else:
        yield _so_far(f"{kind} {loss} is {last}", best, f.best_at, now)
    if f.train is not None and f.best_at < now:
        yield _beside(f.train, f.best_at, now, sign)
    if verdict in (Verdict.LEARNING, Verdict.CONVERGED) and f.count > 7:
        part = f.gain / abs(f.level) if f.level else 0.0
        word = "better" if part >= 0 else "worse"
        yield Evidence(f"the last quarter of the run is {100 * abs(part):.1f} % {word} than the quarter before", ())


def _so_far(state: str, best: str, best_at: int, now: int) -> Evidence:
    if best_at == now:
        return Evidence(f"{state} ({{0}}), its best so far", (now,))
    return Evidence(f"{state} ({{0}}), its best {best} ({{1}})", (now, best_at))


def _beside(train: TrainFeatures, best_at: int, now: int, sign: float) -> Evidence:
    then, last = _number(sign * train.then), _number(sign * train.last)
    if then == last:
        return Evidence(f"train stayed at {last} from {{0}} to {{1}}", (best_at, now))
    way = "fell" if sign * train.last < sign * train.then else "rose"
    return Evidence(f"train {way} from {then} ({{0}}) to {last} ({{1}})", (best_at, now))


def _against_noise(f: Features) -> str:
    times = (f.level - f.best) / f.noise.sigma if f.noise.sigma else math.inf
    return f", {times:.0f} times its noise" if 2 <= times < 1000 else ""


def _number(value: float) -> str:
    return f"{value:.4g}"
