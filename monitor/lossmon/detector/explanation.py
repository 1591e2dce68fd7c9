"""Writes the evidence behind a verdict: sentences with numbers that a person can check against the curve."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lossmon.core.assessment import Evidence
from lossmon.core.verdict import Verdict
from lossmon.detector.features import Features, TrainFeatures


def explain(
    f: Features, verdict: Verdict, *, kind: str, sign: float, non_finite: Evidence | None
) -> tuple[Evidence, ...]:
    """Return the evidence for *verdict*, the most important first.

    *kind* is the judged series, ``validation`` or ``train``; *sign* is -1 where higher values are better; *non_finite*
    is the result of :func:`explain_non_finite` while a loss is not finite.
    """
    if non_finite is None:
        return tuple(_describe(f, verdict, kind, sign)) if f.count else ()
    if not f.count:
        return (non_finite,)
    minimum = Evidence(f"the best {kind} loss was {_format(sign * f.minimum)} ({{0}})", (f.argmin,))
    return (non_finite, minimum)


def explain_non_finite(kind: str, value: float, index: int) -> Evidence:
    """Return the evidence that the *kind* loss became *value*, NaN, infinite or huge, at evaluation *index*."""
    word = "NaN" if math.isnan(value) else "infinite" if math.isinf(value) else f"{value:.3g}, beyond measure,"
    return Evidence(f"{kind} loss is {word} since {{0}}", (index,))


def _describe(f: Features, verdict: Verdict, kind: str, sign: float) -> Iterator[Evidence]:
    yield _describe_series(f, verdict, f"{kind} {'loss' if sign > 0 else 'score'}", sign)
    now = f.evaluations - 1
    if f.train is not None and f.argmin < now:
        yield _describe_train(f.train, f.argmin, now, sign)
    if verdict in (Verdict.LEARNING, Verdict.CONVERGED) and f.count >= f.thresholds.min_calibrated_values:
        change = f.recent_decrease / abs(f.level) if f.level else 0.0
        word = "better" if change >= 0 else "worse"
        yield Evidence(f"the last quarter of the run is {100 * abs(change):.1f} % {word} than the quarter before", ())


def _describe_series(f: Features, verdict: Verdict, name: str, sign: float) -> Evidence:
    best, last, now = _format(sign * f.minimum), _format(sign * f.last), f.evaluations - 1
    if verdict is Verdict.OVERFITTING:
        way = "rose" if sign > 0 else "fell"
        return Evidence(f"{name} {way} from {best} ({{0}}) to {last} ({{1}}){_noise_multiple(f)}", (f.argmin, now))
    if verdict is Verdict.UNSTABLE and f.relative_spread:
        percent, window = 100 * f.relative_spread, f.thresholds.spread_window
        return Evidence(f"{name} swings by {percent:.0f} % of its level in the last {window} evaluations", ())
    if verdict is Verdict.UNDERFITTING:
        return Evidence(f"{name} began at {_format(sign * f.first_level)} and is {last} ({{0}})", (now,))
    if f.argmin == now:
        return Evidence(f"{name} is {last} ({{0}}), its best so far", (now,))
    return Evidence(f"{name} is {last} ({{0}}), its best {best} ({{1}})", (now, f.argmin))


def _describe_train(train: TrainFeatures, argmin: int, now: int, sign: float) -> Evidence:
    before, last = _format(sign * train.at_argmin), _format(sign * train.last)
    if before == last:
        return Evidence(f"train stayed at {last} from {{0}} to {{1}}", (argmin, now))
    way = "fell" if sign * train.last < sign * train.at_argmin else "rose"
    return Evidence(f"train {way} from {before} ({{0}}) to {last} ({{1}})", (argmin, now))


def _noise_multiple(f: Features) -> str:
    lowest, limit = f.thresholds.noise_multiples
    multiple = (f.level - f.minimum) / f.noise.sigma if f.noise.sigma else math.inf
    return f", {multiple:.0f} times its noise" if lowest <= multiple < limit else ""


def _format(value: float) -> str:
    return f"{value:.4g}"
