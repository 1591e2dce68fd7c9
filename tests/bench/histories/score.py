"""Scores the detector on what it did not learn from: ``python -m tests.bench.histories.score --folds DIR``.

``DIR`` of the folds is what ``train --folds`` wrote: the model of a fold did not see the families and repositories of
that fold. Without ``--folds`` the model of the package is scored, which has seen them all.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import mean, median

import numpy as np
from tests.bench.histories.folds import FOLDS, fold_of, read_models
from tests.bench.histories.made_up import span_means
from tests.bench.histories.measures import changes, f1
from tests.bench.histories.plateaus import deviations
from tests.bench.histories.reliability import said_and_held
from tests.bench.histories.rows import Labelled, Losses, is_overfitting, read_labelled, smooth_truth, true_rise
from tests.bench.histories.table import TABLE, Record, load_records, print_line

from lossmon.core.verdict import Verdict
from lossmon.detector import AdditiveModel, Detector

Judge = Callable[[Losses, Sequence[float | None]], list[float]]
"""From losses to the probability at each evaluation, negative where overfitting is not reported."""
BANDS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.01)


def judge_with(model: AdditiveModel | None) -> Judge:
    """Return the detector with *model*."""

    def judge(train: Losses, validation: Sequence[float | None]) -> list[float]:
        detector, found = Detector(model=model), []
        for losses in zip(train, validation, strict=True):
            is_over = detector.update_verdict(*losses) is Verdict.OVERFITTING
            found.append(detector.probability if is_over else -detector.probability)
        return found

    return judge


def table_lines(records: Sequence[Record], judges: Sequence[Judge]) -> Iterable[str]:
    """Yield the scores on trainings whose true loss is known, and the reliability of the probability."""
    judged = [judges[fold_of(r.group)](r.train, r.validation) for r in records]
    reported = [[p > 0 for p in each] for each in judged]
    truth, said = [r.overfits() for r in records], [each[-1] for each in reported]
    short = [at for at, r in enumerate(records) if len(r.train) <= 15]
    ever = mean(any(each) for r, each in zip(records, reported, strict=True) if r.is_healthy)
    yield f"families: F1 {f1(truth, said):.3f}, healthy ever called {100 * ever:.1f} %"
    yield f"  up to 15 evaluations: F1 {f1([truth[at] for at in short], [said[at] for at in short]):.3f}"
    yield f"  changes a run {mean(map(changes, reported)):.2f}"
    yield from reliability(records, judged)


def reliability(records: Sequence[Record], judged: Sequence[Sequence[float]]) -> Iterable[str]:
    """Yield, for each band of probability, its mean and the fraction that really was overfitting then."""
    said, right, weights = [], [], []
    for record, each in zip(records, judged, strict=True):
        rise, fell = true_rise(np.array(record.train), smooth_truth(record))
        step = slice(4, None, max(1, len(each) // 40))
        held = np.abs(each)[step]
        said.append(held)
        right.append(is_overfitting(rise, fell)[step])
        weights.append(np.full(len(held), 1 / max(1, len(held))))
    p, y, w = np.concatenate(said), np.concatenate(right), np.concatenate(weights)
    yield from (f"  {line}" for line in said_and_held(BANDS, p, y, w))


def labelled_lines(histories: Sequence[Labelled], judges: Sequence[Judge]) -> Iterable[str]:
    """Yield the scores on histories that a person labelled."""
    reported = [[p > 0 for p in judges[fold_of(h.repository)](h.train, h.validation)] for h in histories]
    truth, said = [h.verdict == "overfitting" for h in histories], [each[-1] for each in reported]
    healthy = [each for each, is_over in zip(reported, truth, strict=True) if not is_over]
    pairs = [(h, each) for h, each, is_over in zip(histories, reported, truth, strict=True) if is_over and any(each)]
    delays = [each.index(True) - min(h.onsets) for h, each in pairs]
    yield f"labelled by eye: F1 {f1(truth, said):.3f}, FPR {mean(each[-1] for each in healthy):.3f}"
    yield f"  healthy ever called {mean(map(any, healthy)):.3f}, premature {sum(d <= 0 for d in delays)}"
    yield f"  median delay {median(delays)}, changes a run {mean(map(changes, reported)):.2f}"


def noise_lines(judge: Judge, runs: int) -> Iterable[str]:
    """Yield how often a turn of 60 % is found beneath noise of 10 % of the level, and plateaus are called."""
    for rho in (0.0, 0.6, 0.9):
        found, called = [], []
        for count in (20, 50, 200):
            rng = np.random.default_rng([5, count, int(10 * rho)])
            turned, flat = ([judge(*_noisy(count, rho, turn, rng)) for _ in range(runs)] for turn in (0.6, 0.0))
            found.append(f"{mean(each[-1] > 0 for each in turned):.2f}")
            called.append(f"{mean(max(each) > 0 for each in flat):.2f}")
        yield f"AR {rho}, n = 20, 50, 200: turn found {' '.join(found)}, flat ever called {' '.join(called)}"


def _noisy(count: int, rho: float, turn: float, rng: np.random.Generator) -> tuple[list[float], list[float]]:
    time = np.arange(count) / count
    level = 1 + 2 * np.exp(-10 * time) + turn * np.maximum(0, time - 0.5) / 0.5
    train = 0.6 + 1.4 * np.exp(-5 * time) + 0.01 * rng.normal(size=count)
    return train.tolist(), (level + 0.1 * deviations(count, rho, rng)).tolist()


def parted_lines(judge: Judge) -> Iterable[str]:
    """Yield how often plateaus are called whose mean never rises while train falls far below."""
    for count, runs in ((20, 60), (50, 60), (120, 60), (500, 30), (2000, 20)):
        shares = []
        for sigma in (0.03, 0.04, 0.06):
            rng = np.random.default_rng([8, count, int(100 * sigma)])
            called = [max(judge(*_parted(count, sigma, rng))) > 0 for _ in range(runs)]
            shares.append(f"{mean(called):.2f}")
        yield f"plateau, train parted, n = {count}, noise 3, 4, 6 %: ever called {' '.join(shares)}"


def _parted(count: int, sigma: float, rng: np.random.Generator) -> tuple[list[float], list[float]]:
    time = np.arange(count) / count
    validation = 1 + 1.2 * np.exp(-rng.uniform(8, 30) * time) + sigma * rng.normal(size=count)
    train = np.maximum(0.01, 2.2 * np.exp(-rng.uniform(2, 6) * time) + 0.05 + 0.01 * rng.normal(size=count))
    return span_means(train).tolist(), span_means(validation).tolist()


def main() -> None:
    """Print all scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=Path, help="directory that train --folds wrote")
    parser.add_argument("--corpus", type=Path, help="directory with labels.csv and series/")
    parser.add_argument("--runs", type=int, default=60, help="runs of each kind of noise")
    args = parser.parse_args()
    models = read_models(args.folds) if args.folds else [None] * FOLDS
    judges = [judge_with(model) for model in models]
    print_line("\n".join(table_lines(load_records(TABLE), judges)))
    if args.corpus:
        print_line("\n".join(labelled_lines(list(read_labelled(args.corpus)), judges)))
    print_line("\n".join([*noise_lines(judges[1], args.runs), *parted_lines(judges[1])]))


if __name__ == "__main__":
    main()
