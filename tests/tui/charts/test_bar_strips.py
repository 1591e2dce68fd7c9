"""Strips of bars below the chart."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.lines import texts

from lossmon.tui.charts.bar_strips import gap_strip, gpu_strip, risk_strip
from lossmon.tui.charts.chart import loss_chart
from lossmon.tui.charts.frame import Frame
from lossmon.tui.charts.glyphs import ASCII
from lossmon.tui.charts.options import ChartOptions, ChartSeries
from lossmon.tui.styled_text import plain

FRAME = Frame(width=24, left_margin=4, columns=10, low=1, high=10)
X = np.arange(1.0, 11)
WALL = 1000 + 60 * X


def test_the_gap_rises_from_zero_between_its_label_and_its_text() -> None:
    (line,) = gap_strip(X, X / 10, FRAME, texts=("1.0 rising",))
    assert plain(line) == "gap ▁▂▂▃▄▅▆▆▇█"
    (line,) = gap_strip(X, X / 10, FRAME, texts=("1.0 rising", "1.0 ▲"))
    assert line == (("gap ", "muted"), ("▁▂▂▃▄▅▆▆▇█ 1.0 ▲", "gap"))


def test_a_strip_has_the_x_axis_of_its_chart() -> None:
    chart = loss_chart([ChartSeries(X, X, "val", "val")], 60, 8, ChartOptions(min_right_margin=20))
    (line,) = texts(gap_strip(X, np.where(X == 7, 1, np.nan), chart.frame))
    assert line.index("█") == chart.frame.column_of(7)
    assert chart.frame.x_at(line.index("█")) == pytest.approx(7, abs=9 / chart.frame.columns)


def test_bars_of_a_gap_below_zero_hang_down() -> None:
    assert texts(gap_strip(X, -X, FRAME)) == ["gap ▔▔▔▔▀▀▀▀██"]
    assert texts(gap_strip(X, np.linspace(-4, 4, 10), FRAME, rows=2)) == ["gap      ▁▃▄▆█", "    █▀▀▔▔"]


def test_one_row_has_bars_for_the_sign_of_the_last_gap_and_marks_the_other_sign() -> None:
    assert texts(gap_strip(X, X - 3.5, FRAME)) == ["gap −−−▁▂▃▄▆▇█"]
    assert texts(gap_strip(X, 3.5 - X, FRAME, glyphs=ASCII)) == ["gap +++'''\"\"##"]


def test_a_huge_gap_at_the_start_does_not_turn_the_bars_over() -> None:
    assert texts(gap_strip(X, np.append(-50, X[1:]), FRAME)) == ["gap −▂▂▃▄▅▆▆▇█"]


def test_a_gap_of_zero_is_a_flat_line() -> None:
    assert texts(gap_strip(X, X * 0, FRAME)) == ["gap ▁▁▁▁▁▁▁▁▁▁"]


def test_unknown_gaps_are_left_out_and_infinite_ones_marked() -> None:
    gap = X.copy()
    gap[3:6] = np.nan, np.nan, np.inf
    assert texts(gap_strip(X, gap, FRAME)) == ["gap ▁▂▂  ∞▆▆▇█"]


def test_one_huge_gap_does_not_flatten_the_others() -> None:
    assert texts(gap_strip(X, np.append(780, X[1:]), FRAME)) == ["gap █▂▂▃▄▅▆▆▇█"]


def test_cells_between_two_evaluations_are_interpolated() -> None:
    assert texts(gap_strip(X[[0, 9]], np.array([1.0, 8.0]), FRAME)) == ["gap ▁▂▃▃▄▅▆▆▇█"]


def test_many_evaluations_in_a_cell_are_averaged() -> None:
    x = np.linspace(1, 10, 1000)
    assert texts(gap_strip(x, np.where(np.arange(1000) % 2, 1.0, 0.0), FRAME)) == ["gap ▄▄▄▄▄▄▄▄▄▄"]


def test_the_risk_fills_its_row_at_one_and_is_blank_where_it_is_not_known() -> None:
    risk = np.array([np.nan, 0, 0.1, 0.3, 0.5, 0.7, 0.9, 1, 1, np.nan])
    (line,) = risk_strip(X, risk, FRAME, ("98%",))
    assert line == (("risk ", "muted"), ("▁▁▂▄▆▇██  98%", "risk"))


def test_gpu_samples_are_below_the_epoch_of_their_time() -> None:
    samples = [(time, 0.0 if 1300 < time < 1420 else 100.0) for time in np.arange(1061, 1600, 2.0).tolist()]
    assert texts(gpu_strip(samples, X, WALL, FRAME, texts=("93%",))) == ["gpu ████▄▁▃███ 93%"]


def test_a_time_without_samples_is_a_gap() -> None:
    samples = [(time, 100.0) for time in np.arange(1060, 1600, 2.0).tolist() if not 1250 < time < 1400]
    assert texts(gpu_strip(samples, X, WALL, FRAME)) == ["gpu ████  ████"]


def test_samples_since_the_last_evaluation_count_to_it_and_those_before_the_first_are_left_out() -> None:
    assert texts(gpu_strip([(500.0, 100.0), (5000.0, 50.0)], X, WALL, FRAME)) == ["gpu          ▄"]


def test_before_two_evaluations_only_what_is_known_is_shown() -> None:
    assert texts(gpu_strip([(500.0, 100.0), (5000.0, 50.0)], X[:1], WALL[:1], FRAME)) == ["gpu ▄"]
    assert texts(gpu_strip([(500.0, 100.0)], X[:0], WALL[:0], FRAME)) == ["gpu"]
    assert texts(gpu_strip([], X, WALL, FRAME)) == ["gpu"]
