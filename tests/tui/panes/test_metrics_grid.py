from __future__ import annotations

import pytest

from lossmon.tui.panes.metrics_grid import ChartGrid


@pytest.mark.parametrize(
    ("room", "count", "grid"),
    [
        ((80, 32), 2, (2, 1, 40, 14)),
        ((80, 32), 99, (3, 5, 26, 6)),
        ((10, 3), 5, (1, 1, 10, 3)),
        ((80, 32), 0, (1, 1, 80, 14)),
    ],
)
def test_few_charts_are_drawn_larger(room: tuple[int, int], count: int, grid: tuple[int, int, int, int]) -> None:
    assert ChartGrid.within(*room, count) == ChartGrid(*grid)


def test_the_chosen_chart_is_always_in_the_grid() -> None:
    grid = ChartGrid.within(80, 32, 99)
    for chosen in range(99):
        assert grid.first_row(chosen) <= chosen // grid.columns < grid.first_row(chosen) + grid.rows
