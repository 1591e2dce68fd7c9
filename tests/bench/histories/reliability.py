"""Says how often the verdicts that need no action held: ``python -m tests.bench.histories.reliability --folds DIR``.

``DIR`` is what ``train --folds`` wrote. A verdict held if the loss on many fresh examples was not 3 % above its lowest
and, by the detector's own measure of a trend, still fell (learning) or did not (converged).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from tests.bench.histories.folds import FOLDS, fold_of, read_models
from tests.bench.histories.layers import Array
from tests.bench.histories.rows import CERTAIN_RISE, smooth_truth, true_rise
from tests.bench.histories.table import TABLE, Record, load_records, print_line

from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.detector import AdditiveModel, Detector
from lossmon.detector.convergence import may_be_falling

BANDS = (0.0, 0.3, 0.5, 0.65, 0.8, 0.9, 0.95, 1.01)
MIN_EVALUATIONS = 200
"""Evaluations in a band that tell something."""
EVALUATIONS_PER_RUN = 20
Judged = tuple[Verdict, float, bool, float]
"""Verdict, its confidence, whether it held, and its weight."""


def judged(record: Record, model: AdditiveModel | None) -> Iterator[Judged]:
    """Yield the healthy verdicts on *record* at some evaluations."""
    detector, of_truth = Detector(model=model), Detector(model=model)
    truth = smooth_truth(record)
    rise, _ = true_rise(np.array(record.train), truth)
    step = max(1, len(truth) // EVALUATIONS_PER_RUN)
    for at, losses in enumerate(zip(record.train, record.validation, truth.tolist(), strict=True)):
        verdict = detector.update_verdict(losses[0], losses[1])
        of_truth.update_verdict(losses[0], losses[2])
        if at < 4 or at % step or verdict not in HEALTHY:
            continue
        falls = may_be_falling(of_truth.features)
        held = falls is (verdict is Verdict.LEARNING) and rise[at] < CERTAIN_RISE
        yield verdict, detector.assessment().confidence, bool(held), 1 / min(EVALUATIONS_PER_RUN, len(truth))


def lines(every: Iterable[Judged]) -> Iterator[str]:
    """Yield for each verdict and band of confidence what was said and what held."""
    by_verdict: dict[Verdict, list[Sequence[float]]] = defaultdict(list)
    for verdict, *row in every:
        by_verdict[verdict].append(row)
    for verdict, rows in by_verdict.items():
        said, held, weights = np.array(rows, float).T
        yield from (f"{verdict.value}: {line}" for line in said_and_held(BANDS, said, held, weights))


def said_and_held(bands: Sequence[float], said: Array, held: Array, weights: Array) -> Iterator[str]:
    """Yield for each of *bands* what was said on average and what held, where there are enough evaluations."""
    for low, high in pairwise(bands):
        band = (said >= low) & (said < high)
        if band.sum() >= MIN_EVALUATIONS:
            means = [float(np.average(values[band], weights=weights[band])) for values in (said, held)]
            yield f"said {means[0]:.3f} held {means[1]:.3f} ({band.sum()} evaluations)"


def main() -> None:
    """Print the reliability."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=Path, help="directory that train --folds wrote")
    parser.add_argument("--parity", type=int, choices=(0, 1), help="only families of one parity")
    args = parser.parse_args()
    models = read_models(args.folds) if args.folds else [None] * FOLDS
    records = [one for one in load_records(TABLE) if args.parity in (None, one.family % 2)]
    every = (row for one in records for row in judged(one, models[fold_of(one.group)]))
    print_line("\n".join(lines(every)))


if __name__ == "__main__":
    main()
