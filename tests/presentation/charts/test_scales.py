from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.presentation.charts.scales import LinearScale, LogScale, Scale, SymlogScale, with_room


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


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE, FINITE, st.booleans())
def test_an_axis_with_room_shows_all_of_its_range_and_little_more(one: float, other: float, logarithmic: bool) -> None:
    low, high = sorted((one, other))
    scale: Scale = LogScale(low, high) if logarithmic and low > 0 else LinearScale(low, high)
    wider = with_room(scale)
    assert wider.low <= low <= high <= wider.high
    assert math.isfinite(wider.low)
    assert math.isfinite(wider.high)
    if math.isfinite(high - low) and not isinstance(scale, LogScale):
        assert wider.high - wider.low <= 1.126 * (high - low)


def test_an_axis_with_room_changes_rarely_while_a_loss_falls() -> None:
    lows = {with_room(LinearScale(0.5 * 0.95**epoch, 2.0)).low for epoch in range(100)}
    assert len(lows) <= 10
