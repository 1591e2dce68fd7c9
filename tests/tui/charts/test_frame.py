from __future__ import annotations

import numpy as np

from lossmon.tui.charts.chart import loss_chart
from lossmon.tui.charts.frame import move_cursor, nearest_logged, pan_range, zoom_range
from lossmon.tui.charts.options import ChartSeries


def test_the_cursor_moves_to_the_next_logged_point_even_if_it_is_far() -> None:
    sparse = ChartSeries(np.array([1.0, 50, 100]), np.ones(3), "val")
    frame = loss_chart([sparse], 80, 5).frame
    assert move_cursor(None, [sparse], frame, -1) == 100
    assert [move_cursor(50, [sparse], frame, cells) for cells in (-1, 0, 1, 30)] == [1, 50, 100, 100]
    assert move_cursor(100, [sparse], frame, 1) == 100
    assert move_cursor(None, [], frame, 1) is None


def test_the_cursor_skips_points_that_share_its_cell() -> None:
    dense = ChartSeries(np.arange(10_000.0), np.ones(10_000), "val")
    frame = loss_chart([dense], 80, 5).frame
    column, further = frame.column_of(5000), frame.column_of(move_cursor(5000, [dense], frame, 3) or 0)
    assert column is not None
    assert further == column + 3


def test_a_click_means_the_evaluation_within_two_cells_and_else_the_nearest_point() -> None:
    train = ChartSeries(np.arange(1001.0), np.ones(1001), "train")
    val = ChartSeries(np.array([0.0, 500, 1000]), np.ones(3), "val")
    frame = loss_chart([train, val], 80, 5).frame
    at = frame.column_of(500)
    assert at is not None
    assert [nearest_logged(at + cells, [train, val], frame) for cells in (-1, 0, 1)] == [500, 500, 500]
    aside = nearest_logged(at + 10, [train, val], frame)
    assert aside is not None
    assert frame.column_of(aside) == at + 10
    assert aside.is_integer()
    assert nearest_logged(at, [], frame) is None


def test_zooming_and_panning_stay_inside_the_bounds() -> None:
    assert zoom_range((0, 100), (0, 100), 0.5, 40) == (20, 70)
    assert zoom_range((20, 70), (0, 100), 4, 40) == (0, 100)
    assert pan_range((20, 70), (0, 100), 0.5) == (45, 95)
    assert pan_range((45, 95), (0, 100), 0.5) == (50, 100)
    assert pan_range((45, 95), (0, 100), -3) == (0, 50)
