from __future__ import annotations

import math

import numpy as np
import pytest

from lossmon.presentation.charts.scales import LinearScale, LogScale, Scale, SymlogScale


@pytest.mark.parametrize(
    "scale", [LinearScale(-3, 5), LogScale(1e-4, 300), SymlogScale(-10, 1000, 0.1), LinearScale(-1.7e308, 1.7e308)]
)
def test_a_scale_maps_its_range_onto_0_to_1_and_back(scale: Scale) -> None:
    fractions = np.linspace(0, 1, 7)
    values = np.array([scale.value_at(fraction) for fraction in fractions.tolist()])
    assert np.allclose(scale.fraction(values), fractions)
    assert scale.fraction(np.array([-math.inf, math.inf])).tolist() == [0, 1]


def test_equal_ratios_are_equally_long_on_a_log_scale() -> None:
    assert np.allclose(LogScale(1, 1000).fraction(np.array([1, 10, 100, 1000])), [0, 1 / 3, 2 / 3, 1])


def test_the_smallest_floats_still_differ() -> None:
    assert LinearScale(0, 1e-323).fraction(np.array([0, 5e-324, 1e-323])).tolist() == [0, 0.5, 1]
