from __future__ import annotations

from lossmon.tui.charts.cell_grid import CellGrid


def test_a_wide_character_takes_two_cells_or_is_left_out() -> None:
    grid = CellGrid(4, 1)
    grid.write(0, 0, "a损b失", "train")
    assert grid.lines() == ((("a损b", "train"),),)
