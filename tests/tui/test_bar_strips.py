"""Strips below the chart, and sparklines."""

from __future__ import annotations

import numpy as np
import pytest

from lossmon.tui.charts.bar_strips import gap_strip, gpu_strip
from lossmon.tui.charts.cell_grid import Lines, Span
from lossmon.tui.charts.chart import ChartOptions, Series, loss_chart
from lossmon.tui.charts.frame import Frame
from lossmon.tui.charts.glyphs import ASCII
from lossmon.tui.charts.spark import sparkline

FRAME = Frame(width=24, left=4, columns=10, low=1, high=10)
X = np.arange(1.0, 11)
WALL = 1000 + 60 * X


def picture(lines: Lines) -> list[str]:
    return ["".join(span.text for span in line) for line in lines]


def test_the_gap_rises_from_zero_between_its_label_and_its_text() -> None:
    (line,) = gap_strip(X, X / 10, FRAME, texts=("1.0 rising",))
    assert "".join(span.text for span in line) == "gap ▁▂▂▃▄▅▆▆▇█"
    (line,) = gap_strip(X, X / 10, FRAME, texts=("1.0 rising", "1.0 ▲"))
    assert line == (Span("gap ", "muted"), Span("▁▂▂▃▄▅▆▆▇█ 1.0 ▲", "gap"))


def test_a_strip_lies_under_the_same_x_as_the_chart() -> None:
    chart = loss_chart([Series(X, X, "val", "val")], 60, 8, ChartOptions(right=20))
    (line,) = picture(gap_strip(X, np.where(X == 7, 1, np.nan), chart.frame))
    assert line.index("█") == chart.frame.column(7)
    assert chart.frame.x_at(line.index("█")) == pytest.approx(7, abs=9 / chart.frame.columns)


def test_a_gap_below_zero_hangs() -> None:
    assert picture(gap_strip(X, -X, FRAME)) == ["gap ▔▔▔▔▀▀▀▀██"]
    assert picture(gap_strip(X, np.linspace(-4, 4, 10), FRAME, rows=2)) == ["gap      ▁▃▄▆█", "    █▀▀▔▔"]


def test_one_row_has_bars_for_the_sign_of_the_last_gap_and_shows_the_other_sign_as_such() -> None:
    assert picture(gap_strip(X, X - 3.5, FRAME)) == ["gap −−−▁▂▃▄▆▇█"]
    assert picture(gap_strip(X, 3.5 - X, FRAME, glyphs=ASCII)) == ["gap +++'''\"\"##"]


def test_a_huge_gap_at_the_start_does_not_turn_the_bars_over() -> None:
    assert picture(gap_strip(X, np.append(-50, X[1:]), FRAME)) == ["gap −▂▂▃▄▅▆▆▇█"]


def test_a_gap_of_zero_is_a_flat_line() -> None:
    assert picture(gap_strip(X, X * 0, FRAME)) == ["gap ▁▁▁▁▁▁▁▁▁▁"]


def test_unknown_gaps_are_left_out_and_infinite_ones_marked() -> None:
    gap = X.copy()
    gap[3:6] = np.nan, np.nan, np.inf
    assert picture(gap_strip(X, gap, FRAME)) == ["gap ▁▂▂  ∞▆▆▇█"]


def test_one_huge_gap_does_not_flatten_the_others() -> None:
    assert picture(gap_strip(X, np.append(780, X[1:]), FRAME)) == ["gap █▂▂▃▄▅▆▆▇█"]


def test_gaps_between_few_evaluations_are_joined() -> None:
    assert picture(gap_strip(X[[0, 9]], np.array([1.0, 8.0]), FRAME)) == ["gap ▁▂▃▃▄▅▆▆▇█"]


def test_many_evaluations_in_a_cell_are_averaged() -> None:
    x = np.linspace(1, 10, 1000)
    assert picture(gap_strip(x, np.where(np.arange(1000) % 2, 1.0, 0.0), FRAME)) == ["gap ▄▄▄▄▄▄▄▄▄▄"]


def test_gpu_samples_stand_under_the_epoch_of_their_time() -> None:
    samples = [(time, 0.0 if 1300 < time < 1420 else 100.0) for time in np.arange(1061, 1600, 2.0).tolist()]
    assert picture(gpu_strip(samples, X, WALL, FRAME, texts=("93%",))) == ["gpu ████▄▁▃███ 93%"]


def test_a_time_without_samples_is_a_gap() -> None:
    samples = [(time, 100.0) for time in np.arange(1060, 1600, 2.0).tolist() if not 1250 < time < 1400]
    assert picture(gpu_strip(samples, X, WALL, FRAME)) == ["gpu ████  ████"]


def test_samples_since_the_last_evaluation_count_to_it_and_those_before_the_first_are_left_out() -> None:
    assert picture(gpu_strip([(500.0, 100.0), (5000.0, 50.0)], X, WALL, FRAME)) == ["gpu          ▄"]


def test_before_two_evaluations_only_what_is_known_is_shown() -> None:
    assert picture(gpu_strip([(500.0, 100.0), (5000.0, 50.0)], X[:1], WALL[:1], FRAME)) == ["gpu ▄"]
    assert picture(gpu_strip([(500.0, 100.0)], X[:0], WALL[:0], FRAME)) == ["gpu"]
    assert picture(gpu_strip([], X, WALL, FRAME)) == ["gpu"]


def test_a_sparkline_shows_the_course_of_a_loss() -> None:
    assert sparkline(np.array([4.0, 3, 2, 1, 2, 3]), 8) == (Span("█▆▃▁▃▆", "val"),)
    assert sparkline(np.array([4.0, 3, 2, 1]), 8, "train", ASCII) == (Span("#*-_", "train"),)


def test_a_sparkline_shows_nan_and_infinities_as_marks() -> None:
    line = sparkline(np.array([1.0, 1.5, 2.0, np.nan, np.inf]), 5)
    assert line == (Span("▁▅█", "val"), Span("××", "nonfinite"))


def test_a_short_sparkline_keeps_a_single_dip_and_a_single_peak_of_a_long_curve() -> None:
    values = np.where(np.arange(1000) % 2, 5.0, 4.0)
    values[300], values[700] = 1.0, 8.0
    (span,) = sparkline(values, 10)
    assert (span.text[3], span.text[7]) == ("▁", "█")
    assert (span.text.count("▁"), span.text.count("█")) == (1, 1)


def test_the_lowest_value_of_a_sparkline_is_seen_beside_one_that_is_farther_from_the_middle() -> None:
    assert sparkline(np.array([0.0, 9, 30, 1, 1, 1]), 3) == (Span("▁█▁", "val"),)


def test_a_constant_sparkline_is_level() -> None:
    assert sparkline(np.full(3, 7.0), 8) == (Span("▅▅▅", "val"),)


def test_nothing_is_an_empty_sparkline() -> None:
    assert sparkline(np.empty(0), 8) == ()
