"""Says by which measurements the rules gave a verdict other than overfitting, whose terms say it."""

from __future__ import annotations

from collections.abc import Iterator

from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.detector.convergence import measure_trend, turn_probability
from lossmon.detector.doubt import Told
from lossmon.detector.features import Features
from lossmon.detector.non_finite import NonFinite


def argue(f: Features, told: Told, non_finite: NonFinite) -> tuple[str, ...]:
    """Return what speaks for the verdict that is *told*; nothing for overfitting, or where there is none."""
    if not f.count or non_finite.is_now:
        return ()
    if told.verdict in HEALTHY:
        return tuple(_about_trend(f))
    if told.verdict is Verdict.UNDERFITTING:
        return tuple(_about_what_was_learned(f))
    if told.verdict is Verdict.DIVERGED:
        return tuple(_about_range(f))
    return tuple(_about_swings(f)) if told.verdict is Verdict.UNSTABLE else ()


def _about_trend(f: Features) -> Iterator[str]:
    if f.count < f.thresholds.min_calibrated_values:
        yield "the trend of so short a run is hardly known"
    trend = measure_trend(f)
    falling, flat, rising = (f"{100 * share:.0f} %" for share in trend)
    yield f"probable over the last quarter: to improve enough to matter {falling}, no change {flat}, to worsen {rising}"
    if turn := turn_probability(f):
        yield f"that it has turned since its best is {100 * turn:.0f} % probable"


def _about_what_was_learned(f: Features) -> Iterator[str]:
    t = f.thresholds
    fall = f.first_level - f.newest_level
    enough = f"{t.learned_decrease * abs(f.first_level):.4g}"
    yield f"it {_moved(fall)} since the start; {enough} for the better would be learning"
    if f.train_range is not None and f.train is not None:
        yield f"train {_moved(f.train_range.opening - f.train_range.level)}"


def _moved(fall: float) -> str:
    return f"moved by {abs(fall):.4g} for the {'better' if fall >= 0 else 'worse'}"


def _about_range(f: Features) -> Iterator[str]:
    if f.loss_range is not None and f.loss_range.above:
        yield f"it has been outside the range that it had reached for {_evaluations(f.loss_range.above)}"
    if f.train_range is not None and f.train_range.above:
        yield f"so has train, for {_evaluations(f.train_range.above)}"


def _about_swings(f: Features) -> Iterator[str]:
    if f.relative_spread:
        limit = 100 * f.thresholds.unstable_relative_spread
        yield f"it swings by {100 * f.relative_spread:.0f} % of its level about its trend; {limit:.0f} % is unstable"


def _evaluations(count: int) -> str:
    return "an evaluation" if count == 1 else f"{count} evaluations"
