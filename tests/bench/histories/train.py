"""Fits the model of overfitting: ``OMP_NUM_THREADS=1 python -m tests.bench.histories.train --corpus DIR``.

Needs the ``train`` extra. It learns from the trainings of the table, from the same evaluated less often and beneath
noise, from made-up curves, and from histories labelled by eye. The same input gives the same file, bit for bit, on the
same kind of machine; coefficients are rounded, so that small differences between machines seldom show.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from tests.bench.histories.folds import FOLDS, fold_of, path_of_model
from tests.bench.histories.layers import Array
from tests.bench.histories.rows import (
    Rows,
    labelled_rows,
    made_up_rows,
    plain_rows,
    read_labelled,
    table_rows,
    variant_rows,
)
from tests.bench.histories.table import TABLE, load_records, print_line

from lossmon.detector import model as detector_model
from lossmon.detector.hysteresis import smoothing_span
from lossmon.detector.model import MODEL_FILE, SCHEMA, AdditiveModel
from lossmon.detector.predictors import PREDICTORS
from lossmon.detector.thresholds import DEFAULTS

VARIANTS = 2
"""Variants of each training of the table."""
MADE_UP = 7000
MADE_UP_WEIGHT, MADE_UP_HEALTHY_WEIGHT = 0.5, 2.0
"""Weights of made-up curves against those of the table: plateaus weigh more, so that noise is not called."""
PLAIN = 4000
"""Plain plateaus and turns, which are made up as well."""
PLAIN_WEIGHT, PLAIN_HEALTHY_WEIGHT = 0.5, 1.0
LABELLED_WEIGHT = 40.0
"""Weight of a history labelled by eye: there are few, but they are what people train."""
ROWS_OF_HISTORY = 64
"""Rows of one history that are learned from, drawn at random."""
TREES, RATE, RIDGE, LEAST_ROWS = 500, 0.1, 5.0, 100
DECIMALS, EDGE_DIGITS = 4, 5
CALIBRATION_ROWS = 40
"""Evaluations of one history that the calibration is fitted to."""
MODEL = Path(detector_model.__file__).with_name(MODEL_FILE)


def gather(corpus: Path, jobs: int) -> tuple[list[Rows], list[Rows]]:
    """Return the rows of the table, and those of everything else that is learned from."""
    records = load_records(TABLE)
    with ProcessPoolExecutor(jobs) as pool:
        table = list(pool.map(table_rows, records, chunksize=20))
        variants = list(pool.map(variant_rows, enumerate(records * VARIANTS), chunksize=20))
        made_up = list(pool.map(made_up_rows, range(MADE_UP), chunksize=20))
        plain = list(pool.map(plain_rows, range(PLAIN), chunksize=20))
    labelled = [labelled_rows(history) for history in read_labelled(corpus)]
    return table, [
        *variants,
        *(_weighted(rows, MADE_UP_WEIGHT, MADE_UP_HEALTHY_WEIGHT) for rows in made_up),
        *(_weighted(rows, PLAIN_WEIGHT, PLAIN_HEALTHY_WEIGHT) for rows in plain),
        *(_weighted(rows, LABELLED_WEIGHT, LABELLED_WEIGHT) for rows in labelled),
    ]


def _weighted(rows: Rows, overfitting: float, healthy: float) -> Rows:
    return replace(rows, weights=rows.weights * np.where(rows.target == 1, overfitting, healthy))


def _sample(rows: Rows, rng: np.random.Generator) -> Rows:
    """Return at most so many rows, weighted up, without those that are too early or whose truth is unknown."""
    usable = np.flatnonzero((rows.target >= 0) & ~np.isnan(rows.vectors[:, 0]))
    if len(usable) > ROWS_OF_HISTORY:
        weight = len(usable) / ROWS_OF_HISTORY
        usable = np.sort(rng.choice(usable, ROWS_OF_HISTORY, replace=False))
    else:
        weight = 1.0
    return replace(
        rows,
        vectors=rows.vectors[usable],
        target=rows.target[usable],
        truth=rows.truth[usable],
        weights=rows.weights[usable] * weight,
    )


def fit(histories: Iterable[Rows]) -> dict[str, Any]:
    """Return the description of a model fitted to *histories*."""
    rng = np.random.default_rng(3)
    sampled = [_sample(rows, rng) for rows in histories]
    boosted = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_leaf_nodes=2,
        learning_rate=RATE,
        min_samples_leaf=LEAST_ROWS,
        l2_regularization=RIDGE,
        monotonic_cst=[int(predictor.rises) for predictor in PREDICTORS],
        early_stopping=False,
        random_state=0,
    )
    boosted.fit(
        np.concatenate([rows.vectors for rows in sampled]),
        np.concatenate([rows.target for rows in sampled]),
        sample_weight=np.concatenate([rows.weights for rows in sampled]),
    )
    return merge_trees(boosted)


def merge_trees(boosted: HistGradientBoostingClassifier) -> dict[str, Any]:
    """Return the description of the sum of the one-split trees: one step function for each predictor."""
    splits: dict[int, list[tuple[float, float, float, bool]]] = {}
    intercept = float(np.ravel(boosted._baseline_prediction)[0])
    for (tree,) in boosted._predictors:
        root = tree.nodes[0]
        if root["is_leaf"]:
            intercept += float(root["value"])
            continue
        low, high = (float(tree.nodes[root[side]]["value"]) for side in ("left", "right"))
        split = (float(root["num_threshold"]), low, high, bool(root["missing_go_to_left"]))
        splits.setdefault(int(root["feature_idx"]), []).append(split)
    functions = {PREDICTORS[at].name: _merge_splits(splits[at]) for at in sorted(splits)}
    return {"schema": SCHEMA, "intercept": intercept, "functions": functions}


def _merge_splits(splits: Sequence[tuple[float, float, float, bool]]) -> dict[str, Any]:
    steps: dict[float, float] = {}
    for edge, low, high, _ in splits:
        rounded = float(f"{edge:.{EDGE_DIGITS}g}")
        steps[rounded] = steps.get(rounded, 0.0) + high - low
    edges = sorted(steps)
    start = sum(low for _, low, _, _ in splits)
    return {
        "edges": edges,
        "contributions": list(accumulate((steps[edge] for edge in edges), initial=start)),
        "missing": sum(low if is_left else high for _, low, high, is_left in splits),
    }


def transformed(description: dict[str, Any], shift: float, factor: float) -> dict[str, Any]:
    """Return the model whose log odds are *shift* plus *factor* times those of *description*, rounded."""

    def scaled(value: float) -> float:
        return round(factor * value, DECIMALS)

    functions = {
        name: {
            "edges": one["edges"],
            "contributions": [scaled(value) for value in one["contributions"]],
            "missing": scaled(one["missing"]),
        }
        for name, one in description["functions"].items()
    }
    return {
        **description,
        "intercept": round(shift + factor * description["intercept"], DECIMALS),
        "functions": functions,
    }


def smoothed_log_odds(model: AdditiveModel, rows: Rows) -> Array:
    """Return what the detector would hold after each evaluation, were it not for restarts."""
    held, found = 0.0, []
    for count, vector in enumerate(rows.vectors.tolist(), 1):
        log_odds = model.log_odds(vector)
        held = log_odds if count <= 3 else held + (log_odds - held) / smoothing_span(count, DEFAULTS)
        found.append(held)
    return np.array(found)


def calibrate(unseen: Iterable[tuple[AdditiveModel, Rows]]) -> tuple[float, float]:
    """Return the shift and the factor that make smoothed log odds true on histories that each model did not see."""
    odds, right, weights = [], [], []
    for model, rows in unseen:
        held, step = smoothed_log_odds(model, rows), max(1, len(rows.target) // CALIBRATION_ROWS)
        chosen = slice(4, None, step)
        odds.append(held[chosen])
        right.append(rows.truth[chosen])
        weights.append(np.full(len(held[chosen]), 1 / max(1, len(held[chosen]))))
    return _logistic(np.concatenate(odds), np.concatenate(right), np.concatenate(weights))


def _logistic(x: Array, y: Array, weights: Array) -> tuple[float, float]:
    """Return intercept and slope of a logistic regression, by Newton's method."""
    design, found = np.column_stack([np.ones(len(x)), x]), np.array([0.0, 1.0])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-design @ found))
        gradient = design.T @ (weights * (y - chance))
        curvature = (design.T * (weights * chance * (1 - chance))) @ design
        found = found + np.linalg.solve(curvature, gradient)
    return float(found[0]), float(found[1])


def write(description: dict[str, Any], path: Path) -> None:
    """Write a model, one step function a line."""
    head = {key: value for key, value in description.items() if key != "functions"}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in description["functions"].items())
    path.write_text(f'{json.dumps(head)[:-1]}, "functions": {{\n{lines}\n}}}}\n')


def main() -> None:
    """Fit the model to everything, with the calibration of models fitted to one half and tested on the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="directory with labels.csv and series/")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=MODEL)
    parser.add_argument("--folds", type=Path, help="also write the model of each fold here, for the scores")
    args = parser.parse_args()
    table, others = gather(args.corpus, args.jobs)

    def part(is_chosen: Callable[[int], bool]) -> list[Rows]:
        return [rows for rows in (*table, *others) if is_chosen(fold_of(rows.group))]

    raw = [fit(part(lambda fold, left_out=left_out: fold != left_out)) for left_out in range(FOLDS)]  # type: ignore[misc]
    models = [AdditiveModel.from_json(one) for one in raw]
    shift, factor = calibrate((models[fold_of(rows.group)], rows) for rows in table)
    print_line(f"calibration: log odds {shift:+.3f} {factor:.3f} x")
    if args.folds:
        args.folds.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(raw):
            write(transformed(one, shift, factor), path_of_model(args.folds, number))
    write(transformed(fit(part(lambda fold: True)), shift, factor), args.out)


if __name__ == "__main__":
    main()
