"""Scales, ticks, numbers, smoothing, and moving about."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lossmon.presentation.numbers import format_bytes, format_duration, format_step, format_value
from lossmon.tui.charts.cell_grid import CellGrid, Span, cell_width, fit
from lossmon.tui.charts.chart import Series, loss_chart
from lossmon.tui.charts.scale import Linear, Log, Scale, Symlog
from lossmon.tui.charts.smooth import smooth
from lossmon.tui.charts.ticks import labels, x_text, x_ticks, y_ticks
from lossmon.tui.charts.window import moved, panned, zoomed

GIB = 1024**3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(
            (0.412, "0.412"),
            (0.83, "0.83"),
            (2.3456, "2.35"),
            (12.34, "12.3"),
            (123.4, "123"),
            (0, "0"),
            (-0.5, "-0.5"),
        ),
        *((1.2e-5, "1.2e-5"), (0.00123, "0.00123"), (9.99e-4, "1e-3"), (5e-324, "4.9e-324")),
        *((1300, "1.3k"), (999.9, "1k"), (999_960, "1M"), (1e12, "1T"), (1.7e308, "1.7e308"), (-1500, "-1.5k")),
        *((math.nan, "NaN"), (math.inf, "Inf"), (-math.inf, "-Inf")),
    ],
)
def test_a_value_is_written_with_three_digits(value: float, text: str) -> None:
    assert format_value(value) == text


@pytest.mark.parametrize(
    ("step", "text"), [(0, "0"), (9999, "9999"), (12_345, "12.3k"), (1_000_000, "1M"), (1.5, "1.5"), (math.nan, "NaN")]
)
def test_a_step_is_whole_until_it_is_long(step: float, text: str) -> None:
    assert format_step(step) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *(
            (0, "0 s"),
            (0.42, "0.4 s"),
            (42, "42 s"),
            (59.7, "1 min"),
            (780, "13 min"),
            (3599, "1 h 00"),
            (7500, "2 h 05"),
        ),
        *((3 * 86_400 + 4 * 3600, "3 d 4 h"), (1e10, "115740 d"), (-42, "-42 s"), (math.nan, "?")),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_memory_is_written_in_units_of_1024() -> None:
    assert format_bytes(61 * GIB, 139 * GIB) == "61/139G"
    assert format_bytes(None, 139 * GIB) == "?/139G"
    assert [format_bytes(size) for size in (None, 0, 512, 1.5 * GIB, 2000 * GIB)] == ["?", "0B", "512B", "1.5G", "2T"]


@pytest.mark.parametrize("scale", [Linear(-3, 5), Log(1e-4, 300), Symlog(-10, 1000, 0.1), Linear(-1.7e308, 1.7e308)])
def test_a_scale_maps_its_range_onto_0_to_1_and_back(scale: Scale) -> None:
    shares = np.linspace(0, 1, 7)
    values = np.array([scale.at(share) for share in shares.tolist()])
    assert np.allclose(scale.share(values), shares)
    assert scale.share(np.array([-math.inf, math.inf])).tolist() == [0, 1]


def test_equal_ratios_are_equally_long_on_a_log_scale() -> None:
    assert np.allclose(Log(1, 1000).share(np.array([1, 10, 100, 1000])), [0, 1 / 3, 2 / 3, 1])


def test_the_smallest_floats_still_differ() -> None:
    assert Linear(0, 1e-323).share(np.array([0, 5e-324, 1e-323])).tolist() == [0, 0.5, 1]


@pytest.mark.parametrize(
    ("scale", "most", "ticks"),
    [
        (Linear(0.11, 2.04), 4, [0.5, 1, 1.5, 2]),
        (Linear(0.11, 0.83), 3, [0.25, 0.5, 0.75]),
        (Linear(-1, 1), 3, [-1, 0, 1]),
        (Linear(7, 7), 3, [7]),
        (Linear(1 - 1e-10, 1 + 2e-10), 2, [1, 1 + 2e-10]),
        (Log(1e-4, 10), 3, [1e-3, 1e-1, 10]),
        (Log(0.5, 20), 6, [0.5, 1, 2, 5, 10, 20]),
        (Symlog(-5, 500, 0.1), 5, [-1, -0.1, 0, 1, 100]),
    ],
)
def test_ticks_are_few_and_round(scale: Scale, most: int, ticks: list[float]) -> None:
    assert y_ticks(scale, most) == pytest.approx(ticks, rel=1e-12)


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
def test_tick_labels_have_as_few_digits_as_tell_them_apart(ticks: list[float], texts: list[str]) -> None:
    assert labels(ticks) == texts


def test_epochs_are_labelled_at_whole_numbers() -> None:
    assert x_ticks(1, 5, "epoch", 20) == [(1, "1"), (2, "2"), (3, "3"), (4, "4"), (5, "5")]
    assert x_ticks(0, 200_000, "step", 4) == [(0, "0"), (100_000, "100k"), (200_000, "200k")]


def test_long_trainings_are_labelled_in_days() -> None:
    day = 86_400.0
    assert x_ticks(0, 10 * day, "relative", 6)[:3] == [(0, "0"), (2 * day, "2d"), (4 * day, "4d")]
    assert x_ticks(0, 10 * day, "wall", 6)[1] == (2 * day, "01-03")


def test_a_time_that_no_calendar_holds_is_a_number() -> None:
    assert x_ticks(0, 1e15, "wall", 3)[-1][1] == "1P"
    assert x_text(1e15, "wall") == "wall 1e+15"


def test_one_place_on_the_axis_is_written_in_full() -> None:
    assert [x_text(12, "epoch"), x_text(123_456, "step")] == ["epoch 12", "step 123456"]
    assert [x_text(7500, "relative"), x_text(45, "relative"), x_text(0, "relative")] == ["2h05", "45s", "0s"]
    assert x_text(0, "wall", utc_offset=3661) == "01:01:01"


def test_smoothing_is_debiased_from_the_first_value_on() -> None:
    assert np.allclose(smooth(np.array([1.0, 2.0, 3.0]), 0.5), [1, 5 / 3, 17 / 7])


def test_no_weight_leaves_the_values_and_no_value_is_lost_to_nan() -> None:
    values = np.array([1.0, np.nan, 3.0, np.inf, 2.0])
    assert np.array_equal(smooth(values, 0), values, equal_nan=True)
    assert np.isfinite(smooth(values, 0.9)).tolist() == [True, False, True, False, True]


def test_the_cursor_moves_to_the_next_logged_point_even_if_it_is_far() -> None:
    sparse = Series(np.array([1.0, 50, 100]), np.ones(3), "val")
    frame = loss_chart([sparse], 80, 5).frame
    assert moved(None, [sparse], frame, -1) == 100
    assert [moved(50, [sparse], frame, cells) for cells in (-1, 0, 1, 30)] == [1, 50, 100, 100]
    assert moved(100, [sparse], frame, 1) == 100
    assert moved(None, [], frame, 1) is None


def test_the_cursor_skips_points_that_share_its_cell() -> None:
    dense = Series(np.arange(10_000.0), np.ones(10_000), "val")
    frame = loss_chart([dense], 80, 5).frame
    column, further = frame.column(5000), frame.column(moved(5000, [dense], frame, 3) or 0)
    assert column is not None
    assert further == column + 3


def test_zooming_and_panning_stay_inside_what_there_is() -> None:
    assert zoomed((0, 100), (0, 100), 0.5, 40) == (20, 70)
    assert zoomed((20, 70), (0, 100), 4, 40) == (0, 100)
    assert panned((20, 70), (0, 100), 0.5) == (45, 95)
    assert panned((45, 95), (0, 100), 0.5) == (50, 100)
    assert panned((45, 95), (0, 100), -3) == (0, 50)


def test_text_is_cut_by_cells_with_a_mark() -> None:
    assert [fit("accuracy", 8), fit("accuracy", 5), fit("损失函数", 6), fit("abc", 1), fit("abc", 0)] == [
        *("accuracy", "accu…", "损失…", "…", "")
    ]
    assert cell_width("e\u0301损") == 3


def test_a_wide_character_takes_two_cells_or_is_left_out() -> None:
    canvas = CellGrid(4, 1)
    canvas.write(0, 0, "a损b失", "train")
    assert canvas.lines() == ((Span("a损b", "train"),),)
