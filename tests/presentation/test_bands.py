from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lossmon.core.points import Floats
from lossmon.presentation.bands import mean_band


def line(*points: tuple[float, float]) -> tuple[Floats, Floats]:
    x, y = np.array(points, np.float64).reshape(-1, 2).T
    return x, y


def test_between_its_points_a_curve_counts_as_a_straight_line() -> None:
    band = mean_band([line((0, 0), (2, 4)), line((0, 2), (1, 2), (2, 2))])
    assert band.x.tolist() == [0, 1, 2]
    assert (band.mean.tolist(), band.low.tolist(), band.high.tolist()) == ([1, 2, 3], [0, 2, 2], [2, 2, 4])


def test_the_band_ends_where_fewer_than_half_of_the_curves_have_values() -> None:
    short, middle, long = line((0, 1), (1, 1)), line((0, 2), (2, 2)), line((0, 3), (3, 3))
    band = mean_band([short, middle, long])
    assert band.x.tolist() == [0, 1, 2]
    assert band.mean.tolist() == [2, 2, 2.5]


def test_a_curve_that_is_not_finite_makes_the_mean_so_but_not_the_band() -> None:
    band = mean_band([line((0, 1), (1, np.nan)), line((0, 3), (1, 5))])
    assert np.isnan(band.mean).tolist() == [False, True]
    assert (band.low.tolist(), band.high.tolist()) == ([1, 5], [3, 5])


def test_without_curves_there_is_no_band() -> None:
    assert [len(each) for each in mean_band([])] == [0] * 4
    assert [len(each) for each in mean_band([line()])] == [0] * 4


VALUES = arrays.arrays(np.float64, st.integers(1, 6), elements=st.floats(-1e6, 1e6))


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_the_mean_is_within_the_band(values: list[Floats]) -> None:
    band = mean_band([(np.arange(len(each), dtype=np.float64), each) for each in values])
    assert (band.low <= band.mean + 1e-6).all()
    assert (band.mean <= band.high + 1e-6).all()


def test_many_points_are_thinned() -> None:
    x = np.arange(50_000, dtype=np.float64)
    assert len(mean_band([(x, x), (x + 0.5, x)]).x) <= 4096
