from __future__ import annotations

import numpy as np

from lossmon.tui.charts.chart import loss_chart
from lossmon.tui.charts.frame import move_cursor, pan_range, zoom_range
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


def test_zooming_and_panning_stay_inside_the_bounds() -> None:
    assert zoom_range((0, 100), (0, 100), 0.5, 40) == (20, 70)
    assert zoom_range((20, 70), (0, 100), 4, 40) == (0, 100)
    assert pan_range((20, 70), (0, 100), 0.5) == (45, 95)
    assert pan_range((45, 95), (0, 100), 0.5) == (50, 100)
    assert pan_range((45, 95), (0, 100), -3) == (0, 50)
