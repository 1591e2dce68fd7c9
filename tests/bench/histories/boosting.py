"""Gradient boosting with shallow trees on binned columns."""

from __future__ import annotations

import numpy as np
from tests.bench.histories.layers import Array, Rng
from tests.bench.histories.tasks import Family
from tests.bench.histories.training import Setting, draw

_BINS = 16


def _binned(x: Array, edges: Array) -> Array:
    return np.stack([np.searchsorted(edges[:, c], x[:, c]) for c in range(x.shape[1])], axis=1)


def _split(bins: Array, gradient: Array) -> tuple[int, int]:
    """Return the column and bin whose split lowers the squared error of *gradient* most."""
    columns = bins.shape[1]
    flat = (bins + _BINS * np.arange(columns)).reshape(-1)
    size = _BINS * columns
    total = np.bincount(flat, np.repeat(gradient, columns), size).reshape(columns, _BINS).cumsum(1)
    count = np.bincount(flat, minlength=size).reshape(columns, _BINS).cumsum(1)
    left, right = count[:, :-1], count[:, -1:] - count[:, :-1]
    gain = total[:, :-1] ** 2 / np.maximum(left, 1) + (total[:, -1:] - total[:, :-1]) ** 2 / np.maximum(right, 1)
    gain[(left < 2) | (right < 2)] = -1
    column, at = np.unravel_index(gain.argmax(), gain.shape)
    return int(column), int(at)


def _grow(sets: list[Array], masks: list[Array], gradient: Array, curvature: Array, depth: int) -> list[Array]:
    """Grow a tree on the first of *sets*, and return its predictions for each set."""
    mine = masks[0]
    if depth == 0 or mine.sum() < 8:
        value = gradient[mine].sum() / (curvature[mine].sum() + 1)
        return [mask * value for mask in masks]
    column, at = _split(sets[0][mine], gradient[mine])
    left = [mask & (bins[:, column] <= at) for bins, mask in zip(sets, masks, strict=True)]
    right = [mask & ~low for mask, low in zip(masks, left, strict=True)]
    low, high = (_grow(sets, part, gradient, curvature, depth - 1) for part in (left, right))
    return [a + b for a, b in zip(low, high, strict=True)]


def _loss(family: Family, score: Array, y: Array) -> float:
    if family.loss == "squared":
        return float(((score - y) ** 2).mean())
    return float((np.logaddexp(0, score) - y * score).mean())


def boost(family: Family, setting: Setting, rng: Rng) -> tuple[Array, Array, Array]:
    """Return train, validation and test loss after each round."""
    drawn = draw(family, setting, rng)
    pairs = [drawn.train, drawn.validation, drawn.test]
    edges = np.quantile(pairs[0][0], np.linspace(0, 1, _BINS + 1)[1:-1], axis=0)
    sets = [_binned(x, edges) for x, _ in pairs]
    targets = [y.reshape(-1).astype(float) for _, y in pairs]
    scores = [np.zeros(len(y)) for y in targets]
    masks = [np.ones(len(y), bool) for y in targets]
    seen = []
    for _ in range(setting.epochs):
        if family.loss == "squared":
            gradient, curvature = targets[0] - scores[0], np.ones(len(targets[0]))
        else:
            chance = 1 / (1 + np.exp(-scores[0]))
            gradient, curvature = targets[0] - chance, chance * (1 - chance)
        steps = _grow(sets, masks, gradient, curvature, setting.depth)
        scores = [score + setting.rate * step for score, step in zip(scores, steps, strict=True)]
        seen.append([_loss(family, score, y) for score, y in zip(scores, targets, strict=True)])
    columns = np.array(seen).T
    return columns[0], columns[1], columns[2]
