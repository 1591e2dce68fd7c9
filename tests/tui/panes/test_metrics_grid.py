from __future__ import annotations

import pytest
from tests.support.lines import stripped_texts
from tests.support.scripted import run_snapshot, snapshot

from lossmon.tui.box import Box
from lossmon.tui.panes.loss_chart import draw_loss_chart
from lossmon.tui.panes.metrics_grid import ChartGrid, metrics_page
from lossmon.tui.reducers import enlarge_metric
from lossmon.tui.settings import Page
from lossmon.tui.state import State


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


def test_train_and_validation_share_a_chart_with_the_best_value_in_its_title() -> None:
    state = State("runs/").with_snapshot(snapshot(run_snapshot(extra=["acc", "val_acc", "lr"])))
    rows = stripped_texts(metrics_page(state.with_view(page=Page.METRICS), 120, 20, Box()))
    assert rows[0].startswith("┌ lstm-512 · 5 of 5 metrics")
    assert rows[1].split() == [
        "│▸", "loss", "↓", "★0.475", "0.149", "0.657", "accuracy", "↑", "★5.94", "0.298", "0.447", "lr", "0.596", "│",
    ]  # fmt: skip


def test_a_metric_that_is_enlarged_keeps_its_pair_and_says_its_best_value() -> None:
    state = State("runs/").with_snapshot(snapshot(run_snapshot(extra=["acc", "val_acc"])))
    state = enlarge_metric(state.with_view(page=Page.METRICS, metric_index=1))
    drawn = draw_loss_chart(state, 100, 20, Box())
    assert [series.label for series in drawn.series] == ["train", "val"]
    assert "lstm-512 · accuracy ↑ · best 5.94 (e1)" in stripped_texts(drawn.lines)[0]
    assert any("★" in row for row in stripped_texts(drawn.lines))
