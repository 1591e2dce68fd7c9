"""Trains one small network; returns the losses that a user sees, and the loss on a large test set."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from tests.bench.histories.layers import (
    Array,
    Dense,
    Dropout,
    Embedding,
    Layer,
    MeanOverPlaces,
    Network,
    Patches,
    Product,
    Recurrent,
    Relu,
    Rng,
    Windows,
    normal,
)
from tests.bench.histories.sequences import PEOPLE, SIDE, THINGS, VOCABULARY
from tests.bench.histories.tasks import Family, Loss


@dataclass(frozen=True)
class Setting:
    """How one model is trained."""

    examples: int
    validation: int
    epochs: int
    batch: int
    width: int
    depth: int
    rate: float
    schedule: Literal["constant", "steps", "cosine", "restarts"]
    adam: bool
    dropout: float
    decay: float
    blur: float
    """Noise added to the inputs while training, as augmentation does; 0 for inputs that cannot be blurred."""
    mislabelled: float
    """Share of the labels drawn again, or their noise in units of their spread, in all three sets."""
    logged: Literal["running", "evaluated"]
    """Train loss as the mean over the batches of an epoch, or measured after it."""


@dataclass(frozen=True)
class Sets:
    """Inputs and targets for training and validation, and a large test set that stands for the truth."""

    train: tuple[Array, Array]
    validation: tuple[Array, Array]
    test: tuple[Array, Array]


TEST = 2000
"""Examples that stand for the whole distribution."""


def draw(family: Family, setting: Setting, rng: Rng) -> Sets:
    """Draw a world of *family* and three sets from it."""
    sample = family.world(rng)
    sizes = setting.examples, setting.validation, TEST
    x, y = sample(rng, sum(sizes))
    y = _spoil(y, setting.mislabelled, rng)
    x, y = (a.astype(np.float32) if a.dtype.kind == "f" else a for a in (x, y))
    cuts = np.cumsum(sizes)[:-1]
    train, validation, test = zip(np.split(x, cuts), np.split(y, cuts), strict=True)
    return Sets(train, validation, test)


def _spoil(y: Array, share: float, rng: Rng) -> Array:
    if not share:
        return y
    if y.dtype.kind == "f":
        return np.asarray(y + share * y.std() * rng.normal(size=y.shape))
    return np.where(rng.random(len(y)) < share, rng.permutation(y), y)


def build(family: Family, setting: Setting, sets: Sets, rng: Rng) -> Network:
    """Make an untrained network that fits the inputs and targets of *family*."""
    x, y = sets.train
    outputs = (
        2 if family.loss == "gaussian" else y.shape[1] if y.ndim == 2 else int(max(t.max() for t in _ys(sets))) + 1
    )
    layers: list[Layer] = []
    width = setting.width
    if family.kind == "ratings":
        return Network([Embedding(PEOPLE + THINGS, max(2, width // 4), rng), Product()])
    if family.kind == "tokens":
        layers, inputs = [Embedding(VOCABULARY, 8, rng)], 8 * x.shape[1]
    elif family.kind == "picture":
        layers, inputs = [Patches(SIDE), Dense(9, width // 2, rng), Relu(), MeanOverPlaces()], width // 2
        if setting.depth > 1:
            layers = [Patches(SIDE), Dense(9, 6, rng), Relu(), Patches(SIDE - 2), Dense(54, width, rng), Relu()]
            layers, inputs = [*layers, MeanOverPlaces()], width
    elif family.kind == "series" and family.loss == "cross-entropy" and setting.depth > 1:
        layers, inputs = [Windows(5), Dense(5 * x.shape[2], width, rng), Relu(), MeanOverPlaces()], width
    elif family.kind == "series":
        layers, inputs = [Recurrent(x.shape[2], width, rng)], width
    else:
        inputs = x.shape[1]
    for _ in range(setting.depth):
        layers += [Dense(inputs, width, rng), Relu()]
        if setting.dropout:
            layers.append(Dropout(setting.dropout))
        inputs = width
    return Network([*layers, Dense(inputs, outputs, rng)])


def _ys(sets: Sets) -> tuple[Array, Array, Array]:
    return sets.train[1], sets.validation[1], sets.test[1]


def loss_and_gradient(kind: Loss, out: Array, y: Array) -> tuple[float, Array]:
    """Return the mean loss over a batch and its gradient with respect to *out*."""
    rows = len(out)
    if kind == "squared":
        error = out - y
        return float((error**2).mean()), 2 * error / error.size
    if kind == "gaussian":
        mean, log_scale = out[:, :1], np.clip(out[:, 1:], -5, 5)
        error = (mean - y) / np.exp(log_scale)
        value = float((0.5 * error**2 + log_scale).mean())
        return value, np.hstack([error / np.exp(log_scale), 1 - error**2]) / rows
    shifted = out - out.max(1, keepdims=True)
    log_chance = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    gradient = np.exp(log_chance)
    gradient[np.arange(rows), y] -= 1
    return float(-log_chance[np.arange(rows), y].mean()), gradient / rows


class Optimizer:
    """Stochastic gradient descent with momentum, or Adam; weight decay is decoupled."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._first: list[Array] = []
        self._second: list[Array] = []
        self._steps = 0

    def step(self, network: Network, rate: float) -> None:
        """Move every parameter along its gradient, clipped at a norm of five."""
        pairs = network.pairs()
        if not self._first:
            self._first = [np.zeros_like(p) for p, _ in pairs]
            self._second = [np.zeros_like(p) for p, _ in pairs]
        self._steps += 1
        norm = sum(float((g**2).sum()) for _, g in pairs) ** 0.5
        clip = min(1.0, 5 / norm) if norm > 0 else 1.0
        for (p, g), first, second in zip(pairs, self._first, self._second, strict=True):
            move = self._direction(np.float32(clip) * g, first, second) + np.float32(self._setting.decay) * p
            np.subtract(p, np.float32(rate) * move, out=p)

    def _direction(self, g: Array, first: Array, second: Array) -> Array:
        first *= 0.9
        if not self._setting.adam:
            first += g
            return first
        first += 0.1 * g
        second *= 0.999
        second += 0.001 * g**2
        corrected = np.sqrt(second / np.float32(1 - 0.999**self._steps))
        return np.asarray(first / np.float32(1 - 0.9**self._steps) / (corrected + np.float32(1e-8)))


def scheduled(setting: Setting, epoch: int) -> float:
    """Return the learning rate of *epoch*."""
    part = epoch / setting.epochs
    if setting.schedule == "steps":
        return setting.rate * 0.1 ** ((part >= 0.5) + (part >= 0.75))
    if setting.schedule == "cosine":
        return setting.rate * (1 + math.cos(math.pi * part)) / 2 + 1e-6
    if setting.schedule == "restarts":
        return setting.rate * (1 + math.cos(math.pi * (3 * part % 1))) / 2 + 1e-6
    return setting.rate


def _batches(count: int, size: int, rng: Rng) -> Iterator[Array]:
    order = rng.permutation(count)
    for start in range(0, count, size):
        yield order[start : start + size]


def train(family: Family, setting: Setting, rng: Rng) -> tuple[Array, Array, Array]:
    """Return train, validation and test loss after each epoch; training ends early once a loss is not finite."""
    sets = draw(family, setting, rng)
    network, optimizer = build(family, setting, sets, rng), Optimizer(setting)
    x, y = sets.train
    seen: list[tuple[float, float, float]] = []
    for epoch in range(setting.epochs):
        rate, running = scheduled(setting, epoch), 0.0
        for rows in _batches(len(x), setting.batch, rng):
            inputs = x[rows] + normal(rng, setting.blur, x[rows].shape) if setting.blur else x[rows]
            value, gradient = loss_and_gradient(family.loss, network.forward(inputs, rng), y[rows])
            running += value * len(rows) / len(x)
            network.backward(gradient)
            optimizer.step(network, rate)
        losses = [loss_and_gradient(family.loss, network.forward(a), b)[0] for a, b in (sets.validation, sets.test)]
        if setting.logged == "evaluated":
            running = loss_and_gradient(family.loss, network.forward(x), y)[0]
        seen.append((running, losses[0], losses[1]))
        if not np.isfinite(seen[-1]).all():
            break
    columns = np.array(seen).T
    return columns[0], columns[1], columns[2]
