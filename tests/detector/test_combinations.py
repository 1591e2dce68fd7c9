from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from tests.support.loss_curves import falling, noisy, turning

from lossmon.detector.combinations import JOINED, beyond, combine, largest_by_chance, least
from lossmon.detector.predictors import PREDICTORS, Predictors

NAMES = [predictor.name for predictor in PREDICTORS]
CLEAR = {
    "count": 30.0,
    "noise": 0.01,
    "level_rise": 0.2,
    "level_z": 20.0,
    "block3_noise": 30.0,
    "trend_rise": 0.2,
    "trend_ar_z": 9.0,
    "train_fall": 0.5,
}
"""A clear rise beside a train loss that falls."""


def last_predictors(train: Sequence[float | None], validation: Sequence[float]) -> dict[str, float]:
    """Return the predictors by name after the last evaluation."""
    predictors = Predictors()
    for value, beside in zip(validation, train, strict=True):
        predictors.add(value, beside)
    return dict(zip(NAMES, predictors.vector(), strict=True))


def joined(**changes: float) -> dict[str, float]:
    """Return the predictors that join those of a clear rise, with *changes*, by name."""
    values = {**CLEAR, **changes}
    return dict(zip(NAMES[NAMES.index("block3_beyond") :], combine([values[name] for name in JOINED]), strict=True))


def test_a_rise_of_three_percent_is_no_standard_errors_beyond_it() -> None:
    assert beyond(0.03, 5.0) == 0.0
    assert beyond(0.09, 3.0) == pytest.approx(2.0)
    assert beyond(-0.03, -1.0) == pytest.approx(-2.0)
    assert math.isnan(beyond(0.0, 0.0))


def test_the_largest_rise_by_chance_grows_with_the_number_of_blocks() -> None:
    assert 0 < largest_by_chance(0.5) == largest_by_chance(1.0) < largest_by_chance(10) < largest_by_chance(100)


def test_the_least_of_values_of_which_one_is_unknown_is_unknown() -> None:
    assert math.isnan(least(1.0, math.nan, 2.0))
    assert least(3.0, -1.0, 2.0) == -1.0


@pytest.mark.parametrize("name", ["trend_and_fall", "level_and_fall"])
def test_a_rise_counts_no_more_than_the_fall_of_train_beside_it(name: str) -> None:
    assert joined()[name] > 1
    assert joined(train_fall=0.01)[name] == pytest.approx(0.2)
    assert joined(train_fall=-0.1)[name] < 0


@pytest.mark.parametrize("change", [{"trend_ar_z": 0.3}, {"trend_rise": 0.003}])
def test_a_trend_must_be_both_clear_and_large(change: dict[str, float]) -> None:
    assert joined(**change)["trend_and_fall"] == pytest.approx(0.1)


def test_without_train_what_needs_its_fall_is_unknown() -> None:
    found = last_predictors([None] * 30, noisy(turning(30, turn=10), 0.01))
    assert math.isnan(found["trend_and_fall"])
    assert math.isnan(found["level_and_fall"])
    assert found["both_beyond"] == min(found["block3_beyond"], found["level_beyond"])


def test_the_joined_predictors_tell_a_turn_from_a_plateau() -> None:
    train = falling(40, pace=10)
    turn = last_predictors(train, noisy(turning(40, turn=12), 0.01))
    plateau = last_predictors(train, noisy(falling(40, end=1.0, pace=4), 0.03))
    for name in NAMES[NAMES.index("block3_beyond") :]:
        assert turn[name] > 1
        assert math.isnan(plateau[name]) or plateau[name] < 1
