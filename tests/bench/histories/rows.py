"""Turns histories into rows to learn from: the predictors after each evaluation, and whether it was overfitting."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tests.bench.histories.folds import MADE_UP
from tests.bench.histories.layers import Array, Rng
from tests.bench.histories.made_up import CORRELATIONS, Curves, log_uniform, make_up, make_up_plain
from tests.bench.histories.plateaus import deviations
from tests.bench.histories.table import Record, running_median

from lossmon.detector.predictors import PREDICTORS, Predictors
from lossmon.detector.restart import RestartDetector
from lossmon.detector.thresholds import DEFAULTS

Losses = Sequence[float | None]


@dataclass(frozen=True)
class Rows:
    """One history: predictors of shape (n, p), target of shape (n,): 1, 0, or -1 for unknown; weights of shape (n,)."""

    group: str
    """Family or repository; what is learned on a group is not tested on it."""
    vectors: Array
    target: Array
    """What is learned: whether it overfits so far."""
    truth: Array
    """What the probability is calibrated to, of the same shape: a rise that goes on counts from its start."""
    weights: Array


def vectors(train: Losses, validation: Sequence[float]) -> Array:
    """Return the predictors after each evaluation, shape (n, p); they begin anew where a training was restarted."""
    predictors, restarts, found = Predictors(), RestartDetector(DEFAULTS), []
    for index, (train_loss, value) in enumerate(zip(train, validation, strict=True)):
        evaluation = (index, value, train_loss)
        again = restarts.update(evaluation)
        if again:
            predictors = Predictors()
        for _, each, beside in again or [evaluation]:
            predictors.add(each, beside)
        found.append(predictors.vector())
    return np.asarray(np.clip(np.array(found).reshape(-1, len(PREDICTORS)), -1e6, 1e6).astype(np.float32))


CERTAIN_RISE = 0.03
"""Rise of the true loss that is overfitting."""
FIRST_RISE, FINAL_RISE = 0.015, 0.05
"""Rise of the true loss that is overfitting if it goes on to the second by the end of the run."""
DOUBTFUL_RISE = 0.012
"""Rise from which "healthy" is a near miss, which weighs less."""
DOUBTFUL_WEIGHT = 0.3


def true_rise(train: Array, truth: Array) -> tuple[Array, Array]:
    """Return the rise of the smooth *truth* over its lowest so far, and whether train fell since, per evaluation."""
    lowest = np.minimum.accumulate(truth)
    lowest_at = np.maximum.accumulate(np.where(truth <= lowest, np.arange(len(truth)), 0))
    learned = np.maximum(0, np.median(truth[:3]) - lowest)
    scale = np.where(lowest > 0.02 * learned, np.abs(lowest), learned)
    rise = (truth - lowest) / np.where(scale == 0, 1, scale)
    level = np.array([np.median(train[max(0, at - 2) : at + 1]) for at in range(len(train))])
    window = max(1, len(train) // 12)
    smooth = np.convolve(np.concatenate([np.full(window - 1, train[0]), train]), np.full(window, 1 / window), "valid")
    fell = (level <= train[lowest_at]) | ((window > 1) & (smooth <= smooth[lowest_at]))
    return rise, fell


def is_overfitting(rise: Array, fell: Array) -> Array:
    """Return at which evaluations a run really overfits, from what ``true_rise`` returns."""
    return np.asarray(((rise >= CERTAIN_RISE) | ((rise >= FIRST_RISE) & (rise[-1] >= FINAL_RISE))) & fell)


def labelled_by_truth(group: str, train: Losses, validation: Sequence[float], rise: Array, fell: Array) -> Rows:
    """Return the rows of a history whose truth is known; long histories do not outvote short ones."""
    is_certain = (rise >= CERTAIN_RISE) & fell
    is_doubtful = (rise > DOUBTFUL_RISE) & (rise < CERTAIN_RISE)
    weights = np.where(is_doubtful, DOUBTFUL_WEIGHT, 1.0) / math.sqrt(len(rise))
    truth = is_overfitting(rise, fell).astype(int)
    return Rows(group, vectors(train, validation), is_certain.astype(int), truth, weights)


def smooth_truth(record: Record) -> Array:
    """Return the test loss of *record* without its noise."""
    return np.array(running_median(record.test, 5))


def table_rows(record: Record) -> Rows:
    """Return the rows of a training of the table."""
    rise, fell = true_rise(np.array(record.train), smooth_truth(record))
    return labelled_by_truth(record.group, record.train, record.validation, rise, fell)


def variant_rows(job: tuple[int, Record]) -> Rows:
    """Return the rows of a training evaluated less often, cut short, and beneath more noise; the truth stays."""
    rng, record = np.random.default_rng([7, job[0]]), job[1]
    train, validation, truth = (np.array(a) for a in (record.train, record.validation, smooth_truth(record)))
    if len(train) > 16 and rng.random() < 0.6:
        step = round(log_uniform(rng, 1.5, len(train) / 5))
        start = int(rng.integers(0, step))
        train, validation, truth = train[start::step], validation[start::step], truth[start::step]
    if len(train) > 12 and rng.random() < 0.4:
        end = max(6, int(rng.uniform(0.3, 1) * len(train)))
        train, validation, truth = train[:end], validation[:end], truth[:end]
    rise, fell = true_rise(train, truth)
    train, validation = _noisier(train, validation, rng)
    losses: Losses = [None] * len(train) if rng.random() < 0.07 else train.tolist()
    return labelled_by_truth(record.group, losses, validation.tolist(), rise, fell)


def _noisier(train: Array, validation: Array, rng: Rng) -> tuple[Array, Array]:
    count = len(train)
    if rng.random() < (0.75 if count > 15 else 0.45):
        sigma = log_uniform(rng, 0.003, 0.2) * abs(np.median(validation))
        validation = validation + sigma * deviations(count, float(rng.choice(CORRELATIONS)), rng)
        train = train + sigma * rng.choice([0, 0.1, 0.3]) * rng.normal(size=count)
    if rng.random() < 0.3:
        train = train * (1 + log_uniform(rng, 0.02, 0.35) * rng.normal(size=count))
    return train, validation


def made_up_rows(number: int) -> Rows:
    """Return the rows of made-up curves of every kind."""
    return _rows_of(make_up(number))


def plain_rows(number: int) -> Rows:
    """Return the rows of a made-up plateau or turn beneath noise."""
    return _rows_of(make_up_plain(number))


def _rows_of(curves: Curves) -> Rows:
    rise, fell = true_rise(curves.train, curves.truth)
    train: Losses = curves.train.tolist() if curves.has_train else [None] * len(rise)
    return labelled_by_truth(MADE_UP, train, curves.validation.tolist(), rise, fell)


@dataclass(frozen=True)
class Labelled:
    """A real history and what a person said of it."""

    repository: str
    verdict: str
    onsets: tuple[int, ...]
    """Evaluations after which validation turned, by one reading or another."""
    train: Losses
    validation: list[float | None]


def read_labelled(corpus: Path) -> Iterator[Labelled]:
    """Yield the histories of *corpus*, a directory with ``labels.csv`` and ``series``, that are not unclear."""
    with (corpus / "labels.csv").open() as file:
        labels = [row for row in csv.DictReader(file) if row["verdict"] != "unclear"]
    for row in labels:
        with (corpus / "series" / f"{row['id']}.csv").open() as file:
            points = list(csv.DictReader(file))
        train, validation = ([_number(point[key]) for point in points] for key in ("train_loss", "val_loss"))
        onsets = tuple(int(row[key]) for key in ("onset", "alt_onset") if row[key])
        yield Labelled(row["repo"], row["verdict"], onsets, train, validation)


def _number(text: str) -> float | None:
    return float(text) if text and math.isfinite(float(text)) else None


def labelled_rows(history: Labelled) -> Rows:
    """Return the rows of a real history: none before the onset is overfitting, all well after it are."""
    known = [at for at, value in enumerate(history.validation) if value is not None]
    count, target = len(history.validation), np.zeros(len(history.validation), int)
    if history.verdict == "overfitting":
        onset = history.onsets[0]
        target[onset + 1 :] = -1
        target[onset + max(3, (count - onset) // 2) :] = 1
        target[-1] = 1
    elif history.verdict in ("diverged", "unstable"):
        target[:-1] = -1
    found = vectors([history.train[at] for at in known], [v for v in history.validation if v is not None])
    return Rows(history.repository, found, target[known], target[known], np.full(len(known), 1 / math.sqrt(count)))
