from __future__ import annotations

import random
from collections.abc import Iterator
from math import exp, sqrt
from statistics import mean, pstdev

import pytest

from lossmon.core.verdict import Verdict
from lossmon.detector import Detector, Noise, estimate_autocorrelation, estimate_noise, third_difference_std


def correlated(count: int, rho: float, rng: random.Random) -> Iterator[float]:
    value = rng.gauss(0, 1)
    for _ in range(count):
        yield value
        value = rho * value + sqrt(1 - rho**2) * rng.gauss(0, 1)


def plateau(count: int, rho: float, rise: float, rng: random.Random) -> list[float]:
    """A descent from 1.5 to 0.5 with noise of 5 %; after two fifths it begins to rise, by *rise* at the end."""
    climb = [max(0.0, i - 0.4 * count) / (0.6 * count) * rise for i in range(count)]
    noise = correlated(count, rho, rng)
    return [0.5 + exp(-10 * i / count) + up + 0.025 * e for i, (up, e) in enumerate(zip(climb, noise, strict=True))]


def verdicts_on(val: list[float], rng: random.Random) -> list[Verdict]:
    detector, count = Detector(), len(val)
    train = [0.3 + 0.7 * exp(-5 * i / count) + rng.gauss(0, 0.005) for i in range(count)]
    return [detector.update(t, v).verdict for t, v in zip(train, val, strict=True)]


@pytest.mark.parametrize(("count", "runs"), [(20, 150), (50, 80), (200, 20)])
def test_a_noisy_plateau_is_not_reported_as_overfitting_at_its_end(count: int, runs: int) -> None:
    rng = random.Random(count)
    reported = [verdicts_on(plateau(count, 0, 0, rng), rng)[-1] is Verdict.OVERFITTING for _ in range(runs)]
    assert mean(reported) <= 0.02


@pytest.mark.parametrize("rho", [0.6, 0.9])
def test_a_plateau_with_autocorrelated_noise_is_seldom_reported_at_any_time(rho: float) -> None:
    rng = random.Random(4)
    reported = [Verdict.OVERFITTING in verdicts_on(plateau(50, rho, 0, rng), rng) for _ in range(100)]
    assert mean(reported) <= 0.07


@pytest.mark.parametrize(("rho", "rise"), [(0.0, 0.3), (0.6, 0.6), (0.9, 0.6)])
def test_a_clear_rise_is_found_in_the_same_noise(rho: float, rise: float) -> None:
    rng = random.Random(7)
    found = [verdicts_on(plateau(50, rho, rise, rng), rng)[-1] is Verdict.OVERFITTING for _ in range(50)]
    assert mean(found) >= 0.8


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_sigma_is_recovered_from_third_differences(rho: float) -> None:
    rng = random.Random(5)
    std = mean(third_difference_std(list(correlated(400, rho, rng))) for _ in range(20))
    assert Noise.from_third_differences(std, rho).sigma == pytest.approx(1.0, abs=0.08)


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_the_standard_deviation_of_a_block_mean_agrees_with_a_simulation(rho: float) -> None:
    rng = random.Random(6)
    means = [mean(correlated(9, rho, rng)) for _ in range(3000)]
    assert Noise(autocorrelation=rho, sigma=1.0).std_of_mean(9) == pytest.approx(pstdev(means), rel=0.06)


def test_the_autocorrelation_is_estimated_too_high_rather_than_too_low() -> None:
    rng = random.Random(8)
    for rho in (0.0, 0.5, 0.8):
        found = [estimate_autocorrelation(list(correlated(60, rho, rng))) for _ in range(100)]
        assert rho <= mean(found) <= rho + 0.3


def test_a_parabola_is_not_noise() -> None:
    assert third_difference_std([0.3 * i * i - i for i in range(30)]) == pytest.approx(0, abs=1e-9)


def test_rare_spikes_do_not_count_as_noise() -> None:
    rng = random.Random(9)
    values = [rng.gauss(0, 1) for _ in range(60)]
    values[20] = values[41] = 1e6
    assert Noise.from_third_differences(third_difference_std(values), 0.0).sigma < 2


def test_no_noise_is_estimated_from_three_values() -> None:
    assert estimate_noise([1.0, 2.0, 3.0], 1) == Noise()
