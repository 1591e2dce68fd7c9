from __future__ import annotations

import random
from collections.abc import Iterator
from math import exp, sqrt
from statistics import mean, pstdev

import pytest

from lossmon.core.verdict import Verdict
from lossmon.detector import Detector
from lossmon.detector.noise import Noise, autocorrelation, estimate, recent_roughness, roughness


def correlated(count: int, rho: float, draw: random.Random) -> Iterator[float]:
    value = draw.gauss(0, 1)
    for _ in range(count):
        yield value
        value = rho * value + sqrt(1 - rho**2) * draw.gauss(0, 1)


def plateau(count: int, rho: float, turn: float, draw: random.Random) -> list[float]:
    """A descent from 1.5 to 0.5 with five per cent noise; from two fifths on it rises by *turn* times the drop."""
    rise = [max(0.0, i - 0.4 * count) / (0.6 * count) * turn for i in range(count)]
    noise = correlated(count, rho, draw)
    return [0.5 + exp(-10 * i / count) + up + 0.025 * e for i, (up, e) in enumerate(zip(rise, noise, strict=True))]


def verdicts(val: list[float], draw: random.Random) -> list[Verdict]:
    detector, count = Detector(), len(val)
    train = [0.3 + 0.7 * exp(-5 * i / count) + draw.gauss(0, 0.005) for i in range(count)]
    return [detector.update(t, v).verdict for t, v in zip(train, val, strict=True)]


@pytest.mark.parametrize(("count", "runs"), [(20, 150), (50, 80), (200, 20)])
def test_a_noisy_plateau_is_not_called_overfitting_at_its_end(count: int, runs: int) -> None:
    draw = random.Random(count)
    called = [verdicts(plateau(count, 0, 0, draw), draw)[-1] is Verdict.OVERFITTING for _ in range(runs)]
    assert mean(called) <= 0.02


@pytest.mark.parametrize("rho", [0.6, 0.9])
def test_a_plateau_with_a_memory_seldom_looks_like_overfitting_at_any_time(rho: float) -> None:
    draw = random.Random(4)
    called = [Verdict.OVERFITTING in verdicts(plateau(50, rho, 0, draw), draw) for _ in range(100)]
    assert mean(called) <= 0.07


@pytest.mark.parametrize(("rho", "turn"), [(0.0, 0.3), (0.6, 0.6), (0.9, 0.6)])
def test_a_clear_turn_is_found_in_the_same_noise(rho: float, turn: float) -> None:
    draw = random.Random(7)
    found = [verdicts(plateau(50, rho, turn, draw), draw)[-1] is Verdict.OVERFITTING for _ in range(50)]
    assert mean(found) >= 0.8


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_the_formula_for_third_differences_gives_sigma_back(rho: float) -> None:
    draw = random.Random(5)
    rough = mean(roughness(list(correlated(400, rho, draw))) for _ in range(20))
    assert Noise.of(rough, rho).sigma == pytest.approx(1.0, abs=0.08)


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_the_formula_for_the_mean_of_a_block_agrees_with_draws(rho: float) -> None:
    draw = random.Random(6)
    means = [mean(correlated(9, rho, draw)) for _ in range(3000)]
    assert Noise(rho=rho, sigma=1.0).of_mean(9) == pytest.approx(pstdev(means), rel=0.06)


def test_the_autocorrelation_is_estimated_on_the_safe_side() -> None:
    draw = random.Random(8)
    for rho in (0.0, 0.5, 0.8):
        found = [autocorrelation(list(correlated(60, rho, draw)), 1e9) for _ in range(100)]
        assert rho <= mean(found) <= rho + 0.3


def test_a_parabola_is_no_noise() -> None:
    assert roughness([0.3 * i * i - i for i in range(30)]) == pytest.approx(0, abs=1e-9)


def test_spikes_do_not_count_as_noise() -> None:
    draw = random.Random(9)
    values = [draw.gauss(0, 1) for _ in range(60)]
    values[20] = values[41] = 1e6
    assert Noise.of(roughness(values), 0.0).sigma < 2


def test_too_few_values_have_no_noise_to_speak_of() -> None:
    assert estimate([1.0, 2.0, 3.0], 1, recent_roughness([1.0, 2.0, 3.0])) == Noise()
