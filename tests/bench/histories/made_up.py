"""Makes up curves whose truth is known: plateaus and turns of every kind that real logs show, beneath noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from tests.bench.histories.layers import Array, Rng
from tests.bench.histories.plateaus import deviations

from lossmon.runs.evaluation import span_edges

CORRELATIONS = (0.0, 0.0, 0.3, 0.6, 0.8, 0.9, 0.95)
"""Autocorrelations of noise, white noise twice as often."""
PLAIN_CORRELATIONS = (0.0, 0.0, 0.3, 0.6, 0.6, 0.9, 0.95)
"""Those of plain plateaus and turns."""


@dataclass
class Curves:
    """Train and validation as logged, and the validation loss without its noise; arrays of equal length."""

    train: Array
    validation: Array
    truth: Array
    has_train: bool = True


def log_uniform(rng: Rng, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _length(rng: Rng) -> int:
    kind = rng.random()
    if kind < 0.25:
        return int(rng.integers(5, 16))
    return int(log_uniform(rng, 16, 400) if kind < 0.94 else log_uniform(rng, 400, 2500))


def make_up(number: int) -> Curves:
    """Return the curves with this *number*, which seeds the random numbers."""
    rng = np.random.default_rng([11, number])
    count = _length(rng)
    time = np.arange(count) / count
    train, truth, is_parted = _descend(time, rng)
    if rng.random() < 0.15:
        train, truth = _drop_rate(time, train, truth, rng)
    if rng.random() < 0.45:
        train, truth = _turn(time, train, truth, is_parted, rng)
    curves = _log_with_noise(time, train, truth, rng)
    for chance, change in ((0.12, _sawtooth), (0.12, _spike), (0.1, _start_huge), (0.08, _shift_below_zero)):
        if rng.random() < chance:
            change(curves, rng)
    curves.has_train = bool(rng.random() >= 0.06)
    means = [span_means(losses) for losses in (curves.train, curves.validation, curves.truth)]
    return Curves(means[0], means[1], means[2], curves.has_train)


def _descend(time: Array, rng: Rng) -> tuple[Array, Array, bool]:
    """Return train and validation that fall, to a plateau or on and on, and whether train parts from validation."""
    pace, drop = log_uniform(rng, 1.5, 40), log_uniform(rng, 0.05, 4)
    power, own_pace = rng.uniform(0.4, 1.2), rng.uniform(0.7, 1.4)
    is_power_law = rng.random() < 0.3

    def fall(at: Array) -> Array:
        return np.asarray((1 + 3 * pace * at) ** -power if is_power_law else np.exp(-pace * at))

    train, validation = 1 + drop * fall(time * own_pace), 1 + drop * fall(time)
    if rng.random() < 0.2:
        train = train * (1 + rng.uniform(0.05, 0.6))
    is_parted = bool(rng.random() < 0.65)
    if is_parted:
        share, since = rng.uniform(0.1, 0.95), np.maximum(0, time - rng.uniform(0, 0.5))
        train = train * (1 - share * (1 - np.exp(-rng.uniform(0.5, 8) * since)))
    return train, validation, is_parted


def _drop_rate(time: Array, train: Array, truth: Array, rng: Rng) -> tuple[Array, Array]:
    """Return both after drops of the learning rate."""
    for at in rng.uniform(0.2, 0.9, size=int(rng.integers(1, 3))):
        since = np.maximum(0, time - at)
        factor = 1 - rng.uniform(0.03, 0.3) * (1 - np.exp(-since * rng.uniform(20, 200)))
        truth, train = truth * factor, train * factor ** int(rng.integers(1, 3))
    return train, truth


def _turn(time: Array, train: Array, truth: Array, is_parted: bool, rng: Rng) -> tuple[Array, Array]:
    """Return both with a validation that turns up, and sometimes falls again, or takes train with it."""
    onset, size = rng.uniform(0.05, 0.9), log_uniform(rng, 0.02, 1.5)
    since = np.maximum(0, (time - onset) / (1 - onset))
    truth = truth + size * since ** rng.choice([0.6, 1, 1, 1.6])
    if rng.random() < 0.12:
        at, low = rng.uniform(onset, 1), 1 - rng.uniform(0, 0.3)
        decay = np.exp(-np.maximum(0, time - at) * rng.uniform(5, 60))
        truth = np.where(time > at, low + (np.interp(at, time, truth) - low) * decay, truth)
    if not is_parted and rng.random() < 0.8:
        train = train * (1 - rng.uniform(0.1, 0.9) * np.maximum(0, (time - onset / 2) / (1 - onset / 2)))
    if rng.random() < 0.08:
        train = train * (1 + 0.5 * size * since)
    return train, truth


def _log_with_noise(time: Array, train: Array, truth: Array, rng: Rng) -> Curves:
    """Return the curves beneath noise; that of train is often small, sometimes that of single batches."""
    sigma = log_uniform(rng, 0.001, 0.2) * (0.02 if rng.random() < 0.2 else 1.0)
    fade = np.exp(-rng.uniform(0, 2) * time) if rng.random() < 0.25 else np.ones(len(time))
    noise = deviations(len(time), float(rng.choice(CORRELATIONS)), rng)
    logged = train + sigma * rng.choice([0.03, 0.1, 0.3]) * deviations(len(time), 0, rng) * np.abs(train)
    if rng.random() < 0.2:
        logged = logged * (1 + log_uniform(rng, 0.02, 0.35) * rng.normal(size=len(time)))
    return Curves(logged, truth + sigma * fade * noise, truth.copy())


def _sawtooth(curves: Curves, rng: Rng) -> None:
    """Let train, and a little validation, jump up and fall again, as with a cyclic learning rate."""
    count = len(curves.train)
    period = max(3, int(count * rng.uniform(0.05, 0.3)))
    saw = (period - np.arange(count) % period) / period * rng.uniform(0.1, 1)
    curves.train = curves.train * (1 + saw)
    curves.validation = curves.validation * (1 + saw * rng.uniform(0, 0.4))


def _spike(curves: Curves, rng: Rng) -> None:
    """Let one or two evaluations be bad."""
    for at in rng.integers(2, len(curves.train), size=int(rng.integers(1, 4))):
        height, stop = rng.uniform(0.1, 3), at + (1 if rng.random() < 0.7 else 2)
        curves.validation[at:stop] *= 1 + height
        if rng.random() < 0.5:
            curves.train[at:stop] *= 1 + height * rng.uniform(0.2, 1)


def _start_huge(curves: Curves, rng: Rng) -> None:
    """Let the first losses be far above all others."""
    curves.validation[0] *= log_uniform(rng, math.e, math.e**6)
    curves.train[0] *= log_uniform(rng, math.e, math.e**6)


def _shift_below_zero(curves: Curves, rng: Rng) -> None:
    """Lower all by the same, as for a log-likelihood of a density."""
    shift = rng.uniform(0.9, 4)
    curves.train, curves.validation, curves.truth = (
        curves.train - shift,
        curves.validation - shift,
        curves.truth - shift,
    )


def make_up_plain(number: int) -> Curves:
    """Return a plateau, or a turn, beneath noise: most are short, and train often parts from validation.

    Where little is known, noise is most easily taken for a rise; *number* seeds the random numbers.
    """
    rng = np.random.default_rng([13, number])
    count = int(log_uniform(rng, 6, 80) if rng.random() < 0.8 else log_uniform(rng, 80, 300))
    time = np.arange(count) / count
    truth, onset = 1 + log_uniform(rng, 0.05, 3) * np.exp(-rng.uniform(4, 40) * time), rng.uniform(0.2, 0.8)
    if rng.random() < 0.35:
        truth = truth + log_uniform(rng, 0.05, 1.2) * np.maximum(0, time - onset) / (1 - onset)
    train = _plain_train(time, rng)
    correlation, sigma = float(rng.choice(PLAIN_CORRELATIONS)), log_uniform(rng, 0.01, 0.15)
    validation = truth + sigma * deviations(count, correlation, rng)
    return Curves(train * (1 + rng.choice([0.003, 0.01, 0.03, 0.1]) * rng.normal(size=count)), validation, truth)


def _plain_train(time: Array, rng: Rng) -> Array:
    """Return train that most often falls far below validation, else to a plateau, or slowly on."""
    kind = rng.random()
    train = rng.uniform(0.6, 1.1) + rng.uniform(0.3, 2) * np.exp(-rng.uniform(2, 30) * time)
    if kind < 0.6:
        far = rng.uniform(0.8, 2.5) * np.exp(-rng.uniform(1.5, 7) * time) + rng.uniform(0, 0.3)
        return np.asarray(np.maximum(0.01, far))
    return np.asarray(train * (1 - rng.uniform(0.1, 0.9) * time) if kind < 0.8 else train)


def span_means(values: Array) -> Array:
    """Return what the detector gets of a long series: means over spans."""
    edges = span_edges(len(values))
    return np.asarray(np.add.reduceat(values[: edges[-1]], edges[:-1]) / np.diff(edges))
