from __future__ import annotations

import numpy as np

from lossmon.presentation.charts.downsample import smooth


def test_smoothing_is_debiased_from_the_first_value_on() -> None:
    assert np.allclose(smooth(np.array([1.0, 2.0, 3.0]), 0.5), [1, 5 / 3, 17 / 7])


def test_weight_0_does_not_smooth_and_nan_does_not_spread_to_other_values() -> None:
    values = np.array([1.0, np.nan, 3.0, np.inf, 2.0])
    assert np.array_equal(smooth(values, 0), values, equal_nan=True)
    assert np.isfinite(smooth(values, 0.9)).tolist() == [True, False, True, False, True]
