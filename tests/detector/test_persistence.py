from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.loss_curves import falling, turning

from lossmon.detector import Detector

Shape = Callable[[int], list[float]]
SHAPES: dict[str, Shape] = {
    "plateau": lambda n: falling(n, 1.0, 0.3, n / 12),
    "learning": lambda n: falling(n, 1.0, 0.1, n),
    "flat": lambda n: [0.7] * n,
    "turning": lambda n: turning(n, turn=max(2, n // 3), slope=0.5 / n),
    "sawtooth": lambda n: [0.2 + 0.8 * math.exp(-(i % 10) / 4) for i in range(n)],
}


def changes(train: list[float], val: list[float]) -> int:
    detector = Detector()
    verdicts = [detector.update_verdict(t, v) for t, v in zip(train, val, strict=True)]
    return sum(before is not after for before, after in pairwise(verdicts))


def in_noise(values: list[float], sigma: float, memory: float, seed: int) -> list[float]:
    """Return *values* times noise of standard deviation *sigma*, whose neighbours are correlated by *memory*."""
    rng, noise, noisy = random.Random(seed), 0.0, []
    for value in values:
        noise = memory * noise + math.sqrt(1 - memory * memory) * rng.gauss(0, sigma)
        noisy.append(value * math.exp(noise))
    return noisy


@given(
    st.sampled_from(sorted(SHAPES)),
    st.sampled_from(sorted(SHAPES)),
    st.integers(5, 400),
    st.floats(0, 0.3),
    st.floats(0, 0.95),
    st.integers(0, 10**6),
)
@settings(max_examples=150, deadline=None)
def test_a_verdict_changes_at_most_once_in_ten_evaluations_after_the_first_two(
    train: str, val: str, count: int, sigma: float, memory: float, seed: int
) -> None:
    of_train = in_noise(SHAPES[train](count), sigma, memory, seed)
    assert changes(of_train, in_noise(SHAPES[val](count), sigma, memory, seed + 1)) <= 3 + count / 10


@pytest.mark.parametrize("floor", [0.5, 0.001])
def test_a_train_that_alternates_beside_a_validation_that_rises_does_not_change_the_verdict_to_and_fro(
    floor: float,
) -> None:
    train = [floor * (1.1 if i % 2 else 1.0) for i in range(30)]
    assert changes(train, [0.3 + 0.03 * i for i in range(30)]) <= 2
