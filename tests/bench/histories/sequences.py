"""Task families whose inputs have an order: series, pictures, tokens, and ratings."""

from __future__ import annotations

import numpy as np
from tests.bench.histories.layers import Array, Rng
from tests.bench.histories.tasks import Family, Sampler

SIDE = 8
"""Pixels along the side of a picture."""
VOCABULARY = 12
PEOPLE, THINGS = 60, 50
"""Rows and columns of a table of ratings."""


def motif(rng: Rng) -> Sampler:
    """Whether a series holds a pattern somewhere."""
    length, pattern, noise = 24, rng.normal(0, 1.5, 5), rng.uniform(0.5, 1.2)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x, y = noise * rng.normal(size=(n, length, 1)), rng.integers(0, 2, n)
        start = rng.integers(0, length - 5, n)
        x[np.arange(n)[:, None], start[:, None] + np.arange(5), 0] += y[:, None] * pattern
        return x, y

    return sample


def pitch(rng: Rng) -> Sampler:
    """Which of some frequencies a noisy wave has."""
    length, tones, noise = 24, np.array([1.0, 1.6, 2.3, 3.1]), rng.uniform(0.5, 2)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        y = rng.integers(0, 4, n)
        phase = rng.uniform(0, 2 * np.pi, (n, 1))
        wave = np.sin(2 * np.pi * tones[y][:, None] * np.arange(length) / length * 2 + phase)
        return (wave + noise * rng.normal(size=wave.shape))[:, :, None], y

    return sample


def chirp(rng: Rng) -> Sampler:
    """Whether a wave gets faster or slower."""
    length, noise = 24, rng.uniform(0.3, 1.5)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        y, t = rng.integers(0, 2, n), np.linspace(0, 1, length)
        bent = np.where(y[:, None] == 1, t**2, 1 - (1 - t) ** 2)
        wave = np.sin(2 * np.pi * 3 * bent + rng.uniform(0, 6.3, (n, 1)))
        return (wave + noise * rng.normal(size=wave.shape))[:, :, None], y

    return sample


def adding(rng: Rng) -> Sampler:
    """The sum of the two marked numbers of a series."""
    length, noise = int(rng.integers(6, 12)), rng.uniform(0.05, 0.5)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = np.zeros((n, length, 2))
        x[:, :, 0] = rng.normal(size=(n, length))
        first, second = rng.integers(0, length // 2, n), rng.integers(length // 2, length, n)
        rows = np.arange(n)
        x[rows, first, 1] = x[rows, second, 1] = 1
        return x, (x[rows, first, 0] + x[rows, second, 0] + noise * rng.normal(size=n))[:, None]

    return sample


def forecast(rng: Rng) -> Sampler:
    """The next value of an autoregressive series of second order."""
    length, damping, angle = 12, rng.uniform(0.7, 0.97), rng.uniform(0.3, 2)
    a, b = 2 * damping * np.cos(angle), -(damping**2)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = np.zeros((n, length + 21))
        shocks = rng.normal(size=x.shape)
        for t in range(2, x.shape[1]):
            x[:, t] = a * x[:, t - 1] + b * x[:, t - 2] + shocks[:, t]
        x /= 3
        return x[:, 20:-1, None], x[:, -1:]

    return sample


def chaos(rng: Rng) -> Sampler:
    """A later value of the logistic map, seen through noise."""
    length, ahead, noise = 8, int(rng.integers(1, 3)), rng.uniform(0.02, 0.2)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = np.zeros((n, length + ahead))
        x[:, 0] = rng.uniform(0.05, 0.95, n)
        for t in range(1, x.shape[1]):
            x[:, t] = 3.9 * x[:, t - 1] * (1 - x[:, t - 1])
        seen = 4 * (x - 0.5) + noise * 4 * rng.normal(size=x.shape)
        return seen[:, :length, None], seen[:, -1:]

    return sample


def recall(rng: Rng) -> Sampler:
    """The class that was shown at the start of a series."""
    length, noise, classes = int(rng.integers(5, 10)), rng.uniform(0.3, 1), 4
    codes = rng.normal(size=(classes, 3))

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        y = rng.integers(0, classes, n)
        x = noise * rng.normal(size=(n, length, 3))
        x[:, 0] += codes[y]
        return x, y

    return sample


def bars(rng: Rng) -> Sampler:
    """Whether a picture holds a standing or a lying bar."""
    noise, strength = rng.uniform(0.5, 1.2), rng.uniform(0.6, 1.5)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        y, place = rng.integers(0, 2, n), rng.integers(0, SIDE, n)
        x = noise * rng.normal(size=(n, SIDE, SIDE))
        rows = np.arange(n)
        x[rows[y == 0], place[y == 0]] += strength
        x[rows[y == 1], :, place[y == 1]] += strength
        return x.reshape(n, -1, 1), y

    return sample


def glyphs(rng: Rng) -> Sampler:
    """Which of some random glyphs a picture shows, shifted and blurred by noise."""
    classes, noise = int(rng.integers(3, 8)), rng.uniform(0.5, 1.5)
    shapes = (rng.random((classes, 5, 5)) < 0.5) * 2.0 - 1

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        y, down, right = rng.integers(0, classes, n), rng.integers(0, 4, n), rng.integers(0, 4, n)
        x = noise * rng.normal(size=(n, SIDE, SIDE))
        for row in range(n):
            x[row, down[row] : down[row] + 5, right[row] : right[row] + 5] += shapes[y[row]]
        return x.reshape(n, -1, 1), y

    return sample


def textures(rng: Rng) -> Sampler:
    """Which direction the grain of a picture has."""
    noise = rng.uniform(0.5, 2)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        y = rng.integers(0, 4, n)
        angle, phase = np.pi * y / 4, rng.uniform(0, 6.3, n)
        down, right = np.mgrid[:SIDE, :SIDE]
        turned = down * np.cos(angle)[:, None, None] + right * np.sin(angle)[:, None, None]
        x = np.sin(1.6 * turned + phase[:, None, None]) + noise * rng.normal(size=(n, SIDE, SIDE))
        return x.reshape(n, -1, 1), y

    return sample


def _text(rng: Rng, order: int, sharp: float) -> Sampler:
    chances = rng.dirichlet(np.full(VOCABULARY, sharp), VOCABULARY**order).cumsum(1)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        tokens = rng.integers(0, VOCABULARY, (n, 12))
        for t in range(order, 12):
            state = sum(tokens[:, t - back - 1] * VOCABULARY**back for back in range(order))
            drawn = (rng.random((n, 1)) > chances[state]).sum(1)
            tokens[:, t] = np.minimum(drawn, VOCABULARY - 1)
        return tokens[:, -5:-1], tokens[:, -1]

    return sample


def letters(rng: Rng) -> Sampler:
    """The next token of a Markov chain of first order."""
    return _text(rng, 1, rng.uniform(0.05, 0.5))


def syllables(rng: Rng) -> Sampler:
    """The next token of a Markov chain of second order."""
    return _text(rng, 2, rng.uniform(0.02, 0.3))


def topics(rng: Rng) -> Sampler:
    """The topic of a few words."""
    classes = int(rng.integers(2, 6))
    words = rng.dirichlet(np.full(VOCABULARY, rng.uniform(0.2, 1)), classes).cumsum(1)

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        y = rng.integers(0, classes, n)
        drawn = (rng.random((n, 4, 1)) > words[y][:, None]).sum(2)
        return np.minimum(drawn, VOCABULARY - 1), y

    return sample


def ratings(rng: Rng) -> Sampler:
    """Ratings of items by people: a table of low rank, with noise."""
    rank, noise = int(rng.integers(2, 6)), rng.uniform(0.3, 1)
    left, right = rng.normal(size=(PEOPLE, rank)), rng.normal(size=(THINGS, rank)) / rank**0.5

    def sample(rng: Rng, n: int) -> tuple[Array, Array]:
        x = np.column_stack([rng.integers(0, PEOPLE, n), PEOPLE + rng.integers(0, THINGS, n)])
        value = (left[x[:, 0]] * right[x[:, 1] - PEOPLE]).sum(1)
        return x, (value + noise * rng.normal(size=n))[:, None]

    return sample


SEQUENCES = (
    *(Family(w.__name__, "series", "cross-entropy", w) for w in (motif, pitch, chirp, recall)),
    *(Family(w.__name__, "series", "squared", w) for w in (adding, forecast, chaos)),
    *(Family(w.__name__, "picture", "cross-entropy", w) for w in (bars, glyphs, textures)),
    *(Family(w.__name__, "tokens", "cross-entropy", w) for w in (letters, syllables, topics)),
    Family("ratings", "ratings", "squared", ratings),
)
