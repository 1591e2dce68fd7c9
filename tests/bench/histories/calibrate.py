"""Fits the weights for ``lossmon.detector.Thresholds``: ``python -m tests.bench.histories.calibrate``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tests.bench.histories.layers import Array
from tests.bench.histories.table import TABLE, Record, is_held_out, load_records, print_line

from lossmon.core.verdict import Verdict
from lossmon.detector import Detector, confidence_predictors


@dataclass(frozen=True)
class Case:
    """One verdict, and whether it was right."""

    over: bool
    confidence: float
    predictors: tuple[float, ...]
    is_right: bool
    weight: float
    """Weight with which all cases of a history add up to one, so that long histories do not dominate."""


def cases(record: Record) -> Iterator[Case]:
    """Yield every verdict on *record* from the eighth evaluation on, at most forty."""
    detector, every = Detector(), max(1, len(record.train) // 40)
    for at, (train, val) in enumerate(zip(record.train, record.validation, strict=True)):
        assessment = detector.update(train, val)
        if at < 7 or (at % every and at + 1 < len(record.train)):
            continue
        if assessment.verdict in (Verdict.DIVERGED, Verdict.UNSTABLE, Verdict.WARMING_UP):
            continue
        over = assessment.verdict is Verdict.OVERFITTING
        is_right = over == record.until(at).overfits()
        predictors = confidence_predictors(detector.features)
        yield Case(over, assessment.confidence, predictors, is_right, 1 / len(record.train) * every)


def fit(chosen: Sequence[Case]) -> Array:
    """Return the weights of a logistic regression with a slight ridge, by Newton's method."""
    x = np.array([(1, *case.predictors) for case in chosen])
    y, weight = np.array([case.is_right for case in chosen], float), np.array([case.weight for case in chosen])
    found = np.zeros(x.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-x @ found))
        gradient = x.T @ (weight * (y - chance)) - 0.1 * found
        curvature = (x.T * (weight * chance * (1 - chance))) @ x + 0.1 * np.eye(len(found))
        found += np.linalg.solve(curvature, gradient)
    return found


def reliability_table(chosen: Sequence[Case]) -> Iterator[str]:
    """Yield, for each band of confidence, its mean and the fraction of verdicts that were right."""
    for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01)):
        band = [case for case in chosen if low <= case.confidence < high]
        if band:
            weight = np.array([case.weight for case in band])
            mean = np.average([case.confidence for case in band], weights=weight)
            right = np.average([case.is_right for case in band], weights=weight)
            name = f"{low:.1f} to {min(high, 1):.1f}"
            yield f"  {name}: {len(band):6d} verdicts, mean confidence {mean:.3f}, right {right:.3f}"


def main() -> None:
    """Print weights fitted to the design families, and how well the present confidence does on the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, default=TABLE)
    args = parser.parse_args()
    records = load_records(args.table)
    for over, name in ((True, "overfitting_weights"), (False, "not_overfitting_weights")):
        found = [(is_held_out(r), case) for r in records for case in cases(r) if case.over is over]
        weights = fit([case for new, case in found if not new])
        print_line(f"{name} = ({', '.join(f'{w:.3f}' for w in weights)})")
        print_line("on families that were not fitted:")
        print_line("\n".join(reliability_table([case for new, case in found if new])))


if __name__ == "__main__":
    main()
