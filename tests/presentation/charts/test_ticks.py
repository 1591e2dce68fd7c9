from __future__ import annotations

import pytest

from lossmon.presentation.charts.scales import LinearScale, LogScale, Scale, SymlogScale
from lossmon.presentation.charts.ticks import format_x, tick_labels, x_ticks, y_ticks


@pytest.mark.parametrize(
    ("scale", "max_count", "ticks"),
    [
        (LinearScale(0.11, 2.04), 4, [0.5, 1, 1.5, 2]),
        (LinearScale(0.11, 0.83), 3, [0.25, 0.5, 0.75]),
        (LinearScale(-1, 1), 3, [-1, 0, 1]),
        (LinearScale(7, 7), 3, [7]),
        (LinearScale(1 - 1e-10, 1 + 2e-10), 2, [1, 1 + 2e-10]),
        (LogScale(1e-4, 10), 3, [1e-3, 1e-1, 10]),
        (LogScale(0.5, 20), 6, [0.5, 1, 2, 5, 10, 20]),
        (SymlogScale(-5, 500, 0.1), 5, [-1, -0.1, 0, 1, 100]),
    ],
)
def test_ticks_are_few_and_round(scale: Scale, max_count: int, ticks: list[float]) -> None:
    assert y_ticks(scale, max_count) == pytest.approx(ticks, rel=1e-12)


@pytest.mark.parametrize(
    ("ticks", "texts"),
    [
        ([0.5, 1, 1.5], ["0.5", "1.0", "1.5"]),
        ([0, 500, 1000, 1500], ["0", "500", "1k", "1.5k"]),
        ([1e-5, 1e-3, 0.1], ["1e-5", "0.001", "0.100"]),
        ([1000.001, 1000.002], ["1.000001k", "1.000002k"]),
        ([0, 0.25], ["0.00", "0.25"]),
    ],
)
def test_tick_labels_have_as_few_digits_as_distinguish_them(ticks: list[float], texts: list[str]) -> None:
    assert tick_labels(ticks) == texts


def test_epochs_are_labelled_at_whole_numbers() -> None:
    assert x_ticks(1, 5, "epoch", 20) == [(1, "1"), (2, "2"), (3, "3"), (4, "4"), (5, "5")]
    assert x_ticks(0, 200_000, "step", 4) == [(0, "0"), (100_000, "100k"), (200_000, "200k")]


def test_long_trainings_are_labelled_in_days() -> None:
    day = 86_400.0
    assert x_ticks(0, 10 * day, "relative", 6)[:3] == [(0, "0"), (2 * day, "2d"), (4 * day, "4d")]
    assert x_ticks(0, 10 * day, "wall", 6)[1] == (2 * day, "01-03")


def test_a_time_outside_the_calendar_is_written_as_a_number() -> None:
    assert x_ticks(0, 1e15, "wall", 3)[-1][1] == "1P"
    assert format_x(1e15, "wall") == "wall 1e+15"


def test_one_x_is_written_in_full() -> None:
    assert [format_x(12, "epoch"), format_x(123_456, "step")] == ["epoch 12", "step 123456"]
    assert [format_x(7500, "relative"), format_x(45, "relative"), format_x(0, "relative")] == ["2h05", "45s", "0s"]
    assert format_x(0, "wall", utc_offset=3661) == "01:01:01"
