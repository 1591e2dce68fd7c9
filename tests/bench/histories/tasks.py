"""Task families: each draws a random task (a "world"), from which any number of examples can be drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from tests.bench.histories.layers import Array, Rng

Sampler: TypeAlias = Callable[[Rng, int], tuple[Array, Array]]
World: TypeAlias = Callable[[Rng], Sampler]
Kind: TypeAlias = Literal["table", "series", "picture", "tokens", "ratings"]
Loss: TypeAlias = Literal["cross-entropy", "squared", "gaussian"]


@dataclass(frozen=True)
class Family:
    """One kind of task, and what is trained on it."""

    name: str
    kind: Kind
    loss: Loss
    world: World
    boosted: bool = False
    """Trained with boosted trees rather than with a network."""


def _labels(score: Array, rng: Rng, sharpness: float = 4.0) -> Array:
    """Draw binary labels that are one with probability logistic(*sharpness* x *score*)."""
    return (rng.random(len(score)) < 1 / (1 + np.exp(-sharpness * score))).astype(int)


def blobs(rng: Rng) -> Sampler:
    """Gaussian classes that overlap."""
    classes, width = int(rng.integers(2, 8)), int(rng.integers(2, 30))
    centres = rng.normal(0, rng.uniform(0.5, 2) * width**-0.25, (classes, width))

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        y = rng.integers(0, classes, n)
        return centres[y] + rng.normal(size=(n, width)), y

    return sample


def imbalanced(rng: Rng) -> Sampler:
    """Two Gaussian classes, one of them rare."""
    width, rare = int(rng.integers(4, 30)), rng.uniform(0.03, 0.15)
    shift = rng.normal(0, 1.5 * width**-0.5, width)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        y = (rng.random(n) < rare).astype(int)
        return rng.normal(size=(n, width)) + y[:, None] * shift, y

    return sample


def rings(rng: Rng) -> Sampler:
    """Concentric rings with blurred edges, among columns of noise."""
    spare, blur = int(rng.integers(0, 12)), rng.uniform(0.1, 0.5)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        y = rng.integers(0, 3, n)
        angle, radius = rng.uniform(0, 2 * np.pi, n), 0.7 * (y + 1) + rng.normal(0, blur, n)
        return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), rng.normal(size=(n, spare))]), y

    return sample


def spirals(rng: Rng) -> Sampler:
    """Two spirals wound into each other."""
    turns, blur = rng.uniform(0.8, 2), rng.uniform(0.05, 0.3)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        y, t = rng.integers(0, 2, n), rng.uniform(0.2, 1, n)
        angle = 2 * np.pi * turns * t + np.pi * y
        spot = 2 * t[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        return spot + rng.normal(0, blur, (n, 2)), y

    return sample


def checkerboard(rng: Rng) -> Sampler:
    """Squares of alternating class, some labels flipped."""
    fields, flipped = int(rng.integers(2, 5)), rng.uniform(0, 0.25)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = rng.uniform(-1, 1, (n, 2))
        y = np.floor((x + 1) * fields / 2).astype(int).sum(1) % 2
        return 2 * x, np.where(rng.random(n) < flipped, 1 - y, y)

    return sample


def parity(rng: Rng) -> Sampler:
    """The parity of a few of many bits."""
    width, few, flipped = int(rng.integers(8, 20)), int(rng.integers(2, 4)), rng.uniform(0, 0.15)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = rng.integers(0, 2, (n, width))
        y = x[:, :few].sum(1) % 2
        return 2.0 * x - 1, np.where(rng.random(n) < flipped, 1 - y, y)

    return sample


def sparse_logit(rng: Rng) -> Sampler:
    """A logistic model of a few among many columns."""
    width, few = int(rng.integers(20, 120)), int(rng.integers(2, 8))
    weights, sharp = rng.normal(size=few), rng.uniform(0.5, 3)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = rng.normal(size=(n, width))
        return x, _labels(x[:, :few] @ weights, rng, sharp)

    return sample


def dense_logit(rng: Rng) -> Sampler:
    """A logistic model in which every column counts a little."""
    width, sharp = int(rng.integers(10, 80)), rng.uniform(0.5, 4)
    weights = rng.normal(size=width) * width**-0.5

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = rng.normal(size=(n, width))
        return x, _labels(x @ weights, rng, sharp)

    return sample


def teacher_classes(rng: Rng) -> Sampler:
    """Classes given by a random network."""
    width, classes = int(rng.integers(4, 25)), int(rng.integers(2, 6))
    first, second = rng.normal(size=(width, 16)) * width**-0.5, rng.normal(size=(16, classes))
    heat = rng.uniform(0.2, 1.5)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = rng.normal(size=(n, width))
        return x, (np.tanh(2 * x @ first) @ second + heat * rng.gumbel(size=(n, classes))).argmax(1)

    return sample


def shells(rng: Rng) -> Sampler:
    """Inside or outside of a sphere in several dimensions."""
    width, sharp = int(rng.integers(3, 15)), rng.uniform(1, 4)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = rng.normal(size=(n, width))
        return x, _labels((x**2).mean(1) - 1, rng, sharp)

    return sample


def interactions(rng: Rng) -> Sampler:
    """Labels from products of pairs of columns."""
    width = int(rng.integers(6, 25))
    pairs, sharp = rng.integers(0, width, (4, 2)), rng.uniform(0.5, 3)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = rng.normal(size=(n, width))
        return x, _labels((x[:, pairs[:, 0]] * x[:, pairs[:, 1]]).sum(1), rng, sharp)

    return sample


def coin_flips(rng: Rng) -> Sampler:
    """Labels that hardly depend on anything."""
    width, weight = int(rng.integers(5, 40)), rng.uniform(0, 0.4)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = rng.normal(size=(n, width))
        return x, _labels(weight * x[:, 0], rng, 1)

    return sample


def _regression(width: int, noise: float, target: Callable[[Array], Array], wide: float = 1.0) -> Sampler:
    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = rng.uniform(-wide, wide, (n, width)) * 3**0.5
        y = target(x)
        return x, y + noise * rng.normal(size=y.shape)

    return sample


def friedman1(rng: Rng) -> Sampler:
    """Friedman's first function: five columns count, the rest do not."""
    width = int(rng.integers(5, 20))

    def target(x: Array) -> Array:
        u = x / 3**0.5 / 2 + 0.5
        value = 10 * np.sin(np.pi * u[:, 0] * u[:, 1]) + 20 * (u[:, 2] - 0.5) ** 2 + 10 * u[:, 3] + 5 * u[:, 4]
        return np.asarray((value[:, None] - 14.4) / 4.9)

    return _regression(width, rng.uniform(0.1, 1), target)


def friedman3(rng: Rng) -> Sampler:
    """An arctangent of a ratio, as in Friedman's third function."""

    def target(x: Array) -> Array:
        return np.asarray(np.arctan((x[:, 1] * x[:, 2] - 0.5) / (np.abs(x[:, 0]) + 0.2)))[:, None]

    return _regression(4, rng.uniform(0.1, 1), target)


def sines(rng: Rng) -> Sampler:
    """A sum of sines of one variable."""
    pitch, height = rng.uniform(0.5, 5, 4), rng.normal(size=4)

    def target(x: Array) -> Array:
        return np.asarray(np.sin(x * pitch * 2) @ height)[:, None]

    return _regression(1, rng.uniform(0.1, 1), target)


def ridges(rng: Rng) -> Sampler:
    """A linear target in many columns."""
    width = int(rng.integers(10, 120))
    weights = rng.normal(size=(width, 1)) * width**-0.5
    return _regression(width, rng.uniform(0.1, 2), lambda x: np.asarray(x @ weights))


def teacher_values(rng: Rng) -> Sampler:
    """Values given by a random network."""
    width = int(rng.integers(3, 20))
    first, second = 2 * rng.normal(size=(width, 12)) * width**-0.5, rng.normal(size=(12, 1)) / 3
    return _regression(width, rng.uniform(0.05, 1), lambda x: np.asarray(np.tanh(x @ first) @ second))


def steps(rng: Rng) -> Sampler:
    """A piecewise constant target."""
    width, cuts = int(rng.integers(2, 8)), rng.uniform(-1.5, 1.5, (6, 2))

    def target(x: Array) -> Array:
        return np.asarray((x[:, [0]] > cuts[:3, 0]).sum(1) - (x[:, [1]] > cuts[3:, 1]).sum(1))[:, None] / 1.0

    return _regression(width, rng.uniform(0.1, 1), target)


def robot_arm(rng: Rng) -> Sampler:
    """Where the hand of a planar arm is, from the angles of its joints."""
    joints = int(rng.integers(2, 7))

    def target(x: Array) -> Array:
        angle = np.cumsum(x, axis=1)
        return np.column_stack([np.cos(angle).sum(1), np.sin(angle).sum(1)])

    return _regression(joints, rng.uniform(0.05, 1), target)


def varying_noise(rng: Rng) -> Sampler:
    """A sine whose noise depends on the place; its likelihood is fitted, so that the loss goes below zero."""
    spare, scale = int(rng.integers(0, 8)), rng.uniform(0.02, 0.3)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = rng.uniform(-1.7, 1.7, (n, 1 + spare))
        loud = scale * (0.2 + np.abs(x[:, :1]))
        return x, np.sin(2 * x[:, :1]) + loud * rng.normal(size=(n, 1))

    return sample


def tails(rng: Rng) -> Sampler:
    """A smooth target with heavy-tailed noise."""
    width, noise = int(rng.integers(2, 10)), rng.uniform(0.1, 0.5)
    weights = rng.normal(size=(width, 3))

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = rng.normal(size=(n, width))
        return x, np.tanh(x @ weights).sum(1, keepdims=True) / 2 + noise * rng.standard_t(3, (n, 1))

    return sample


def copies(rng: Rng) -> Sampler:
    """Remove the noise from a point of a low-dimensional manifold."""
    width, inner, noise = int(rng.integers(8, 30)), int(rng.integers(2, 4)), rng.uniform(0.2, 1)
    out = rng.normal(size=(inner * 2, width)) / inner**0.5

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        hidden = rng.normal(size=(n, inner))
        clean = np.column_stack([hidden, np.sin(2 * hidden)]) @ out
        return clean + noise * rng.normal(size=clean.shape), clean

    return sample


_LABELS = (blobs, imbalanced, rings, spirals, checkerboard, parity, sparse_logit, dense_logit)
_MORE_LABELS = (teacher_classes, shells, interactions, coin_flips)
_VALUES = (friedman1, friedman3, sines, ridges, teacher_values, steps, robot_arm, tails, copies)

TABLES = (
    *(Family(world.__name__, "table", "cross-entropy", world) for world in (*_LABELS, *_MORE_LABELS)),
    *(Family(world.__name__, "table", "squared", world) for world in _VALUES),
    Family(varying_noise.__name__, "table", "gaussian", varying_noise),
)
